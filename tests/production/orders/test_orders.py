"""Orders on machines, and what people report."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.calendar.rules import ShiftWindow
from factory_core.errors import Refusal, StaleVersion
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.orders.models import CountEntry, OrderRun, ProductionOrder
from production.orders.queries import counts_of_order, progress, running_order
from production.orders.services import (
    AlreadyTakenBack,
    BeforeStart,
    KeyOfOther,
    MachineTaken,
    NoSuchCount,
    NoSuchOrder,
    WrongStatus,
    correct_count,
    finish_order,
    pause_order,
    report_count,
    start_order,
)
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_running_order, an_order, minute

ACTS = {"start": start_order, "pause": pause_order, "finish": finish_order}


def do(act: str, actor: User, order: ProductionOrder, at: float, version: int | None = None) -> ProductionOrder:
    with acting(actor, channel="test"):
        return ACTS[act](actor=actor, order_id=order.pk, at=minute(at), version=version)


def report(actor: User, machine: Machine, kind: str, quantity: int, at: float, key: str = "") -> CountEntry:
    with acting(actor, channel="test"):
        return report_count(actor=actor, machine=machine, kind=kind, quantity=Decimal(quantity), at=minute(at), key=key)


def runs() -> list[tuple]:
    return list(OrderRun.objects.order_by("started_at").values_list("started_at", "ended_at"))


def test_an_order_runs_in_stretches(plant: Plant, cast: Cast) -> None:
    order = an_order(cast.supervisor, plant.press)
    do("start", cast.operator, order, 10)
    do("pause", cast.operator, order, 20)
    do("start", cast.operator, order, 30)
    assert running_order(plant.press) == order
    assert do("finish", cast.operator, order, 40).status == "FINISHED"
    assert runs() == [(minute(10), minute(20)), (minute(30), minute(40))]
    assert (running_order(plant.press), running_order(plant.press, minute(35))) == (None, order)


@pytest.mark.parametrize(("first", "second"), [("start", "start"), ("finish", "finish"), ("pause", "pause")])
def test_the_same_act_again_changes_nothing(plant: Plant, cast: Cast, first: str, second: str) -> None:
    order = an_order(cast.supervisor, plant.press)
    do("start", cast.operator, order, 10)
    version = do(first, cast.operator, order, 20).version
    assert do(second, cast.operator, order, 25).version == version


def test_a_planned_order_cannot_pause_and_a_finished_one_not_start(plant: Plant, cast: Cast) -> None:
    order = an_order(cast.supervisor, plant.press)
    for act in ("pause", "finish"):
        with pytest.raises(WrongStatus):
            do(act, cast.operator, order, 10)
    do("start", cast.operator, order, 10)
    do("finish", cast.operator, order, 20)
    with pytest.raises(WrongStatus):
        do("start", cast.operator, order, 30)
    assert runs() == [(minute(10), minute(20))]


def test_a_machine_has_one_order_at_a_time(plant: Plant, cast: Cast) -> None:
    a_running_order(cast.supervisor, plant.press)
    other = an_order(cast.supervisor, plant.press)
    with pytest.raises(MachineTaken):
        do("start", cast.operator, other, 10)
    other.refresh_from_db()
    assert (other.status, other.version, len(runs())) == ("PLANNED", 1, 1)


def test_an_order_cannot_end_before_it_began(plant: Plant, cast: Cast) -> None:
    order = a_running_order(cast.supervisor, plant.press, at=10)
    with pytest.raises(BeforeStart):
        do("finish", cast.operator, order, 10)
    order.refresh_from_db()
    assert order.status == "RUNNING"


def test_a_stale_version_is_refused(plant: Plant, cast: Cast) -> None:
    order = an_order(cast.supervisor, plant.press)
    do("start", cast.operator, order, 10, version=1)
    with pytest.raises(StaleVersion) as told:
        do("finish", cast.operator, order, 20, version=1)
    assert told.value.details["current"] == {"version": 2, "status": "RUNNING"}


def test_only_people_of_the_line_run_and_report(plant: Plant, cast: Cast) -> None:
    order = an_order(cast.supervisor, plant.press)
    for actor, refusal in ((cast.owner, Forbidden), (cast.neighbour, NoSuchOrder), (cast.stranger, NoSuchOrder)):
        with pytest.raises(refusal):
            do("start", actor, order, 10)
        with pytest.raises(Forbidden):
            report(actor, plant.press, "scrap", 1, 10)
    with pytest.raises(Forbidden):
        an_order(cast.operator, plant.press)
    assert (runs(), CountEntry.objects.count(), ProductionOrder.objects.count()) == ([], 0, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_orders_started_at_once_one_starts(plant: Plant, cast: Cast) -> None:
    orders = [an_order(cast.supervisor, plant.press) for _ in range(2)]

    def tap(order: ProductionOrder) -> str:
        try:
            return do("start", cast.operator, order, 10).status
        except Refusal as no:
            return no.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(tap, orders)) == ["RUNNING", "machine_taken"]
    assert OrderRun.objects.count() == 1


def test_a_report_belongs_to_the_order_that_ran_then(plant: Plant, cast: Cast) -> None:
    order = a_running_order(cast.supervisor, plant.press, at=10)
    do("finish", cast.operator, order, 20)
    assert report(cast.operator, plant.press, "scrap", 1, 15).order == order
    assert report(cast.operator, plant.press, "scrap", 1, 25).order is None


def test_a_key_counts_once_and_not_for_another_report(plant: Plant, cast: Cast) -> None:
    first = report(cast.operator, plant.press, "scrap", 2, 15, "k")
    assert report(cast.operator, plant.press, "scrap", 2, 15, "k") == first
    with pytest.raises(KeyOfOther):
        report(cast.operator, plant.press, "scrap", 3, 15, "k")
    with pytest.raises(KeyOfOther):
        report(cast.supervisor, plant.press, "scrap", 2, 15, "k")
    assert CountEntry.objects.count() == 1


def test_a_mistake_is_taken_back_once_by_a_counter_entry(plant: Plant, cast: Cast) -> None:
    order = a_running_order(cast.supervisor, plant.press)
    entry = report(cast.operator, plant.press, "scrap", 2, 15)
    report(cast.operator, plant.press, "good", 5, 15)
    with acting(cast.operator):
        back = correct_count(actor=cast.operator, entry_id=entry.pk, at=minute(16))
    assert (back.quantity, back.at, back.corrects) == (-2, minute(15), entry)
    with acting(cast.operator):
        for again in (entry, back):
            with pytest.raises(AlreadyTakenBack):
                correct_count(actor=cast.operator, entry_id=again.pk, at=minute(17))
    with acting(cast.neighbour), pytest.raises(NoSuchCount):
        correct_count(actor=cast.neighbour, entry_id=entry.pk, at=minute(17))
    assert (counts_of_order(order, minute(60)).scrap, counts_of_order(order, minute(60)).good) == (0, 5)


def test_progress_counts_this_shift_only(plant: Plant, cast: Cast) -> None:
    a_running_order(cast.supervisor, plant.press, at=0)
    report(cast.operator, plant.press, "good", 100, 50)
    report(cast.operator, plant.press, "good", 30, 70)
    report(cast.operator, plant.press, "scrap", 4, 75)
    report(cast.operator, plant.press, "good", 9, 95)
    window = ShiftWindow(1, "Late", minute(60).date(), minute(60), minute(540), breaks=())
    found = progress(plant.press, window, minute(90))
    assert (found.good, found.scrap, found.expected) == (30, 4, 60)
