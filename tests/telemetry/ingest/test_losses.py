"""What devices declare lost is kept once, beside the readings, and their machines are looked at again."""

import json
from datetime import timedelta
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from telemetry.devices.models import Device
from telemetry.devices.services import add_device
from telemetry.models import DeviceLoss, DirtyRange, QuarantinedReading
from tests.telemetry.ingest.conftest import Sender
from tests.world.plant import Plant
from tests.world.telemetry import now_ms

pytestmark = pytest.mark.django_db(transaction=True)


def lost(from_ms: int, to_ms: int, reason: str = "the queue of the server overflowed") -> str:
    return json.dumps({"from_us": from_ms * 1000, "to_us": to_ms * 1000, "reason": reason})


@pytest.fixture
def device(sender: Sender, plant: Plant) -> Device:
    actor = service_user("plant")
    with acting(actor, channel="test"):
        found = add_device(
            actor=actor, gateway_id=sender.gateway.pk, code="plc", protocol="opcua",
            settings={"url": "opc.tcp://10.0.0.5:4840"}, at=now(),
        )  # fmt: skip
        for name, machine in (("press.current", plant.press), ("press.program", plant.press), ("lathe.current", None)):
            sender.gateway.tags.filter(name=name).update(device=found, machine=machine)
    sender.knows()
    return found


def tell(sender: Sender, rows: list[list[Any]], lane: str = "e", **more: Any) -> Any:
    answer = sender.send(rows, tags=["$loss/plc", "$loss/unknown", "nobody"], lane=lane, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_loss_is_kept_once_and_the_machines_of_the_device_are_computed_again(
    sender: Sender, device: Device, plant: Plant
) -> None:
    at = now_ms()
    DirtyRange.objects.all().delete()
    rows = [[0, 0, lost(at - 5000, at - 2000)], [1, 1, lost(at - 900, at - 800, "x" * 300)], [2, 2, "?"]]
    answer = tell(sender, rows, t0=at)
    assert (answer["acked_seq"], answer["new"]) == (3, 2)
    assert [row["code"] for row in answer["rejected"]] == ["unknown_tag"]
    assert tell(sender, rows, t0=at)["new"] == 0

    first, second = DeviceLoss.objects.order_by("seq")
    assert (first.device_code, first.seq, first.reason) == ("plc", 1, "the queue of the server overflowed")
    assert first.ended_at - first.started_at == timedelta(seconds=3)
    assert first.stream.gateway == sender.gateway
    assert (second.device_code, second.reason) == ("unknown", "x" * 200)
    (dirty,) = DirtyRange.objects.all()
    assert (dirty.machine, dirty.started_at, dirty.ended_at) == (plant.press, first.started_at, first.ended_at)
    assert list(QuarantinedReading.objects.values_list("tag_name", flat=True)) == ["nobody"]


@pytest.mark.parametrize(
    "value", ["no json", "[]", '{"from_us": 1}', 5, None, '{"from_us": "a", "to_us": 1}', '{"from_us": 1e99}']
)
def test_a_loss_nobody_can_read_goes_to_quarantine(sender: Sender, device: Device, value: Any) -> None:
    assert tell(sender, [[0, 0, value]], t0=now_ms())["new"] == 0
    assert QuarantinedReading.objects.get().code == "unknown_tag"
    assert not DeviceLoss.objects.exists()


def test_only_events_declare_losses_and_impossible_times_are_cut(sender: Sender, device: Device) -> None:
    at = now_ms()
    tell(sender, [[0, 0, lost(at - 5000, at)]], lane="s", t0=at)
    assert not DeviceLoss.objects.exists()
    tell(sender, [[0, 0, lost(at + 10**9, -(10**12))]], t0=at)
    found = DeviceLoss.objects.get()
    assert timedelta(days=89) < found.received_at - found.started_at < timedelta(days=91)
    assert abs(found.ended_at - found.received_at) < timedelta(seconds=3)


def test_a_device_without_a_record_here_is_still_told(sender: Sender) -> None:
    at = now_ms()
    before = DirtyRange.objects.count()
    tell(sender, [[0, 0, lost(at - 5000, at)]], t0=at)
    assert DeviceLoss.objects.get().device_code == "plc"
    assert DirtyRange.objects.count() == before
