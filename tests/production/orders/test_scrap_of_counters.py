"""A machine that sorts out scrap by itself tells it by a counter; people's reports come on top."""

from datetime import timedelta
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.calendar.rules import ShiftWindow
from production.orders.queries import progress
from production.orders.services import report_count
from telemetry.states.models import CounterStep
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
