"""What recorded downtimes must become when the states say something else."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from production.downtime.rules import Close, Correction, Known, Plan, Stop, plan_alignment
from production.downtime.states import CorrectionKind

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
MOVE, REMOVE = CorrectionKind.MOVE, CorrectionKind.REMOVE


def t(minutes: float | None) -> datetime | None:
    return None if minutes is None else START + timedelta(minutes=minutes)


def stop(start: float, end: float | None) -> Stop:
    return Stop(t(start), t(end), "STOPPED")


def known(start: float, end: float | None, id: int = 1, **more: bool) -> Known:
    return Known(id, t(start), t(end), **more)


def plan(records: list[Known], stops: list[Stop], at: float = 60) -> Plan:
    return plan_alignment(records, stops, t(at))


def times(found: Plan) -> list[tuple]:
    return [(part.started_at, part.ended_at) for part in found.opens]


def test_a_new_stop_is_opened() -> None:
    assert plan([], [stop(10, None)]).opens == (stop(10, None),)


def test_stops_of_the_past_are_opened_closed() -> None:
    assert plan([], [stop(10, 12), stop(20, None)]).opens == (stop(10, 12), stop(20, None))


def test_agreement_changes_nothing() -> None:
    found = plan([known(10, 20), known(30, None, 2)], [stop(10, 20), stop(30, None)])
    assert (found.closes, found.corrections, found.opens) == ((), (), ())


def test_an_open_record_ends_with_its_stop() -> None:
    found = plan([known(10, None)], [stop(10, 20)])
    assert (found.closes, found.corrections, found.opens) == ((Close(1, t(20)),), (), ())


def test_an_explained_open_record_ends_the_same_way() -> None:
    assert plan([known(10, None, touched=True)], [stop(10, 20)]).closes == (Close(1, t(20)),)


def test_an_open_record_ends_and_the_next_stop_is_new() -> None:
    found = plan([known(10, None)], [stop(10, 20), stop(30, None)])
    assert (found.closes, found.opens) == ((Close(1, t(20)),), (stop(30, None),))


def test_a_stop_that_began_this_instant_is_not_opened_twice() -> None:
    found = plan([known(10, None)], [stop(10, None)], at=10)
    assert (found.closes, found.corrections, found.opens) == ((), (), ())


def test_a_closed_record_nobody_touched_is_corrected_at_once() -> None:
    found = plan([known(10, 20)], [stop(10, 25)])
    assert found.corrections == (Correction(1, MOVE, t(10), t(25), True),)
    assert found.opens == ()


def test_a_closed_record_somebody_touched_waits_for_a_person() -> None:
    found = plan([known(10, 20, touched=True)], [stop(10, 25)])
    assert found.corrections == (Correction(1, MOVE, t(10), t(25), False),)
    assert found.opens == ()


def test_a_stop_that_never_was_is_withdrawn_by_correction() -> None:
    assert plan([known(10, 20)], []).corrections == (Correction(1, REMOVE, None, None, True),)
    assert plan([known(10, 20, touched=True)], []).corrections == (Correction(1, REMOVE, None, None, False),)


def test_an_explained_open_stop_that_never_was_ends_and_waits_for_a_person() -> None:
    found = plan([known(10, None, touched=True)], [])
    assert found.closes == (Close(1, t(60)),)
    assert found.corrections == (Correction(1, REMOVE, None, None, False),)


def test_production_inside_an_untouched_record_leaves_the_longer_part_and_opens_the_other() -> None:
    found = plan([known(10, 40)], [stop(10, 15), stop(20, 40)])
    assert found.corrections == (Correction(1, MOVE, t(20), t(40), True),)
    assert found.opens == (stop(10, 15),)


def test_production_inside_a_touched_record_opens_nothing_until_a_person_decides() -> None:
    found = plan([known(10, 40, touched=True)], [stop(10, 15), stop(20, 40)])
    assert found.corrections == (Correction(1, MOVE, t(20), t(40), False),)
    assert found.opens == ()


def test_the_parts_of_a_split_stop_keep_their_inner_border() -> None:
    parts = [known(10, 14, 1, touched=True), known(14, 20, 2, touched=True)]
    found = plan(parts, [stop(10, 20)])
    assert (found.closes, found.corrections, found.opens) == ((), (), ())


def test_only_the_last_part_of_a_split_stop_follows_a_new_end() -> None:
    parts = [known(10, 14, 1, touched=True), known(14, 20, 2, touched=True)]
    assert plan(parts, [stop(10, 25)]).corrections == (Correction(2, MOVE, t(14), t(25), False),)


def test_the_open_part_of_a_split_stop_ends_normally() -> None:
    parts = [known(10, 14, 1, touched=True), known(14, None, 2, touched=True)]
    assert plan(parts, [stop(10, 25)]).closes == (Close(2, t(25)),)


def test_a_merged_record_stands_for_all_stops_it_holds() -> None:
    found = plan([known(10, 40, touched=True, merged=True)], [stop(10, 20), stop(21, 40)])
    assert (found.closes, found.corrections, found.opens) == ((), (), ())


def test_two_records_whose_gap_turns_out_to_be_no_production_meet() -> None:
    found = plan([known(10, 20, 1), known(22, 30, 2)], [stop(10, 30)])
    assert found.corrections == (Correction(1, MOVE, t(10), t(22), True),)
    assert found.opens == ()


def test_an_open_record_nobody_touched_may_begin_earlier() -> None:
    found = plan([known(10, None)], [stop(8, None)])
    assert found.corrections == (Correction(1, MOVE, t(8), None, True),)


def test_an_explained_open_record_that_began_earlier_ends_normally_but_its_start_waits() -> None:
    found = plan([known(10, None, touched=True)], [stop(8, 20)])
    assert found.closes == (Close(1, t(20)),)
    assert found.corrections == (Correction(1, MOVE, t(8), t(20), False),)
    assert found.opens == ()


@pytest.mark.parametrize("touched", [True, False])
@pytest.mark.parametrize(
    "stops",
    [
        [stop(0, 5), stop(6, 30), stop(35, None)],
        [stop(9, 21)],
        [stop(11, 19), stop(19.5, 34), stop(34.5, 50)],
        [],
        [stop(0, None)],
    ],
)
def test_nothing_ever_overlaps(touched: bool, stops: list[Stop]) -> None:
    """Whatever the states say: records that stand after the plan, and new ones, share no moment."""
    records = [known(10, 20, 1, touched=touched), known(20, 25, 2), known(33, 40, 3, touched=touched)]
    found = plan(records, stops)
    closed = {close.id: close.ended_at for close in found.closes}
    moved = {one.id: one for one in found.corrections if one.accepted}
    standing = []
    for record in records:
        change = moved.get(record.id)
        if change is None:
            standing.append((record.started_at, closed.get(record.id, record.ended_at)))
        elif change.kind == MOVE:
            standing.append((change.started_at, change.ended_at))
    everything = sorted([*standing, *times(found)])
    for (_start, end), (following, _end) in itertools.pairwise(everything):
        assert end is not None
        assert end <= following
