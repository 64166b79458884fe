"""The chain of what makes an order late: the nearest cause first, with the seconds each adds."""

from datetime import UTC, datetime, timedelta

from production.promises.rules.explaining import Reason, alone, chain, expected_end, late_s, risk_of
from production.promises.rules.loading import Bound, Link, Place, Task, load
from production.promises.rules.time import WorkingTime
from production.promises.states import Cause, Risk

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ORDER = "production.productionorder"


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def task(key: int, work: float, place: str = "P", order: int = 0, **more: object) -> Task:
    return Task(key, order or key, tuple(place.split()), hours(work), (key,), **more)  # type: ignore[arg-type]  # test shorthand


def told(*tasks: Task, last: int, stands: Bound | None = None) -> list[Reason]:
    places = {"P": Place("P", WorkingTime(None), 1, stands), "Q": Place("Q", WorkingTime(None))}
    labels = {one.order: f"PO-{one.order}" for one in tasks}
    return chain(last, load(tasks, places, AT), places, labels, AT)


def test_the_queue_names_each_order_before_and_how_long_it_holds_the_place() -> None:
    assert told(task(1, 2), task(2, 3), task(3, 1), last=3) == [
        Reason(Cause.QUEUE, 3 * 3600, ORDER, 2, "PO-2"),
        Reason(Cause.QUEUE, 2 * 3600, ORDER, 1, "PO-1"),
    ]


def test_behind_the_queue_stands_the_stop_that_holds_all() -> None:
    stop = Bound(AT + hours(1), Cause.STOP, "plant.machine", 7, "Press", since=AT - hours(0.5))
    assert told(task(1, 2), task(2, 1), last=2, stands=stop) == [
        Reason(Cause.QUEUE, 2 * 3600, ORDER, 1, "PO-1"),
        Reason(Cause.STOP, 5400, "plant.machine", 7, "Press", AT + hours(1)),
    ]


def test_a_stop_that_should_be_over_by_now_is_still_named() -> None:
    stop = Bound(AT, Cause.STOP, "plant.machine", 7, "Press", since=AT - hours(2))
    assert told(task(1, 2), last=1, stands=stop) == [Reason(Cause.STOP, 7200, "plant.machine", 7, "Press", AT)]


def test_material_that_comes_late_and_the_child_that_waits_for_it() -> None:
    bought = Bound(AT + hours(24), Cause.MATERIAL, "inventory.purchaseline", 5, "PUR-1 · 1")
    tasks = (
        task(1, 2, "Q", bounds=(bought,)),
        task(2, 1, order=2, links=(Link(1, cause=Cause.CHILD),)),
        task(3, 1, order=2, links=(Link(2),)),
    )
    assert told(*tasks, last=3) == [
        Reason(Cause.CHILD, 26 * 3600, ORDER, 1, "PO-1", AT + hours(26)),
        Reason(Cause.MATERIAL, 24 * 3600, "inventory.purchaseline", 5, "PUR-1 · 1", AT + hours(24)),
    ]


def test_own_steps_are_nobodys_queue() -> None:
    assert told(task(1, 2, order=1), task(2, 1, order=1, links=(Link(1),)), last=2) == []


def test_the_stop_lasts_as_long_as_such_stops_do_but_never_ended_before_now() -> None:
    past = [hours(1), hours(2), hours(9)]
    assert expected_end(AT - hours(0.5), past, AT) == AT + hours(1.5)
    assert expected_end(AT - hours(5), past, AT) == AT
    assert expected_end(AT - hours(5), [], AT) == AT


def test_alone_an_order_ends_after_its_own_steps_and_their_waiting() -> None:
    places = {"P": Place("P", WorkingTime(None)), "Q": Place("Q", WorkingTime(None))}
    steps = [task(1, 2, order=1), task(2, 1, "Q", order=1, links=(Link(1, hours(3)),))]
    assert alone(steps, places, AT) == AT + hours(6)
    assert alone([task(1, 1, "gone")], places, AT) is None


def test_risk_and_lateness_of_a_promise() -> None:
    assert [
        risk_of(AT, AT - hours(1)),
        risk_of(AT, AT + hours(1)),
        risk_of(AT, AT + hours(8)),
        risk_of(AT, None),
        risk_of(None, AT),
    ] == [Risk.LATE, Risk.TIGHT, Risk.NONE, Risk.NONE, Risk.UNKNOWN]
    assert (late_s(AT, AT - hours(1)), late_s(AT, AT + hours(1)), late_s(None, AT)) == (3600, 0, 0)
