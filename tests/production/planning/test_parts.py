"""Proposals in parts: packed in the order of release, found by day over the bounds of parts, counted at once."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from factory_core.access.identity import acting
from production.planning.models import PlanPart
from production.planning.queries.listing import late_count
from production.planning.queries.proposals import Proposals, Wish
from production.planning.rules.packing import PART, ROW, number_of, part_and_place, parts_of
from production.planning.services import firm
from tests.production.planning.conftest import TODAY, Joinery


def ints(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def test_a_part_ends_where_it_is_full_and_the_next_begins() -> None:
    days = np.arange(PART + 2)[::-1]
    level = np.zeros(len(days), dtype=np.int64)
    first, second = parts_of(
        item=days + 7, quantity=days + 1, cause=level, release=days, due=days, level=level, makes=level == 0
    )
    assert (first.first, first.last, first.count) == (0, PART - 1, PART)
    assert (second.first, second.last, second.count) == (PART, PART + 1, 2)
    assert np.frombuffer(second.items, "<i8").tolist() == [PART + 7, PART + 8]
    assert np.frombuffer(second.rows, ROW)["quantity"].tolist() == [PART + 1, PART + 2]


def test_a_number_names_part_and_place() -> None:
    assert part_and_place(number_of(9, 4095)) == (9, 4095)
    assert part_and_place(number_of(10, 0)) == (10, 0)


@pytest.mark.django_db
def test_pages_and_counts_run_over_the_bounds_of_parts(joinery: Joinery) -> None:
    """Released on the days -3, -1, -1 | -1, 2 | 2, 5 from today; the third of the first part was firmed."""
    joinery.sell("10", 24)
    run = joinery.plan()
    PlanPart.objects.all().delete()
    for days in ((-3, -1, -1), (-1, 2), (2, 5)):
        zero = np.zeros(len(days), dtype=np.int64)
        (part,) = parts_of(
            item=zero + joinery.leg.pk, quantity=zero + 10_000_000, cause=zero, release=ints(*days),
            due=ints(*days) + 4, level=zero, makes=zero == 1,
        )  # fmt: skip
        PlanPart.objects.create(
            run=run, site=run.site, first_on=TODAY + timedelta(days=days[0]), last_on=TODAY + timedelta(days=days[-1]),
            count=len(days), items=part.items, rows=part.rows,
        )  # fmt: skip
    planner = joinery.cast.planner
    with acting(planner, channel="test"):
        firm(actor=planner, planned_id=joinery.planned()[2].pk, at=joinery.clock())

    def days_of(**wish: object) -> list[int]:
        found = Proposals([run], Wish(**wish))[:]  # type: ignore[arg-type]  # each wish names its own kind
        return [(one.release_on - TODAY).days for one in found]

    assert days_of() == [-3, -1, -1, -1, 2, 2, 5]
    assert days_of(firmed=False) == [-3, -1, -1, 2, 2, 5]
    assert days_of(firmed=True) == [-1]
    assert days_of(since=TODAY + timedelta(days=2), until=TODAY + timedelta(days=5)) == [2, 2]
    assert days_of(late=True) == [-3, -1, -1, -1]
    assert days_of(late=False, items={joinery.leg.pk}) == [2, 2, 5]
    assert days_of(items={joinery.top.pk}) == days_of(kind="MAKE") == []
    open_ones = Proposals([run], Wish(firmed=False))
    assert ([one.quantity for one in open_ones[2:4]], open_ones.count()) == ([Decimal(10)] * 2, 6)
    assert [late_count(run, date(2026, 11, day)) for day in (17, 18, 20, 23, 30)] == [0, 1, 3, 5, 6]
