"""Working time through the API."""

import pytest
from rest_framework.test import APIClient

from production.labour.models import TimeEntry
from tests.world.inventory import an_item
from tests.world.work import Works, a_pause_reason

pytestmark = pytest.mark.django_db
AT = "/api/v1/time-entries"


@pytest.fixture
def works(plant, cast, clock) -> Works:
    return Works(plant, cast)


@pytest.fixture
def step(works):
    return works.order(an_item())[1]


def of(user) -> APIClient:
    client = APIClient()
    client.default_format = "json"
    client.force_authenticate(user)
    return client


def test_a_day_at_work(works, step, clock):
    a_pause_reason("lunch")
    anna, boss = of(works.people.operator), of(works.people.supervisor)
    begun = anna.post(AT, {"operation": step.pk}, headers={"Idempotency-Key": "b1"})
    again = anna.post(AT, {"operation": step.pk}, headers={"Idempotency-Key": "b1"})
    assert (begun.status_code, again.json()["id"]) == (201, begun.json()["id"])
    entry = f"{AT}/{begun.json()['id']}"
    clock.move(minutes=10)
    assert anna.post(f"{entry}/pause", {"reason": "lunch"}).json()["pause_reason"] == "lunch"
    refused = anna.post(f"{entry}/end")
    assert (refused.status_code, refused.json()["code"]) == (409, "work_paused")
    assert anna.post(f"{entry}/end", {"paused_is_done": True}).json()["ended_by"] == "DONE"
    second = boss.post(AT, {"operation": step.pk, "person": works.people.operator.username, "kind": "SETUP"})
    assert second.status_code == 201
    clock.move(minutes=5)
    over = boss.post(f"{AT}/{second.json()['id']}/hand-over")
    assert (over.json()["person"], over.json()["kind"]) == (works.people.supervisor.pk, "SETUP")
    fixed = boss.post(f"{entry}/correct", {"kind": "REWORK", "reason": "it was rework", "version": 3})
    assert (fixed.status_code, fixed.json()["kind"]) == (200, "REWORK")
    assert boss.post(f"{entry}/void", {"reason": "not at all"}).json()["is_void"] is True
    listed = boss.get(AT, {"order__number": step.order.number}).json()["results"]
    assert [row["ended_by"] for row in listed] == ["", "HANDOVER", "DONE"]


@pytest.mark.parametrize("who", ["terminal", "planner", "auditor"])
def test_the_clock_runs_for_people_who_record_time_alone(works, step, who):
    assert of(getattr(works.people, who)).post(AT, {"operation": step.pk}).status_code == 403
    assert not TimeEntry.objects.exists()


@pytest.mark.parametrize("who", ["stranger", "neighbour", "storekeeper"])
def test_others_see_and_do_nothing(works, step, who):
    of(works.people.operator).post(AT, {"operation": step.pk})
    client, entry = of(getattr(works.people, who)), TimeEntry.objects.get()
    assert client.get(AT).json().get("results", []) == []
    for act in ("end", "hand-over", "correct", "void"):
        assert client.post(f"{AT}/{entry.pk}/{act}", {"reason": "x"}).status_code in {403, 404}
    entry.refresh_from_db()
    assert entry.version == 1
