"""Splitting and merging stops, and undoing both."""

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.people.models import User
from production.downtime.models import Downtime, DowntimeCorrection
from production.downtime.services import (
    explain_downtime,
    merge_downtimes,
    split_downtime,
    undo_merge,
    undo_split,
)
from production.downtime.services.locks import NoSuchDowntime
from production.downtime.services.shapes import (
    DifferentReasons,
    NotMerged,
    NotNeighbours,
    NotSplit,
    OutsideOfStop,
)
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_reason, a_stop, follow, minute, states, stops_of


def split(actor: User, stop: Downtime, at: float) -> tuple[Downtime, Downtime]:
    with acting(actor, channel="test"):
        return split_downtime(actor=actor, downtime_id=stop.pk, split_at=minute(at), at=minute(60))


def merge(actor: User, *stops: Downtime) -> Downtime:
    with acting(actor, channel="test"):
        return merge_downtimes(actor=actor, downtime_ids=[stop.pk for stop in stops], at=minute(60))


def explain(actor: User, stop: Downtime, code: str) -> None:
    with acting(actor, channel="test"):
        explain_downtime(actor=actor, downtime_id=stop.pk, reason=code, at=minute(50))


@pytest.fixture
def two(plant: Plant) -> list[Downtime]:
    states(
        plant.press,
        ("PRODUCING", 0, 10),
        ("STOPPED", 10, 20),
        ("PRODUCING", 20, 21),
        ("STOPPED", 21, 40),
        ("PRODUCING", 40, None),
    )
    follow(plant.press)
    return list(Downtime.objects.order_by("started_at"))


def test_a_split_keeps_the_reason_in_the_earlier_part_and_asks_for_the_later(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    stop = a_stop(plant.press, 10, 20)
    explain(cast.operator, stop, "jam")
    first, second = split(cast.supervisor, stop, 18)
    assert stops_of(plant.press) == [(10, 18), (18, 20)]
    assert (first.pk, first.reason.code, second.reason, second.is_micro) == (stop.pk, "jam", None, False)
    follow(plant.press)
    assert stops_of(plant.press) == [(10, 18), (18, 20)]
    assert not DowntimeCorrection.objects.exists()


def test_an_open_stop_can_be_split_and_goes_on(plant: Plant, cast: Cast) -> None:
    split(cast.supervisor, a_stop(plant.press, 10, None), 18)
    assert stops_of(plant.press) == [(10, 18), (18, None)]
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, 30), ("PRODUCING", 30, None))
    follow(plant.press, 30)
    assert stops_of(plant.press) == [(10, 18), (18, 30)]
    assert not DowntimeCorrection.objects.exists()


@pytest.mark.parametrize("at", [5, 10, 20, 25])
def test_a_split_happens_inside(plant: Plant, cast: Cast, at: float) -> None:
    stop = a_stop(plant.press, 10, 20)
    with pytest.raises(OutsideOfStop):
        split(cast.supervisor, stop, at)
    assert stops_of(plant.press) == [(10, 20)]


def test_a_split_can_be_undone(plant: Plant, cast: Cast) -> None:
    first, second = split(cast.supervisor, a_stop(plant.press, 10, 20), 18)
    with acting(cast.supervisor):
        undo_split(actor=cast.supervisor, downtime_id=second.pk, at=minute(60))
    assert stops_of(plant.press) == [(10, 20)]
    second.refresh_from_db()
    assert (second.status, second.merged_into) == ("MERGED", first)
    with acting(cast.supervisor), pytest.raises(NotSplit):
        undo_split(actor=cast.supervisor, downtime_id=first.pk, at=minute(60))


def test_neighbours_become_one_and_the_reason_of_either_counts(plant: Plant, cast: Cast, two: list[Downtime]) -> None:
    a_reason("jam")
    explain(cast.operator, two[1], "jam")
    merged = merge(cast.supervisor, *two)
    assert stops_of(plant.press) == [(10, 40)]
    assert (merged.pk, merged.reason.code, merged.explained_by) == (two[0].pk, "jam", cast.operator)
    follow(plant.press)
    assert stops_of(plant.press) == [(10, 40)]
    assert not DowntimeCorrection.objects.exists()


def test_an_undone_merge_puts_each_back_as_it_was(plant: Plant, cast: Cast, two: list[Downtime]) -> None:
    a_reason("jam")
    explain(cast.operator, two[1], "jam")
    merge(cast.supervisor, *two)
    with acting(cast.supervisor):
        undo_merge(actor=cast.supervisor, downtime_id=two[0].pk, at=minute(61))
    assert stops_of(plant.press) == [(10, 20), (21, 40)]
    assert [stop.reason and stop.reason.code for stop in Downtime.objects.order_by("started_at")] == [None, "jam"]
    with acting(cast.supervisor), pytest.raises(NotMerged):
        undo_merge(actor=cast.supervisor, downtime_id=two[0].pk, at=minute(62))


def test_an_open_stop_can_be_merged_ended_by_the_machine_and_taken_apart(plant: Plant, cast: Cast) -> None:
    states(plant.press, ("PRODUCING", 0, 10), ("STOPPED", 10, 20), ("PRODUCING", 20, 21), ("STOPPED", 21, None))
    follow(plant.press)
    first, second = Downtime.objects.order_by("started_at")
    merge(cast.supervisor, second, first)
    assert stops_of(plant.press) == [(10, None)]
    states(
        plant.press,
        ("PRODUCING", 0, 10),
        ("STOPPED", 10, 20),
        ("PRODUCING", 20, 21),
        ("STOPPED", 21, 50),
        ("PRODUCING", 50, None),
    )
    follow(plant.press, 50)
    assert stops_of(plant.press) == [(10, 50)]
    with acting(cast.supervisor):
        undo_merge(actor=cast.supervisor, downtime_id=first.pk, at=minute(61))
    assert stops_of(plant.press) == [(10, 20), (21, 50)]


def test_different_reasons_do_not_merge(plant: Plant, cast: Cast, two: list[Downtime]) -> None:
    for stop, code in zip(two, ("jam", "tool"), strict=True):
        a_reason(code)
        explain(cast.operator, stop, code)
    with pytest.raises(DifferentReasons):
        merge(cast.supervisor, *two)
    assert stops_of(plant.press) == [(10, 20), (21, 40)]


def test_stops_of_two_machines_or_far_apart_do_not_merge(plant: Plant, cast: Cast, two: list[Downtime]) -> None:
    other = a_stop(plant.lathe, 41, 50)
    with pytest.raises(NotNeighbours):
        merge(cast.supervisor, two[1], other)
    with pytest.raises(NotNeighbours):
        merge(cast.supervisor, two[1])
    states(plant.lathe, ("STOPPED", 41, 50), ("PRODUCING", 50, 55), ("STOPPED", 55, None))
    follow(plant.lathe)
    with pytest.raises(NotNeighbours):
        merge(cast.supervisor, *Downtime.objects.filter(machine=plant.lathe))
    assert stops_of(plant.lathe) == [(41, 50), (55, None)]


def test_only_who_may_edit_changes_shapes(plant: Plant, cast: Cast, two: list[Downtime]) -> None:
    for actor, refusal in (
        (cast.operator, Forbidden),
        (cast.neighbour, NoSuchDowntime),
        (cast.stranger, NoSuchDowntime),
    ):
        with pytest.raises(refusal):
            split(actor, two[0], 15)
        with pytest.raises(refusal):
            merge(actor, *two)
    assert stops_of(plant.press) == [(10, 20), (21, 40)]
