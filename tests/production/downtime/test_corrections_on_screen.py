"""What late data says about a stop, and what can be undone, on the shift page and in the drawer."""

from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.people.models import User
from production.downtime.models import Downtime, DowntimeCorrection
from production.downtime.services import explain_downtime, merge_downtimes, split_downtime
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_reason, a_stop, follow, minute, states, stops_of


@pytest.fixture(autouse=True)
def _an_hour_in(clock: Clock) -> None:
    clock.set(minute(60))


@pytest.fixture
def doubted(plant: Plant, cast: Cast) -> Downtime:
    """A stop from 7:10 to 7:20 local time that somebody explained, and that late data ends at 7:16."""
    a_reason("jam")
    stop = a_stop(plant.press, 10, 20)
    with acting(cast.operator):
        explain_downtime(actor=cast.operator, downtime_id=stop.pk, reason="jam", at=minute(30))
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, 16), ("PRODUCING", 16, None))
    follow(plant.press)
    return stop


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def drawer(user: User, stop: Downtime) -> Any:
    return browser(user).get(f"/shift/stop/{stop.pk}/")


def decide(user: User, what: str, correction: DowntimeCorrection, **body: int) -> Any:
    address = f"/api/v1/downtime-corrections/{correction.pk}/{what}"
    return browser(user).post(address, body, content_type="application/json")


def test_the_drawer_says_what_late_data_says_and_asks_who_may_decide(
    plant: Plant, cast: Cast, doubted: Downtime
) -> None:
    correction = DowntimeCorrection.objects.get()
    shown = drawer(cast.supervisor, doubted)
    assert shown.context["drawer"]["correction"] == {
        "id": correction.pk,
        "version": correction.version,
        "sentence": "Late data says: 07:10–07:16 instead of 07:10–07:20.",
        "may_decide": True,
    }
    assert f"/api/v1/downtime-corrections/{correction.pk}/accept" in shown.content.decode()
    seen = drawer(cast.operator, doubted)
    assert seen.context["drawer"]["correction"]["may_decide"] is False
    assert "Late data says: 07:10–07:16" in seen.content.decode()
    assert "/downtime-corrections/" not in seen.content.decode()


def test_seconds_are_told_where_minutes_would_say_nothing(plant: Plant, cast: Cast, doubted: Downtime) -> None:
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, 20.5), ("PRODUCING", 20.5, None))
    follow(plant.press)
    said = drawer(cast.supervisor, doubted).context["drawer"]["correction"]["sentence"]
    assert said == "Late data says: 07:10:00–07:20:30 instead of 07:10:00–07:20:00."


def test_late_data_may_say_that_there_was_no_stop(plant: Plant, cast: Cast, doubted: Downtime) -> None:
    states(plant.press, ("PRODUCING", 0, None))
    follow(plant.press)
    said = drawer(cast.supervisor, doubted).context["drawer"]["correction"]["sentence"]
    assert said == "Late data says: the machine ran, there was no stop 07:10–07:20."


def test_corrections_stand_on_the_shift_page_of_those_who_decide_until_one_did(
    plant: Plant, cast: Cast, doubted: Downtime
) -> None:
    address = f"/shift/to-explain/?line={plant.line_a.code}"
    (listed,) = browser(cast.supervisor).get(address).context["corrections"]
    assert (listed["url"], listed["machine_name"]) == (f"/shift/stop/{doubted.pk}/", plant.press.name)
    assert browser(cast.operator).get(address).context["corrections"] == []
    assert decide(cast.supervisor, "accept", DowntimeCorrection.objects.get()).status_code == 200
    assert stops_of(plant.press) == [(10, 16)]
    assert browser(cast.supervisor).get(address).context["corrections"] == []
    assert drawer(cast.supervisor, doubted).context["drawer"]["correction"] is None


def test_a_stop_to_explain_that_late_data_doubts_is_marked(plant: Plant, cast: Cast) -> None:
    stop = a_stop(plant.press, 10, 30)
    with acting(cast.supervisor):
        split_downtime(actor=cast.supervisor, downtime_id=stop.pk, split_at=minute(20), at=minute(40))
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, 26), ("PRODUCING", 26, None))
    follow(plant.press)
    page = browser(cast.operator).get(f"/shift/to-explain/?line={plant.line_a.code}")
    assert [(one["id"] == stop.pk, one["doubted"]) for one in page.context["to_explain"]] == [
        (True, False),
        (False, True),
    ]
    assert page.content.decode().count("Late data says otherwise") == 1


@pytest.mark.parametrize("what", ["accept", "reject"])
def test_only_who_may_edit_stops_decides(plant: Plant, cast: Cast, doubted: Downtime, what: str) -> None:
    correction = DowntimeCorrection.objects.get()
    answers = [decide(user, what, correction).status_code for user in (cast.operator, cast.neighbour, cast.stranger)]
    assert answers == [403, 404, 403]
    correction.refresh_from_db()
    assert (correction.status, stops_of(plant.press)) == ("PROPOSED", [(10, 20)])
    assert [drawer(user, doubted).status_code for user in (cast.neighbour, cast.stranger)] == [404, 403]


def test_what_changed_since_it_was_read_is_not_accepted(plant: Plant, cast: Cast, doubted: Downtime) -> None:
    read = DowntimeCorrection.objects.get()
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, 12), ("PRODUCING", 12, None))
    follow(plant.press)
    for what in ("accept", "reject"):
        answer = decide(cast.supervisor, what, read, version=read.version)
        assert (answer.status_code, answer.json()["code"]) == (412, "stale_version")
    assert (DowntimeCorrection.objects.get().status, stops_of(plant.press)) == ("PROPOSED", [(10, 20)])
    now_read = DowntimeCorrection.objects.get()
    assert decide(cast.supervisor, "accept", now_read, version=now_read.version).status_code == 200
    assert stops_of(plant.press) == [(10, 12)]


def test_both_parts_of_a_split_offer_to_undo_it(plant: Plant, cast: Cast) -> None:
    stop = a_stop(plant.press, 10, 20)
    assert drawer(cast.supervisor, stop).context["drawer"]["undo_split"] is None
    with acting(cast.supervisor):
        first, second = split_downtime(actor=cast.supervisor, downtime_id=stop.pk, split_at=minute(15), at=minute(40))
    for part in (first, second):
        assert drawer(cast.supervisor, part).context["drawer"]["undo_split"] == second.pk
        assert drawer(cast.operator, part).context["drawer"]["undo_split"] is None
    address = f"/api/v1/downtimes/{second.pk}/undo-split"
    assert address in drawer(cast.supervisor, first).content.decode()
    assert browser(cast.supervisor).post(address, {}, content_type="application/json").status_code == 200
    assert drawer(cast.supervisor, first).context["drawer"]["undo_split"] is None


def test_a_merged_stop_offers_to_undo_the_merge(plant: Plant, cast: Cast) -> None:
    states(
        plant.press,
        ("PRODUCING", 0, 10),
        ("STOPPED", 10, 20),
        ("PRODUCING", 20, 21),
        ("STOPPED", 21, 40),
        ("PRODUCING", 40, None),
    )
    follow(plant.press)
    earlier, later = Downtime.objects.order_by("started_at")
    assert drawer(cast.supervisor, earlier).context["drawer"]["undo_merge"] is False
    with acting(cast.supervisor):
        merge_downtimes(actor=cast.supervisor, downtime_ids=[earlier.pk, later.pk], at=minute(50))
    assert drawer(cast.supervisor, earlier).context["drawer"]["undo_merge"] is True
    assert drawer(cast.operator, earlier).context["drawer"]["undo_merge"] is False
    assert f"/api/v1/downtimes/{earlier.pk}/undo-merge" in drawer(cast.supervisor, earlier).content.decode()
