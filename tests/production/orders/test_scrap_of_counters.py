"""A machine that sorts out scrap by itself tells it by a counter; people's reports come on top."""

from datetime import timedelta
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.calendar.rules import ShiftWindow
from production.orders.models import CountEntry, OrderOperation
from production.orders.queries import progress, shift_figures
from production.orders.services import report_count
from telemetry.states.models import CounterStep
from tests.world.production import a_running_order, minute
from tests.world.telemetry import a_gateway, a_tag


@pytest.mark.django_db
def test_good_is_what_was_counted_less_both_kinds_of_scrap(plant, cast, clock):
    gateway, _token = a_gateway(plant.site)
    start = clock.at - timedelta(hours=1)
    for name, counts, delta in (("parts", "pieces", 40), ("bad", "scrap", 3), ("strokes", "strokes", 900)):
        tag = a_tag(gateway, name, plant.press, "counter")
        CounterStep.objects.create(
            machine=plant.press,
            tag=tag,
            at=clock.at - timedelta(minutes=5),
            delta=Decimal(delta),
            kind="step",
            counts=counts,
        )
    with acting(cast.operator):
        report_count(actor=cast.operator, machine=plant.press, kind="scrap", quantity=Decimal(2), at=clock.at)
    window = ShiftWindow(0, "Early", start.date(), start, start + timedelta(hours=8), breaks=())
    found = progress(plant.press, window, clock.move(seconds=1))
    assert (found.good, found.scrap) == (Decimal(35), Decimal(5))


@pytest.mark.django_db
@pytest.mark.parametrize(("count_by", "good"), [("PERSON", 9), ("MACHINE", 59), ("BOTH", 59)])
def test_where_people_count_the_counter_of_the_machine_is_not_asked(plant, cast, clock, count_by, good):
    gateway, _token = a_gateway(plant.site)
    start = minute(0)
    order = a_running_order(cast.supervisor, plant.press, at=10)
    with acting(cast.supervisor):
        OrderOperation.objects.filter(order=order).update(count_by=count_by)
    tag = a_tag(gateway, "parts", plant.press, "counter")
    # Before the order ran nobody said who counts: the counter does.
    for at, delta in ((5, 2), (10, 20), (30, 30)):
        CounterStep.objects.create(
            machine=plant.press, tag=tag, at=minute(at), delta=Decimal(delta), kind="step", counts="pieces"
        )
    CountEntry.objects.create(
        order=order, operation=order.operations.get(), machine=plant.press, kind="good", quantity=Decimal(7),
        at=minute(40), by=cast.operator, key="by-hand",
    )  # fmt: skip
    window = ShiftWindow(0, "Early", start.date(), start, start + timedelta(hours=8), breaks=())
    assert shift_figures([plant.press.pk], {plant.press.pk: window}, minute(60))[plant.press.pk].good == good
