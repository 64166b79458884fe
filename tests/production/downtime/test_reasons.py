"""Giving, changing and taking back reasons; who may, how long, and what races do."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import Refusal, StaleVersion
from factory_core.events.models import Event
from factory_core.people.models import User
from production.downtime.models import Downtime, DowntimeReason
from production.downtime.queries import frequent_reasons
from production.downtime.services import add_note, explain_downtime, take_back_reason
from production.downtime.services.locks import NoLongerStands, NoSuchDowntime
from production.downtime.services.reasons import (
    AlreadyExplained,
    NotAReason,
    NoteNeeded,
    NoteTooLong,
    NothingToTakeBack,
)
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_reason, a_stop, follow, minute, states

DAY = 24 * 60


def explain(actor: User, downtime: Downtime, code: str = "jam", at: float = 30, **more: object) -> Downtime:
    with acting(actor, channel="test"):
        return explain_downtime(actor=actor, downtime_id=downtime.pk, reason=code, at=minute(at), **more)


def row(downtime: Downtime) -> dict:
    return Downtime.objects.filter(pk=downtime.pk).values().get()


@pytest.fixture
def reasons(db: None) -> dict[str, DowntimeReason]:
    technical = a_reason("technical", position=1)
    return {
        "jam": a_reason("jam", parent=technical, position=1),
        "tool": a_reason("tool", parent=technical, position=2, machine_words=["E42"]),
        "break": a_reason("break", kind="PLANNED", position=2),
        "technical": technical,
    }


@pytest.fixture
def stop(plant: Plant, reasons: dict) -> Downtime:
    return a_stop(plant.press, 10, 20)


def test_one_tap_gives_the_reason(stop: Downtime, cast: Cast) -> None:
    explained = explain(cast.operator, stop)
    assert (explained.reason.code, explained.reason_source) == ("jam", "OPERATOR")
    assert (explained.explained_by, explained.explained_at) == (cast.operator, minute(30))
    event = Event.objects.get(name="downtime.explained")
    assert event.sentence == "The stop at Press 1 got the reason Jam"
    assert (event.actor, event.machine) == (cast.operator, stop.machine)


def test_a_supervisor_s_reason_says_so(stop: Downtime, cast: Cast) -> None:
    assert explain(cast.supervisor, stop).reason_source == "SUPERVISOR"


def test_the_same_tap_again_changes_nothing(stop: Downtime, cast: Cast) -> None:
    explain(cast.operator, stop)
    before, events = row(stop), Event.objects.count()
    explain(cast.operator, stop, at=31)
    assert (row(stop), Event.objects.count()) == (before, events)


def test_a_reason_may_be_changed_and_the_story_names_both(stop: Downtime, cast: Cast) -> None:
    explain(cast.operator, stop)
    explain(cast.operator, stop, "tool", at=31)
    assert Event.objects.get(name="downtime.reason_changed").sentence == (
        "The reason of the stop at Press 1 changed from Jam to Tool"
    )


def test_the_machine_s_reason_becomes_a_person_s_by_one_tap(plant: Plant, cast: Cast, reasons: dict) -> None:
    stop = a_stop(plant.press, 10, 20, word="E42")
    assert stop.reason_source == "MACHINE"
    assert explain(cast.operator, stop, "tool").reason_source == "OPERATOR"


@pytest.mark.parametrize("code", ["nonsense", "technical", ""])
def test_only_reasons_in_use_can_be_given(stop: Downtime, cast: Cast, code: str) -> None:
    before = row(stop)
    with pytest.raises(NotAReason):
        explain(cast.operator, stop, code)
    assert row(stop) == before


def test_a_reason_out_of_use_can_not_be_given(stop: Downtime, cast: Cast, reasons: dict) -> None:
    with acting(cast.it_admin):
        DowntimeReason.objects.filter(code="jam").update(is_active=False)
    with pytest.raises(NotAReason):
        explain(cast.operator, stop)


@pytest.mark.parametrize("who", ["stranger", "neighbour"])
def test_who_sees_nothing_of_the_line_does_not_even_learn_that_the_stop_exists(
    stop: Downtime, cast: Cast, who: str
) -> None:
    before, actor = row(stop), getattr(cast, who)
    for act in (
        lambda: explain_downtime(actor=actor, downtime_id=stop.pk, reason="jam", at=minute(30)),
        lambda: take_back_reason(actor=actor, downtime_id=stop.pk, at=minute(30)),
        lambda: add_note(actor=actor, downtime_id=stop.pk, note="x", at=minute(30)),
    ):
        with acting(actor), pytest.raises(NoSuchDowntime):
            act()
    assert row(stop) == before


@pytest.mark.parametrize("who", ["owner", "auditor", "terminal"])
def test_who_only_looks_may_not_explain(stop: Downtime, cast: Cast, who: str) -> None:
    before = row(stop)
    with pytest.raises(Forbidden):
        explain(getattr(cast, who), stop)
    assert row(stop) == before


def test_the_operator_has_24_hours(stop: Downtime, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        explain(cast.operator, stop, at=20 + DAY + 0.1, note="I saw it")
    assert explain(cast.operator, stop, at=20 + DAY).reason.code == "jam"


def test_later_a_supervisor_needs_a_note(stop: Downtime, cast: Cast) -> None:
    before = row(stop)
    with pytest.raises(NoteNeeded):
        explain(cast.supervisor, stop, at=21 + DAY)
    assert row(stop) == before
    assert explain(cast.supervisor, stop, at=21 + DAY, note="Told by Anna").note == "Told by Anna"


def test_taking_a_reason_back_leaves_what_the_machine_said(plant: Plant, cast: Cast, reasons: dict) -> None:
    stop = a_stop(plant.press, 10, 20, word="E42")
    explain(cast.operator, stop, "jam")
    with acting(cast.operator):
        back = take_back_reason(actor=cast.operator, downtime_id=stop.pk, at=minute(31))
    assert (back.reason.code, back.reason_source, back.explained_by) == ("tool", "MACHINE", None)
    with acting(cast.operator), pytest.raises(NothingToTakeBack):
        take_back_reason(actor=cast.operator, downtime_id=stop.pk, at=minute(32))


def test_a_short_stop_is_short_again_after_undo(plant: Plant, cast: Cast, reasons: dict) -> None:
    stop = a_stop(plant.press, 10, 12)
    assert explain(cast.operator, stop).is_micro is False
    with acting(cast.operator):
        back = take_back_reason(actor=cast.operator, downtime_id=stop.pk, at=minute(31))
    assert (back.reason, back.reason_source, back.is_micro) == (None, "", True)


def test_notes_have_a_length(stop: Downtime, cast: Cast) -> None:
    with acting(cast.operator):
        assert add_note(actor=cast.operator, downtime_id=stop.pk, note=" belt torn ", at=minute(30)).note == "belt torn"
        with pytest.raises(NoteTooLong):
            add_note(actor=cast.operator, downtime_id=stop.pk, note="x" * 401, at=minute(30))


def test_a_stale_version_shows_what_stands(stop: Downtime, cast: Cast) -> None:
    read = stop.version
    explain(cast.operator, stop)
    with pytest.raises(StaleVersion) as told:
        explain(cast.supervisor, stop, "tool", at=31, version=read)
    assert told.value.details["current"]["reason"] == "jam"
    assert "Jam, given by Anna" in told.value.sentence
    assert row(stop)["reason_id"] == DowntimeReason.objects.get(code="jam").pk


def test_a_tap_that_waited_offline_does_not_push_a_later_reason_away(stop: Downtime, cast: Cast) -> None:
    explain(cast.supervisor, stop, "tool", at=40)
    with pytest.raises(AlreadyExplained) as told:
        explain(cast.operator, stop, "jam", at=30)
    assert (told.value.details["current"]["reason"], told.value.details["yours"]["reason"]) == ("tool", "jam")


def test_a_stop_that_late_data_withdrew_takes_no_reason(plant: Plant, stop: Downtime, cast: Cast) -> None:
    states(plant.press, ("PRODUCING", 0, None))
    follow(plant.press)
    with pytest.raises(NoLongerStands):
        explain(cast.operator, stop)


def test_reasons_are_ordered_by_the_last_30_days_and_frozen_for_the_shift(
    plant: Plant, cast: Cast, reasons: dict
) -> None:
    shift_start = minute(100)
    assert [c.code for c in frequent_reasons(plant.press, shift_start)] == ["jam", "tool", "break"]
    states(
        plant.press,
        ("PRODUCING", 0, 10),
        ("IDLE", 10, 20),
        ("PRODUCING", 20, 30),
        ("IDLE", 30, 40),
        ("PRODUCING", 40, 110),
        ("IDLE", 110, None),
    )
    follow(plant.press)
    first, second, third = Downtime.objects.order_by("started_at")
    explain(cast.operator, first, "tool")
    explain(cast.operator, second, "tool")
    assert [c.code for c in frequent_reasons(plant.press, shift_start)] == ["tool", "jam", "break"]
    for stop, code in ((first, "break"), (third, "break")):
        explain(cast.operator, stop, code, at=120)
    # Two of break by now, but given after the shift began: the buttons stay where fingers learned them.
    assert [c.code for c in frequent_reasons(plant.press, shift_start)] == ["tool", "jam", "break"]
    assert [c.code for c in frequent_reasons(plant.press, minute(130))] == ["break", "tool", "jam"]
    assert [c.code for c in frequent_reasons(plant.lathe, shift_start)] == ["jam", "tool", "break"]


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_end_as_one_reason_and_one_refusal(plant: Plant, cast: Cast) -> None:
    for code in ("jam", "tool"):
        a_reason(code)
    stop = a_stop(plant.press, 10, 20)

    def tap(who: User, code: str) -> str:
        try:
            explain(who, stop, code, version=stop.version)
            return "done"
        except Refusal as no:
            return no.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(tap, (cast.operator, cast.supervisor), ("jam", "tool")))
    assert sorted(ends) == ["done", "stale_version"]
    winner = ("jam", "tool")[ends.index("done")]
    assert Downtime.objects.get(pk=stop.pk).reason.code == winner
    assert Event.objects.filter(name__startswith="downtime.explained").count() == 1
