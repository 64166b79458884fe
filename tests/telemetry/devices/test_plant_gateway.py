"""The gateway on the server itself: there from the first start, enrolled with the first site, never anybody else's."""

import stat
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from factory_core.access.identity import acting
from factory_core.events.types import EventRecord
from factory_core.people.services import service_user
from factory_core.plant.events import PLACE_ADDED
from factory_core.processes.specs import plant_settings, process_table
from factory_core.wiring import WIRING
from telemetry.devices import plant_gateway
from telemetry.devices.models import Gateway, GatewayStatus
from telemetry.devices.plant_gateway import keep_enrolled, keep_file
from telemetry.devices.reactions import enrol_plant_gateway
from telemetry.devices.rules import digest_of
from telemetry.devices.services import enrol_directly, register_gateway, revoke_gateway, rotate_token
from telemetry.edge.config import load
from tests.world.clock import Clock
from tests.world.plant import Plant

URL = "http://127.0.0.1:8001"


def keep(folder: Path, clock: Clock) -> str:
    actor = service_user("plant")
    with acting(actor, channel="test"):
        return keep_enrolled(actor=actor, folder=folder, at=clock())


def token_in(folder: Path) -> str:
    return (folder / plant_gateway.TOKEN_FILE).read_text().strip()


def test_the_file_is_made_once_and_only_the_address_is_kept_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / "gateway"
    keep_file(folder, URL)
    path = folder / "gateway.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert load(path).server.url == URL
    assert load(path).place.drops == (folder / "drop",)

    path.write_text(path.read_text() + '\n[[device]]\ncode = "s"\ndriver = "simulator"\n')
    keep_file(folder, "http://10.0.0.9:9001")
    assert load(path).server.url == "http://10.0.0.9:9001"
    assert [device.code for device in load(path).device] == ["s"]


def test_it_runs_with_and_without_the_demo(tmp_path: Path) -> None:
    for demo in ("0", "1"):
        plant = plant_settings({"DATA_DIR": str(tmp_path), "DEMO": demo})
        assert "plant-gateway" not in [spec.name for spec in process_table(plant)]
        keep_file(plant.data.plant_gateway.parent, URL)
        command = process_table(plant)[-1].command
        assert command[-3:] == ("telemetry.edge", "--config", str(plant.data.plant_gateway))
        plant.data.plant_gateway.unlink()


@pytest.mark.django_db
def test_it_is_enrolled_as_soon_as_there_is_a_site_and_stays_so(tmp_path: Path, plant: Plant, clock: Clock) -> None:
    assert keep(tmp_path, clock) == ""
    gateway = Gateway.objects.get(code="plant")
    assert (gateway.status, gateway.site) == (GatewayStatus.ACTIVE, plant.site)
    assert digest_of(token_in(tmp_path)) == gateway.token_hash
    assert stat.S_IMODE((tmp_path / plant_gateway.TOKEN_FILE).stat().st_mode) == 0o600
    version = gateway.version

    assert keep(tmp_path, clock) == ""
    gateway.refresh_from_db()
    assert gateway.version == version
    actor = service_user("plant")
    with acting(actor, channel="test"):
        rotate_token(actor=actor, gateway_id=gateway.pk, at=clock())
    assert keep(tmp_path, clock) == ""


@pytest.mark.django_db
def test_a_plant_without_a_site_has_none_yet(tmp_path: Path, clock: Clock) -> None:
    assert keep(tmp_path, clock) == ""
    assert not Gateway.objects.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_another_gateway_of_this_name_is_never_taken_over(tmp_path: Path, plant: Plant, clock: Clock) -> None:
    actor = service_user("plant")
    with acting(actor, channel="test"):
        gateway = register_gateway(actor=actor, code="plant", site=plant.site, at=clock())
    assert keep(tmp_path, clock) == ""
    with acting(actor, channel="test"):
        enrol_directly(actor=actor, gateway_id=gateway.pk, at=clock())
    assert "is enrolled, but not with the token in" in keep(tmp_path, clock)
    (tmp_path / plant_gateway.TOKEN_FILE).write_text("mwg_old\n")
    assert "gateway_enrol plant" in keep(tmp_path, clock)
    assert token_in(tmp_path) == "mwg_old"
    with acting(actor, channel="test"):
        revoke_gateway(actor=actor, gateway_id=gateway.pk, at=clock(), reason="not wanted")
    assert keep(tmp_path, clock) == ""
    gateway.refresh_from_db()
    assert gateway.status == GatewayStatus.REVOKED


@pytest.mark.django_db
def test_the_first_site_of_a_running_plant_enrols_it(tmp_path: Path, plant: Plant, clock: Clock, settings: Any) -> None:
    assert [reaction.function for reaction in WIRING[PLACE_ADDED]] == [enrol_plant_gateway]
    settings.DATA_DIR = tmp_path

    def added(level: str) -> EventRecord:
        actor = service_user("plant")
        return EventRecord(1, PLACE_ADDED.name, clock(), actor.pk, str(uuid4()), {"level": level})

    enrol_plant_gateway(added("site"))
    assert not Gateway.objects.exists()
    keep_file(tmp_path / "gateway", URL)
    enrol_plant_gateway(added("machine"))
    assert not Gateway.objects.exists()
    enrol_plant_gateway(added("site"))
    enrol_plant_gateway(added("site"))
    assert digest_of(token_in(tmp_path / "gateway")) == Gateway.objects.get().token_hash
