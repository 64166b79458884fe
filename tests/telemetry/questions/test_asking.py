"""Asking a gateway about a device: who may, what is refused, and when an answer is no longer waited for."""

from datetime import timedelta
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.people.models import User
from telemetry.devices.models import Gateway
from telemetry.devices.services import BadConfiguration, GatewayNotActive, NoSuchGateway, register_gateway
from telemetry.questions.models import GatewayQuestion
from telemetry.questions.queries import look
from telemetry.questions.rules import MOST_OPEN, Progress
from telemetry.questions.services import TooManyQuestions, ask_gateway, forget_old_questions
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.telemetry import a_gateway

pytestmark = pytest.mark.django_db

PRESS = {"code": "press", "driver": "opcua", "url": "opc.tcp://10.0.0.5:4840"}


@pytest.fixture
def gateway(plant: Plant) -> Gateway:
    return a_gateway(plant.site, "gw-1")[0]


def ask(actor: User, gateway: Gateway, clock: Clock, **more: Any) -> GatewayQuestion:
    wish = {"kind": "browse", "device": PRESS, **more}
    with acting(actor, channel="test"):
        return ask_gateway(actor=actor, gateway_id=gateway.pk, at=clock(), **wish)


def test_a_question_waits_a_minute_for_its_answer(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    question = ask(cast.it_admin, gateway, clock, address="ns=2;s=Press")
    seen = look(cast.it_admin, question.pk, clock.move(seconds=59))
    assert seen is not None
    assert (seen.progress, seen.trouble, seen.answer.found) == (Progress.WAITING, "", [])

    seen = look(cast.it_admin, question.pk, clock.move(seconds=1))
    assert seen is not None
    assert seen.progress == Progress.NO_ANSWER
    assert "gw-1 did not answer within a minute" in seen.trouble

    question.answered_at, question.answer = clock(), {"found": [{"address": "i=1", "name": "Speed"}], "more": True}
    question.save()
    seen = look(cast.it_admin, question.pk, clock())
    assert seen is not None
    assert (seen.progress, seen.answer.found[0].name, seen.answer.more) == (Progress.ANSWERED, "Speed", True)


def test_only_who_manages_devices_there_may_ask_and_look(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    for stranger in (cast.stranger, cast.operator):
        with pytest.raises(Forbidden):
            ask(stranger, gateway, clock)
    assert not GatewayQuestion.objects.exists()
    question = ask(cast.it_admin, gateway, clock)
    assert look(cast.stranger, question.pk, clock()) is None
    assert look(cast.it_admin, question.pk + 1, clock()) is None


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"kind": "write"}, "not to 'write'"),
        ({"device": {"code": "x", "driver": "plc"}}, "invalid value 'plc', expected one of"),
        ({"device": {**PRESS, "password": "secret"}}, "unknown setting `password`"),
        ({"device": {**PRESS, "password_file": "/etc/shadow"}}, "not in the gateway's folder"),
        ({"device": {"code": "r", "driver": "replay", "files": ["*"]}}, "Expected in gateway.toml only"),
        ({"device": {**PRESS, "user": "x" * 70_000}}, "64 KiB"),
        ({"address": "x" * 401}, "400 characters"),
        ({"addresses": ["a\0"]}, "400 characters"),
        ({"addresses": ["a"] * 501}, "At most 500 values"),
    ],
)
def test_what_no_gateway_could_answer_is_refused(
    cast: Cast, gateway: Gateway, clock: Clock, wish: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadConfiguration) as refused:
        ask(cast.it_admin, gateway, clock, **wish)
    assert sentence in str(refused.value)
    assert not GatewayQuestion.objects.exists()


def test_a_gateway_that_cannot_hear_is_not_asked(cast: Cast, plant: Plant, clock: Clock) -> None:
    with acting(cast.it_admin, channel="test"):
        waiting = register_gateway(actor=cast.it_admin, code="gw-2", site=plant.site, at=clock())
    with pytest.raises(GatewayNotActive):
        ask(cast.it_admin, waiting, clock)
    waiting.pk = 999_999
    with pytest.raises(NoSuchGateway):
        ask(cast.it_admin, waiting, clock)


def test_a_gateway_has_only_so_many_open_questions(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    for _ in range(MOST_OPEN):
        ask(cast.it_admin, gateway, clock)
    with pytest.raises(TooManyQuestions):
        ask(cast.it_admin, gateway, clock)
    clock.move(seconds=61)
    ask(cast.it_admin, gateway, clock)


def test_old_questions_are_forgotten(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    old = ask(cast.it_admin, gateway, clock)
    clock.move(hours=23)
    young = ask(cast.it_admin, gateway, clock)
    assert forget_old_questions(at=clock() + timedelta(hours=1, seconds=1)) == 1
    assert list(GatewayQuestion.objects.all()) == [young]
    assert old.pk != young.pk
