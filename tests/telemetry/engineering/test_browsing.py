"""Looking into a device through its gateway: asked by whoever sets it up, answered when the gateway has it."""

from typing import Any

import pytest
from django.test import Client

from telemetry.devices.models import Device
from telemetry.devices.services import TagWish
from telemetry.questions.models import GatewayQuestion
from tests.telemetry.engineering.conftest import some_tags
from tests.world.clock import Clock
from tests.world.people import Cast

pytestmark = pytest.mark.django_db
HERE = "/gateways/GW1/devices/CNC01"
FOUND = [
    {"address": "ns=2;s=Press", "name": "Press", "has_children": True, "meaning": "MachineType"},
    {"address": "holding:0", "name": "<State>", "kind": "text", "type": "Int32", "value": "Running"},
    {"address": "holding:1", "name": "Current", "kind": "number", "unit": "A", "value": 5.25, "quality": 80},
]


def asked(client: Client, **said: str) -> GatewayQuestion:
    answer = client.post(f"{HERE}/browse/", said)
    assert answer.status_code == 200
    question = GatewayQuestion.objects.get()
    assert f"{HERE}/answers/{question.pk}/" in answer.content.decode()
    return question


def answered(question: GatewayQuestion, clock: Clock, **more: Any) -> None:
    GatewayQuestion.objects.filter(pk=question.pk).update(answered_at=clock(), **more)


def test_the_gateway_is_asked_and_what_it_found_is_shown(it: Client, device: Device, cast: Cast, clock: Clock) -> None:
    some_tags(device, cast, clock, TagWish("holding:0", "CNC01.state", "Runs?", kind="text", role="state"))
    question = asked(it, address="ns=2;i=5001")
    assert (question.kind, question.address, question.asked_by) == ("browse", "ns=2;i=5001", cast.it_admin)
    assert question.device == {"driver": "modbus", "code": "CNC01", "host": "10.0.0.5", "tags": []}
    waiting = it.get(f"{HERE}/answers/{question.pk}/").content.decode()
    assert "Asking the gateway" in waiting
    answered(question, clock, answer={"found": FOUND, "more": True})
    page = it.get(f"{HERE}/answers/{question.pk}/").content.decode()
    assert page.count('type="checkbox"') == 2
    assert "checked" not in page
    assert "&lt;State&gt;" in page
    assert "collected as CNC01.state" in page
    assert "sensor not accurate" in page
    assert "5.25" in page
    assert "There is more here than fits" in page
    assert 'hx-vals="{&quot;address&quot;: &quot;ns=2;s=Press&quot;}"' in page


def test_trouble_is_a_sentence_with_another_try(it: Client, device: Device, clock: Clock) -> None:
    question = asked(it)
    answered(question, clock, trouble="10.0.0.5:502 does not answer.")
    page = it.get(f"{HERE}/answers/{question.pk}/").content.decode()
    assert "10.0.0.5:502 does not answer." in page
    assert "Try again" in page
    other = asked_again(it)
    clock.move(seconds=61)
    assert "did not answer within a minute" in it.get(f"{HERE}/answers/{other.pk}/").content.decode()


def asked_again(client: Client) -> GatewayQuestion:
    client.post(f"{HERE}/browse/", {})
    return GatewayQuestion.objects.order_by("-id")[0]


def test_values_are_read_again_where_they_stand(it: Client, device: Device, clock: Clock) -> None:
    it.post(f"{HERE}/read/", {"address": ["holding:0", "holding:1"]})
    question = GatewayQuestion.objects.get()
    assert (question.kind, question.addresses) == ("read", ["holding:0", "holding:1"])
    answered(question, clock, answer={"found": FOUND[1:]})
    page = it.get(f"{HERE}/answers/{question.pk}/").content.decode()
    assert page.count('hx-swap-oob="true"') == 2


def test_a_busy_gateway_is_told_so_where_the_answer_would_stand(it: Client, device: Device) -> None:
    for _number in range(8):
        it.post(f"{HERE}/browse/", {})
    assert "still works on 8 questions" in it.post(f"{HERE}/browse/", {}).content.decode()


def test_nobody_else_looks_into_devices(client: Client, cast: Cast, device: Device, it: Client, clock: Clock) -> None:
    question = asked(it)
    for who in (cast.auditor, cast.operator, cast.stranger):
        client.force_login(who)
        assert client.post(f"{HERE}/browse/").status_code in (403, 404)
        assert client.get(f"{HERE}/answers/{question.pk}/").status_code in (403, 404)
    assert GatewayQuestion.objects.count() == 1
