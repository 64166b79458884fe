"""Everything rolled up together: as many questions for many items as for one; energy as it was measured."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.events.models import Event
from factory_core.people.services import service_user
from inventory.items.models import Item
from production.costing.models import CostRollup
from production.costing.queries.designs import book_of
from production.costing.queries.energy import energy_each
from production.costing.services import roll_up, roll_up_all, set_energy_price
from production.oee.models import AccountSlice, ShiftAccount
from production.products.models import WorkCentre, WorkCentreMachine
from tests.world.costing import AT, a_cost, a_costed_order, a_rate
from tests.world.inventory import a_partner, a_price_break, a_supplier_item, an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.products import a_bom, a_routing, a_work_centre

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = AT.date()


def pumps(centre: WorkCentre, start: int, count: int) -> dict[int, str]:
    """Made items over two levels: BODY-n of bought steel by a routing, PUMP-n of it and a phantom of a bolt."""
    for n in range(start, start + count):
        pump, body, kit, steel, bolt = (an_item(f"{name}-{n}") for name in ("PUMP", "BODY", "KIT", "STEEL", "BOLT"))
        a_cost(steel, "5")
        a_price_break(a_supplier_item(bolt, a_partner(supplier=True)), "0", "0.20")
        a_bom(pump, {body: "1", kit: "1"})
        a_bom(kit, {bolt: "4"}, is_phantom=True)
        a_bom(body, {steel: "2"})
        a_routing(body, centre, ("360",))
    return dict(Item.objects.filter(number__startswith="PUMP").values_list("pk", "number"))


def test_ten_items_are_read_with_as_many_questions_as_one(plant: Plant, cast: Cast) -> None:
    centre, asked = a_work_centre(plant.line_a), []
    a_rate(centre)
    for start, count in ((0, 1), (1, 9)):
        items = pumps(centre, start, count)
        with CaptureQueriesContext(connection) as context:
            book = book_of(items, TODAY)
        assert len(book.made) == 2 * len(items)
        asked.append(len(context))
    assert asked[0] == asked[1]


def measured(centre: WorkCentre, plant: Plant, item: Item, *rows: tuple[str | None, str], days: int = 1) -> None:
    """Rows (kWh, good pieces) of an order of the item in an account that ended so many days ago."""
    order, on = a_costed_order(centre, f"PO-{days}"), TODAY - timedelta(days=days)
    end = AT - timedelta(days=days)
    with acting(service_user("plant"), channel="test"):
        account = ShiftAccount.objects.create(
            machine=plant.press, on=on, started_at=end - timedelta(hours=8), ended_at=end
        )
    AccountSlice.objects.bulk_create(
        AccountSlice(
            account=account, machine=plant.press, on=on, time_class=word, order=order, item=item,
            energy_kwh=None if kwh is None else D(kwh), good=D(good),
        )
        for (kwh, good), word in zip(rows, ("producing", "setup", "unplanned_stop"), strict=False)
    )  # fmt: skip


def test_energy_of_a_good_piece_is_what_was_measured_in_the_year_before(plant: Plant, cast: Cast) -> None:
    pump, steel, centre = an_item("PUMP"), an_item("STEEL"), a_work_centre(plant.line_a)
    with acting(service_user("plant"), channel="test"):
        WorkCentreMachine.objects.create(work_centre=centre, machine=plant.press)
    a_rate(centre, "0", "0", "0")
    a_cost(steel, "5")
    a_bom(pump, {steel: "2"})
    a_routing(pump, centre, ("60",))
    # Set-up takes energy too; a time nobody measured counts neither with energy nor with pieces.
    measured(centre, plant, pump, ("40", "100"), ("10", "0"), (None, "900"))
    measured(centre, plant, pump, ("9000", "1"), days=366)
    measured(centre, plant, pump, ("9000", "1"), days=0)
    assert energy_each([pump.pk], TODAY) == {(pump.pk, centre.pk): D("0.5")}
    with acting(cast.controller, channel="test"):
        unpriced = roll_up(actor=cast.controller, item=pump, on=TODAY, at=AT)
        assert (unpriced.energy, unpriced.total, unpriced.findings) == (D(0), D(10), [])
        for day, price in ((TODAY - timedelta(days=9), "0.20"), (TODAY + timedelta(days=1), "0.90")):
            set_energy_price(actor=cast.controller, site=plant.site, price=D(price), valid_from=day, at=AT)
        row = roll_up(actor=cast.controller, item=pump, on=TODAY, at=AT)
    assert (row.energy, row.material, row.total, row.pk) == (D("0.10"), D(10), D("10.10"), unpriced.pk)
    assert [line for line in row.lines if line["kind"] == "ENERGY"] == [
        {"kind": "ENERGY", "label": "10 Step 1", "quantity": "0.5", "unit": "kWh", "rate": "0.2", "amount": "0.1",
         "item": None}
    ]  # fmt: skip


def test_rolling_up_everything_is_one_story_and_reckons_the_same_rows_anew(plant: Plant, cast: Cast) -> None:
    centre = a_work_centre(plant.line_a)
    a_rate(centre)
    pumps(centre, 0, 2)
    an_item("ALONE")
    for version in (1, 2):
        with acting(cast.controller, channel="test"):
            assert roll_up_all(actor=cast.controller, on=TODAY, at=AT) == 6
        # BODY: 2 × 5 + 0.1 h × (30 + 36 + 12); PUMP: BODY and four bolts; KIT: four bolts.
        assert sorted(CostRollup.objects.values_list("item__number", "total")) == [
            ("BODY-0", D("17.8")), ("BODY-1", D("17.8")), ("KIT-0", D("0.8")), ("KIT-1", D("0.8")),
            ("PUMP-0", D("18.6")), ("PUMP-1", D("18.6")),
        ]  # fmt: skip
        assert set(CostRollup.objects.values_list("version", flat=True)) == {version}
    assert CostRollup.objects.count() == 6
    told = Event.objects.filter(name__startswith="costing.").order_by("pk")
    assert [(one.name, one.payload) for one in told] == [
        ("costing.all_rolled_up", {"on": "2026-11-20", "count": 6, "findings": 0})
    ] * 2
