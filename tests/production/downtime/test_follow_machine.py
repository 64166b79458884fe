"""Downtimes follow the states of their machine; what people settled is never edited silently."""

import pytest

from factory_core.access.identity import acting
from factory_core.events.models import Event
from production.downtime.models import Downtime, DowntimeCorrection
from production.downtime.services import accept_correction, explain_downtime, reject_correction
from production.downtime.services.corrections import AlreadyDecided, NeighbourInTheWay, NoSuchCorrection
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_reason, a_running_order, a_shift, a_stop, follow, minute, states, stops_of


def names(downtime: Downtime) -> list[str]:
    return list(
        Event.objects.filter(subjects__kind="production.downtime", subjects__key=downtime.pk)
        .order_by("id")
        .values_list("name", flat=True)
    )


def explain(actor, downtime: Downtime, code: str, at: float = 30) -> Downtime:
    with acting(actor, channel="test"):
        return explain_downtime(actor=actor, downtime_id=downtime.pk, reason=code, at=minute(at))


def test_a_stop_is_recorded_the_moment_it_begins(plant: Plant, cast: Cast) -> None:
    order = a_running_order(cast.supervisor, plant.press)
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, None, "FEED_HOLD"))
    follow(plant.press, 10, at=10)
    downtime = Downtime.objects.get()
    assert (downtime.status, downtime.started_at, downtime.ended_at) == ("OPEN", minute(10), None)
    assert (downtime.order, downtime.state, downtime.word) == (order, "STOPPED", "FEED_HOLD")
    assert (downtime.reason, downtime.is_micro) == (None, False)
    assert names(downtime) == ["downtime.started"]


def test_following_again_changes_nothing(plant: Plant) -> None:
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, 17), ("PRODUCING", 17, 20), ("IDLE", 20, None))
    follow(plant.press)
    before = list(Downtime.objects.order_by("id").values())
    count = Event.objects.count()
    follow(plant.press)
    follow(plant.press, 12, 13)
    follow(plant.press, 18, None)
    assert list(Downtime.objects.order_by("id").values()) == before
    assert Event.objects.count() == count


@pytest.mark.parametrize(("end", "micro"), [(14.99, True), (15, False)])
def test_a_stop_under_five_minutes_asks_nobody(plant: Plant, end: float, micro: bool) -> None:
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, None))
    follow(plant.press, 10)
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, end), ("PRODUCING", end, None))
    follow(plant.press, 10)
    downtime = Downtime.objects.get()
    assert (downtime.status, downtime.is_micro) == ("CLOSED", micro)
    assert names(downtime) == ["downtime.started", "downtime.ended"]


def test_an_explained_short_stop_is_no_short_stop(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    downtime = explain(cast.operator, a_stop(plant.press, 10, None), "jam", at=11)
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, 12), ("PRODUCING", 12, None))
    follow(plant.press, 10)
    downtime.refresh_from_db()
    assert (downtime.status, downtime.is_micro, downtime.reason.code) == ("CLOSED", False, "jam")
    assert not DowntimeCorrection.objects.exists()


def test_the_machine_names_its_reason_by_its_word(plant: Plant) -> None:
    a_reason("tool-broken", machine_words=["E42"])
    downtime = a_stop(plant.press, 10, None, word="e42")
    assert (downtime.reason.code, downtime.reason_source, downtime.explained_by) == ("tool-broken", "MACHINE", None)


def test_an_alarm_code_that_comes_later_still_gives_the_reason(plant: Plant) -> None:
    a_reason("tool-broken", machine_words=["E42"])
    downtime = a_stop(plant.press, 10, None)
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, 11), ("FAULT", 11, None, "E42"))
    follow(plant.press, 11)
    downtime.refresh_from_db()
    assert (downtime.reason.code, downtime.reason_source, downtime.word) == ("tool-broken", "MACHINE", "E42")
    assert names(downtime) == ["downtime.started", "downtime.reason_from_machine"]


def test_outside_of_shifts_nothing_is_recorded_and_at_the_end_of_the_shift_a_stop_ends(plant: Plant) -> None:
    a_shift(plant.site, "07:00", "15:00")  # 06:00 to 14:00 UTC
    states(plant.press, ("IDLE", -60, -30), ("PRODUCING", -30, 400), ("IDLE", 400, None))
    follow(plant.press, -60, at=430)
    assert stops_of(plant.press) == [(400, None)]
    follow(plant.press, 400, at=481)
    assert stops_of(plant.press) == [(400, 480)]


def test_late_data_corrects_an_untouched_record_in_the_open(plant: Plant) -> None:
    downtime = a_stop(plant.press, 10, 20)
    states(plant.press, ("PRODUCING", 0, 12), ("STOPPED", 12, 26), ("PRODUCING", 26, None))
    follow(plant.press, 5, 30)
    assert stops_of(plant.press) == [(12, 26)]
    correction = DowntimeCorrection.objects.get()
    assert (correction.downtime, correction.kind, correction.status) == (downtime, "MOVE", "ACCEPTED")
    assert names(downtime)[-1] == "downtime.corrected"


def test_late_data_leaves_an_explained_record_and_proposes(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    downtime = explain(cast.operator, a_stop(plant.press, 10, 20), "jam")
    before = Downtime.objects.filter(pk=downtime.pk).values().get()
    states(plant.press, ("PRODUCING", 0, 12), ("STOPPED", 12, 26), ("PRODUCING", 26, None))
    follow(plant.press, 5, 30)
    follow(plant.press, 5, 30)
    assert Downtime.objects.filter(pk=downtime.pk).values().get() == before
    correction = DowntimeCorrection.objects.get()
    assert (correction.status, correction.started_at, correction.ended_at) == ("PROPOSED", minute(12), minute(26))
    assert names(downtime).count("downtime.correction_proposed") == 1


def test_an_accepted_correction_moves_the_stop_and_keeps_its_reason(plant: Plant, cast: Cast) -> None:
    correction = _proposed(plant, cast, 12, 26)
    with acting(cast.supervisor):
        accept_correction(actor=cast.supervisor, correction_id=correction.pk, at=minute(60))
    assert stops_of(plant.press) == [(12, 26)]
    downtime = Downtime.objects.get()
    assert (downtime.reason.code, downtime.explained_by) == ("jam", cast.operator)
    follow(plant.press)
    assert DowntimeCorrection.objects.get().status == "ACCEPTED"


def test_a_stop_that_became_mostly_another_one_is_asked_again(plant: Plant, cast: Cast) -> None:
    correction = _proposed(plant, cast, 19, 40)
    with acting(cast.supervisor):
        accept_correction(actor=cast.supervisor, correction_id=correction.pk, at=minute(60))
    assert Downtime.objects.get().reason is None


def test_a_rejected_correction_is_not_proposed_again(plant: Plant, cast: Cast) -> None:
    correction = _proposed(plant, cast, 12, 26)
    with acting(cast.supervisor):
        reject_correction(actor=cast.supervisor, correction_id=correction.pk, at=minute(60))
    follow(plant.press)
    assert stops_of(plant.press) == [(10, 20)]
    assert list(DowntimeCorrection.objects.values_list("status", flat=True)) == ["REJECTED"]
    with acting(cast.supervisor), pytest.raises(AlreadyDecided):
        accept_correction(actor=cast.supervisor, correction_id=correction.pk, at=minute(61))


def test_a_proposal_that_history_took_back_is_withdrawn(plant: Plant, cast: Cast) -> None:
    correction = _proposed(plant, cast, 12, 26)
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, 20), ("PRODUCING", 20, None))
    follow(plant.press)
    correction.refresh_from_db()
    assert correction.status == "REJECTED"


def test_a_stop_that_never_was_becomes_void_when_accepted(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    explain(cast.operator, a_stop(plant.press, 10, 20), "jam")
    states(plant.press, ("PRODUCING", 0, None))
    follow(plant.press)
    assert stops_of(plant.press) == [(10, 20)]
    with acting(cast.supervisor):
        accept_correction(actor=cast.supervisor, correction_id=DowntimeCorrection.objects.get().pk, at=minute(60))
    assert stops_of(plant.press) == []
    assert Downtime.objects.get().status == "VOID"


def test_a_correction_waits_while_a_neighbour_is_in_the_way(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    states(
        plant.press,
        ("PRODUCING", 0, 10),
        ("STOPPED", 10, 20),
        ("PRODUCING", 20, 22),
        ("STOPPED", 22, 30),
        ("PRODUCING", 30, None),
    )
    follow(plant.press)
    for downtime in Downtime.objects.all():
        explain(cast.operator, downtime, "jam")
    states(plant.press, ("PRODUCING", 0, 22), ("STOPPED", 22, 24), ("PRODUCING", 24, None))
    follow(plant.press)
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, 25), ("PRODUCING", 25, None))
    moved = DowntimeCorrection.objects.create
    with acting(cast.supervisor):
        first = Downtime.objects.order_by("started_at").first()
        first.corrections.all().update(status="REJECTED")
        correction = moved(
            machine=plant.press,
            downtime=first,
            kind="MOVE",
            started_at=minute(10),
            ended_at=minute(25),
            status="PROPOSED",
        )
        with pytest.raises(NeighbourInTheWay):
            accept_correction(actor=cast.supervisor, correction_id=correction.pk, at=minute(60))
    assert stops_of(plant.press) == [(10, 20), (22, 30)]


def test_only_people_of_the_line_with_the_right_decide(plant: Plant, cast: Cast) -> None:
    correction = _proposed(plant, cast, 12, 26)
    for actor in (cast.stranger, cast.neighbour):
        with acting(actor), pytest.raises(NoSuchCorrection):
            accept_correction(actor=actor, correction_id=correction.pk, at=minute(60))
    correction.refresh_from_db()
    assert correction.status == "PROPOSED"


def test_one_pass_over_a_whole_history_finds_the_same_as_many_small_ones(plant: Plant) -> None:
    runs = [
        ("PRODUCING", 0, 10),
        ("IDLE", 10, 12),
        ("FAULT", 12, 18),
        ("PRODUCING", 18, 30),
        ("IDLE", 30, 31),
        ("NO_DATA", 31, 40),
        ("IDLE", 40, None),
    ]
    states(plant.press, *runs)
    states(plant.lathe, *runs)
    follow(plant.press)
    for start in (0, 10, 12, 18, 30, 31, 40):
        follow(plant.lathe, start, start + 1)
    assert stops_of(plant.press) == [(10, 18), (30, 31), (40, None)]
    assert stops_of(plant.lathe) == stops_of(plant.press)


def _proposed(plant: Plant, cast: Cast, start: float, end: float) -> DowntimeCorrection:
    a_reason("jam")
    explain(cast.operator, a_stop(plant.press, 10, 20), "jam")
    states(plant.press, ("PRODUCING", 0, start), ("STOPPED", start, end), ("PRODUCING", end, None))
    follow(plant.press)
    return DowntimeCorrection.objects.get()
