"""The door where gateways wait for questions, and where they bring the answers."""

import threading
import time
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from telemetry.devices.services import revoke_gateway, set_gateway_config
from telemetry.ingest import polls
from telemetry.questions.models import GatewayQuestion
from telemetry.questions.services import ask_gateway
from tests.patience import PATIENCE_S, wait_until
from tests.telemetry.ingest.conftest import Sender
from tests.world.plant import Plant
from tests.world.telemetry import a_gateway

pytestmark = pytest.mark.django_db(transaction=True)

PRESS = {"code": "press", "driver": "opcua", "url": "opc.tcp://10.0.0.5:4840"}


def ask(sender: Sender, **more: Any) -> GatewayQuestion:
    actor = service_user("plant")
    with acting(actor, channel="test"):
        wish = {"kind": "browse", "device": PRESS, **more}
        return ask_gateway(actor=actor, gateway_id=sender.gateway.pk, at=now(), **wish)


def poll(sender: Sender, query: str = "", token: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {token or sender.token}"}
    return httpx.get(f"{sender.base}/ingest/v1/questions{query}", headers=headers, timeout=PATIENCE_S)


def answer(sender: Sender, number: int, **more: Any) -> httpx.Response:
    return sender.post("/ingest/v1/answers", msgspec.json.encode({"id": number, **more}))


class Waiting(threading.Thread):
    """A gateway that waits at the door."""

    def __init__(self, sender: Sender, query: str) -> None:
        super().__init__(daemon=True)
        self.sender, self.query = sender, query
        self.answer: httpx.Response | None = None
        self.start()
        time.sleep(0.3)
        assert self.answer is None, self.answer

    def run(self) -> None:
        self.answer = poll(self.sender, self.query)

    def result(self) -> Any:
        self.join(PATIENCE_S)
        assert self.answer is not None, "it still waits"
        return self.answer


def test_a_question_reaches_a_waiting_gateway_at_once_and_its_answer_is_kept(sender: Sender) -> None:
    waiting = Waiting(sender, "?wait=20&config=0")
    question = ask(sender, address="i=85", addresses=["a"])
    content = waiting.result().json()
    assert content == {
        "config_version": 0,
        "questions": [
            {"id": question.pk, "kind": "browse", "device": PRESS, "address": "i=85", "addresses": ["a"]},
        ],
    }

    found = [{"address": "i=86", "name": "Speed\0", "value": 3}]
    assert answer(sender, question.pk, found=found, more=True).json() == {"taken": True}
    question.refresh_from_db()
    assert question.answered_at is not None
    assert question.answer["found"][0]["name"] == "Speed"
    assert (question.answer["more"], question.trouble) == (True, "")
    assert answer(sender, question.pk, trouble="too late").json() == {"taken": False}
    question.refresh_from_db()
    assert question.trouble == ""
    assert poll(sender, "?wait=0&config=0").json()["questions"] == []


def test_a_new_configuration_reaches_a_waiting_gateway_at_once(sender: Sender) -> None:
    waiting = Waiting(sender, "?wait=20&config=0")
    actor = service_user("plant")
    with acting(actor, channel="test"):
        set_gateway_config(actor=actor, gateway_id=sender.gateway.pk, config={"devices": [PRESS]}, at=now())
    assert waiting.result().json() == {"config_version": 1, "questions": []}
    assert poll(sender, "?wait=0&config=0").json()["config_version"] == 1


def test_a_waiting_gateway_that_is_revoked_is_told_so(sender: Sender) -> None:
    waiting = Waiting(sender, "?wait=20&config=0")
    actor = service_user("plant")
    with acting(actor, channel="test"):
        revoke_gateway(actor=actor, gateway_id=sender.gateway.pk, at=now(), reason="stolen")
    assert waiting.result().status_code == 403


def test_questions_a_gateway_has_or_that_are_too_old_are_not_told_again(sender: Sender) -> None:
    first, second, third = ask(sender), ask(sender), ask(sender)
    GatewayQuestion.objects.filter(pk=third.pk).update(asked_at=third.asked_at - time_of(61))
    assert numbers(poll(sender, "?config=0")) == [first.pk, second.pk]
    assert numbers(poll(sender, f"?config=0&have={first.pk}")) == [second.pk]
    assert numbers(poll(sender, f"?wait=0.4&config=0&have={first.pk},{second.pk}")) == []


def time_of(seconds: float) -> Any:
    return timedelta(seconds=seconds)


def numbers(response: httpx.Response) -> list[int]:
    assert response.status_code == 200, response.text
    return [question["id"] for question in response.json()["questions"]]


def test_a_gateway_neither_hears_nor_answers_the_questions_of_another(sender: Sender, plant: Plant) -> None:
    question = ask(sender)
    other, token = a_gateway(plant.site)
    stranger = Sender(sender.base, token, other)
    stranger.knows()
    waiting = Waiting(stranger, "?wait=2&config=0")
    ask(sender)
    assert numbers(waiting.result()) == []
    refused = answer(stranger, question.pk, found=[])
    assert (refused.status_code, refused.json()["code"]) == (404, "no_such_question")
    assert answer(stranger, 10**15).status_code == 404
    question.refresh_from_db()
    assert question.answered_at is None
    assert poll(sender, "", "mwg_wrong").status_code == 401
    stranger.client.close()


def test_answers_have_limits(sender: Sender) -> None:
    question = ask(sender)
    found = {"address": "i=1", "name": "n"}
    for body, status in [
        (b"{", 400),
        (b'{"id": "x"}', 422),
        (msgspec.json.encode({"id": question.pk, "found": [found] * 501}), 413),
        (msgspec.json.encode({"id": question.pk, "found": [{**found, "path": "x" * 600_000}]}), 413),
    ]:
        assert sender.post("/ingest/v1/answers", body).status_code == status
    question.refresh_from_db()
    assert question.answered_at is None
    assert answer(sender, question.pk, trouble="y" * 5000).status_code == 200
    question.refresh_from_db()
    assert question.trouble == "y" * 1000


@pytest.mark.parametrize("query", ["?wait=soon", "?config=x", "?have=1,b", f"?have={2**63}", "?wait=nan"])
def test_a_poll_that_makes_no_sense_is_refused(sender: Sender, query: str) -> None:
    assert poll(sender, query).status_code == 422


def test_the_newest_poll_of_a_gateway_takes_the_place_of_the_older(sender: Sender) -> None:
    older = Waiting(sender, "?wait=20&config=0")
    newer = Waiting(sender, "?wait=20&config=0")
    assert numbers(older.result()) == []
    question = ask(sender)
    assert numbers(newer.result()) == [question.pk]


def test_only_so_many_gateways_wait_at_once(sender: Sender, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "MOST_POLLS", 1)
    other, token = a_gateway(plant.site)
    second = Sender(sender.base, token, other)
    second.knows()
    waiting = Waiting(sender, "?wait=20&config=0")
    refused = poll(second, "?wait=20&config=0")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
    ask(sender)
    waiting.result()
    assert poll(second, "?wait=0&config=0").status_code == 200
    second.client.close()


def test_a_gateway_that_hangs_up_frees_its_place(sender: Sender, monkeypatch: pytest.MonkeyPatch, plant: Plant) -> None:
    monkeypatch.setattr(polls, "MOST_POLLS", 1)
    other, token = a_gateway(plant.site)
    second = Sender(sender.base, token, other)
    second.knows()
    headers = {"authorization": f"Bearer {sender.token}"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(
            f"{sender.base}/ingest/v1/questions?wait=20&config=0",
            headers=headers,
            timeout=httpx.Timeout(PATIENCE_S, read=0.3),
        )
    wait_until(lambda: poll(second, "?wait=0.1&config=0").status_code == 200)
    second.client.close()
