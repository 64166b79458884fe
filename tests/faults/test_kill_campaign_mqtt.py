"""The kill campaign with packets over MQTT: the broker, which forgets at will, and its consumer die as well.

Shortened in CI; `KILL_SECONDS=600 pytest tests/faults/test_kill_campaign_mqtt.py` plays the ten minutes of the design.
The broker runs with its default persistence: what it had promised to keep is gone after each kill -9.
"""

import os
import random
import time
from datetime import UTC, datetime, timedelta

import pytest

from telemetry.devices.authority.keeper import Authority
from tests.factory_core.processes.box import Box, started_before
from tests.factory_core.processes.conftest import _clear_away
from tests.faults.counting_log import STEP, write_log
from tests.faults.test_kill_campaign import SEED, SPEED, Agent, inside, kill, settle
from tests.ports import free_port
from tests.telemetry.mqtt.broker import a_certificate, needs_broker

SECONDS = int(os.environ.get("KILL_SECONDS", "10"))
VICTIMS = ("agent", "broker", "mqtt", "derive", "postgres")
VALUES = int(SECONDS * SPEED / STEP.total_seconds())

pytestmark = [needs_broker, pytest.mark.faults, pytest.mark.plant, pytest.mark.timeout(SECONDS * 4 + 420)]


@pytest.fixture(scope="module")
def box():
    box = Box(started_before(), free_port(), extra={"MQTT": "1", "MQTT_PORT": str(free_port())}).start()
    box.wait_ready()
    yield box
    _clear_away(box)


def test_every_value_is_stored_once_whoever_dies_between_the_agent_and_the_tables(box, tmp_path):
    chance = random.Random(SEED)
    started_at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=VALUES * STEP.total_seconds() + 120)
    log = tmp_path / "counting.txt"
    write_log(log, started_at, VALUES)
    known = inside(box, f"set_up('{started_at.isoformat()}')")
    base = f"http://127.0.0.1:{box.port + 1}"

    agent = Agent(tmp_path / "disturbed", base, known["disturbed"]["token"], log, SPEED, over_mqtt(box, "gw-disturbed"))
    killed = dict.fromkeys(VICTIMS, 0)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end or sum(killed.values()) < SECONDS / 6:
        victim = chance.choice(VICTIMS)
        if kill(box, agent, victim):
            killed[victim] += 1
        time.sleep(chance.uniform(0.5, 2.5))
    agent.finish()

    # Compared with the same recording over HTTPS, disturbed by nobody.
    calm = Agent(tmp_path / "calm", base, known["calm"]["token"], log, 0)
    calm.finish()
    settle(box)
    period = f"'{started_at.isoformat()}', '{(started_at + STEP * VALUES).isoformat()}'"
    disturbed, undisturbed = (
        inside(box, f"told({known[name]['machine']}, {known[name]['count']}, {period})")
        for name in ("disturbed", "calm")
    )
    for story in (disturbed, undisturbed):
        assert (story["rows"], story["different"], story["first"], story["last"]) == (VALUES, VALUES, 1, VALUES)
        assert (story["gaps"], story["failed_jobs"]) == (0, []), box.console
    assert disturbed["intervals"] == undisturbed["intervals"]
    assert len(disturbed["intervals"]) > 3
    print(f"killed {killed} in {SECONDS} s; {VALUES} values, {len(disturbed['intervals'])} intervals, seed {SEED}")


def over_mqtt(box: Box, code: str) -> str:
    """What a gateway's file says to send over the plant's broker."""
    authority = Authority.of(box.data_dir)
    chain, key, _certificate = a_certificate(authority, code, box.data_dir)
    return (
        f'mqtt = "mqtts://localhost:{box.extra["MQTT_PORT"]}"\nca_file = "{authority.ca_file}"\n'
        f'certificate_file = "{chain}"\nkey_file = "{key}"\n'
    )
