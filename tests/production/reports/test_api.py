"""Reports through the API: made once per key, opened by right, taken as files."""

from typing import Any

from django.test import Client

from factory_core.events.models import Event
from factory_core.people.models import User
from production.reports.models import ReportRun
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_running_order, a_stop

ADDRESS = "/api/v1/reports/"


def as_(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def shift(plant: Plant, **more: str) -> dict[str, Any]:
    return {"report": "shift", "parameters": {"line": plant.line_a.code, "on": "2026-11-20", "shift": "0", **more}}


def test_a_report_is_made_once_per_key_and_read_with_its_content(plant: Plant, cast: Cast, clock: Clock) -> None:
    a_stop(plant.press, 10, 40)
    client = as_(cast.supervisor)
    sent = [
        client.post(ADDRESS, shift(plant), content_type="application/json", headers={"Idempotency-Key": "once"})
        for _twice in range(2)
    ]
    assert [answer.status_code for answer in sent] == [201, 201]
    run = ReportRun.objects.get()
    assert sent[1].json()["id"] == run.pk
    told = client.get(f"{ADDRESS}{run.pk}/").json()
    assert (told["sha256"], told["content"], told["line_code"]) == (run.sha256, run.content, plant.line_a.code)
    assert [one["id"] for one in client.get(ADDRESS).json()["results"]] == [run.pk]


def test_what_is_wrong_is_told_as_a_problem_with_pointers(plant: Plant, cast: Cast, clock: Clock) -> None:
    answer = as_(cast.supervisor).post(ADDRESS, shift(plant, on="yesterday"), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameters")
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/on"]
    assert ReportRun.objects.count() == 0


def test_kinds_say_what_they_ask_for(cast: Cast, clock: Clock) -> None:
    kinds = as_(cast.owner).get(f"{ADDRESS}kinds/").json()
    assert [kind["code"] for kind in kinds] == ["shift", "losses", "order", "past", "today"]
    assert kinds[1]["parameters"][1] == {"name": "period", "kind": "period", "label": "Period", "required": True}


def test_a_file_is_taken_and_noted_and_a_check_writes_nothing(plant: Plant, cast: Cast, clock: Clock) -> None:
    client = as_(cast.supervisor)
    made = client.post(ADDRESS, shift(plant), content_type="application/json").json()["id"]
    assert client.get(f"{ADDRESS}{made}/check/").json() == {"is_same": True, "changes": []}
    assert client.get(f"{ADDRESS}{made}/changes/").json() == {"is_same": True, "changes": []}
    answer = client.get(f"{ADDRESS}{made}/file/?as=csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert client.get(f"{ADDRESS}{made}/file/?as=doc").status_code == 404
    assert Event.objects.filter(name="reports.taken").count() == 1


def test_strangers_make_open_and_take_nothing(plant: Plant, cast: Cast, clock: Clock) -> None:
    order = a_running_order(cast.supervisor, plant.press)
    wish = {"report": "order", "parameters": {"order": order.number}}
    made = as_(cast.supervisor).post(ADDRESS, wish, content_type="application/json").json()["id"]
    for somebody in (cast.stranger, cast.operator):
        client = as_(somebody)
        assert client.post(ADDRESS, shift(plant), content_type="application/json").status_code in (403, 404)
        for address in (f"{ADDRESS}{made}/", f"{ADDRESS}{made}/file/", f"{ADDRESS}{made}/check/"):
            assert client.get(address).status_code in (403, 404)
        listed = client.get(ADDRESS)
        assert listed.status_code == 403 or listed.json()["results"] == []
    # Quality makes reports, but this one holds working time.
    assert as_(cast.quality).get(f"{ADDRESS}{made}/").status_code == 403
    assert as_(cast.quality).get(ADDRESS).json()["results"] == []
    assert ReportRun.objects.count() == 1
