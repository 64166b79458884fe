"""A machine of the running plant is stopped by the test, where waiting for a simulated stop would be hoping."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import httpx

from factory_core.processes.postgres import EmbeddedPostgres
from tests.browser.conftest import RunningPlant
from tests.world.running import manage

FAULTY = "CNC01"
SECOND_SENDER = f"""
from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from factory_core.plant.models import Machine
from telemetry.devices.services import add_tag, enrol_directly, register_gateway
actor, machine = service_user("plant"), Machine.objects.get(code="{FAULTY}")
with acting(actor, channel="test"):
    gateway = register_gateway(actor=actor, code="by-hand", site=machine.line.area.site, at=now())
    add_tag(actor=actor, gateway_id=gateway.pk, name="{FAULTY}.execution", decision="why it stands", kind="text",
        machine=machine, at=now())
    print(enrol_directly(actor=actor, gateway_id=gateway.pk, at=now()))
"""


@cache
def _token(data: Path) -> str:
    """The token of a second sender of the machine's word, registered once a plant."""
    # The plant's own database, not the tests'.
    environment = {"DATA_DIR": str(data), "DATABASE_URL": EmbeddedPostgres(data).url()}
    return manage("shell", "-v0", "-c", SECOND_SENDER, environment=environment).strip()


def say(plant: RunningPlant, word: str) -> None:
    """The first machine says a word now."""
    assert plant.data is not None
    reading = {"tag": f"{FAULTY}.execution", "at": datetime.now(UTC).isoformat(), "value": word}
    headers = {"Authorization": f"Bearer {_token(plant.data)}"}
    answer = httpx.post(f"{plant.door}/ingest/v1/readings", json={"readings": [reading]}, headers=headers)
    assert answer.status_code == 200, answer.text


def say_stopped(plant: RunningPlant) -> None:
    """The first machine says that it stands."""
    say(plant, "STOPPED")
