"""However many rows a batch has, the same few questions are asked of the database."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.importing.kinds import Context, Outcome, Row, Value, kind_named
from factory_core.people.models import User
from tests.world.bringing import NOW
from tests.world.inventory import a_location, a_partner, an_item
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db


def values_of(kind: str, number: int) -> dict[str, Value]:
    """What row `number` says; items I-0 to I-59 are there, those with an L before it are told apart by lot."""
    item = f"I-{number % 30}"
    return {
        "items": {"number": f"N-{number}", "standard_cost": Decimal(2), "list_price": Decimal(3),
                  "reorder_point": Decimal(4), "unit": "pcs", "name": "N"},
        "supplier_items": {"item": f"I-{number}", "supplier": "S-1", "price": Decimal(number), "lead_time": 3},
        "prices": {"item": f"I-{number}", "standard_cost": Decimal(number), "list_price": Decimal(number)},
        "locations": {"code": f"P-{number}", "parent": "A-1"},
        "lots": {"item": "LI", "number": f"L-{number}"},
        "opening_stock": {"item": item, "location": "A-1", "quantity": Decimal(3), "shelf": f"S{number % 7}"},
    }[kind]  # fmt: skip


@pytest.mark.parametrize("kind", ["items", "supplier_items", "prices", "locations", "lots", "opening_stock"])
def test_sixty_rows_ask_no_more_than_two(plant: Plant, migrator: User, kind: str) -> None:
    for number in range(60):
        an_item(f"I-{number}")
    an_item("LI", tracking="LOT")
    a_partner("S-1", supplier=True)
    a_location(plant.site, "A-1")
    described = kind_named(kind)
    asked = []
    for run, numbers in ((1, range(2)), (2, range(2, 60))):
        rows = [Row(number + 2, values_of(kind, number)) for number in numbers]
        context = Context(actor=migrator, site=plant.site, at=NOW, run_id=run)
        with (
            acting(migrator, channel="test"),
            CaptureQueriesContext(
                connection,
            ) as questions,
        ):
            described.take(rows, context)
        assert {row.outcome for row in rows} <= {Outcome.CREATED}, [row.problems for row in rows][:2]
        asked.append(len(questions))
    assert asked[1] <= asked[0]
