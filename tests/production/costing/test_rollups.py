"""Standard costs from designs, rates and prices of a day; accepted as the item's standard cost."""

from datetime import date
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import StaleVersion
from inventory.items.models import ItemCost
from inventory.items.queries import standard_cost
from production.costing.models import CostRollup, Rate
from production.costing.services import (
    BadRate,
    NoSuchRollup,
    NotAcceptable,
    accept_rollup,
    roll_up,
    roll_up_all,
    set_energy_price,
    set_labour_rate,
    set_rate,
)
from tests.world.costing import AT, a_cost, a_rate
from tests.world.inventory import a_partner, a_price_break, a_supplier_item, a_unit, an_item, an_item_unit
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.products import a_bom, a_bom_line, a_routing, a_work_centre

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = AT.date()


def rolled(cast: Cast, item: object, **more: object) -> CostRollup:
    with acting(cast.controller, channel="test"):
        return roll_up(actor=cast.controller, item=item, on=TODAY, at=AT, **more)  # type: ignore[arg-type]  # shorthand


def test_two_levels_with_prices_of_the_day_and_the_cheapest_preferred_supplier(plant: Plant, cast: Cast) -> None:
    pump, body, steel, bolt = (an_item(number) for number in ("PUMP", "BODY", "STEEL", "BOLT"))
    a_cost(steel, "5")
    a_cost(steel, "7", on=date(2026, 12, 1))
    an_item_unit(bolt, "box", "100")
    dear, cheap, other = (a_partner(supplier=True) for _n in range(3))
    a_price_break(a_supplier_item(bolt, dear), "0", "0.30")
    a_price_break(a_supplier_item(bolt, cheap, is_preferred=True, unit=a_unit("box")), "0", "20")
    a_price_break(a_supplier_item(bolt, other), "0", "0.01")
    centre = a_work_centre(plant.line_a)
    a_rate(centre)
    a_bom(body, {steel: "2"})
    a_routing(body, centre, ("360",))
    a_bom_line(a_bom(pump, {body: "1"}, quantity="10"), bolt, "40", loss_percent=D(25))
    row = rolled(cast, pump)
    # BODY: 2 × 5 + 0.1 h × (30 + 36 + 12) = 17.80; PUMP: 0.1 BODY and 4 × 1.25 BOLT of 0.20.
    assert CostRollup.objects.get(item=body).total == D("17.80")
    assert (row.total, row.material, row.labour, row.lot_size) == (D("2.78"), D("2.78"), D(0), D(10))
    assert [(line["label"], line["quantity"], line["amount"]) for line in row.lines] == [
        ("BODY", "0.1", "1.78"), ("BOLT", "5", "1"),
    ]  # fmt: skip
    assert row.findings == []


def test_accepting_writes_the_standard_cost_once(plant: Plant, cast: Cast) -> None:
    pump, steel = an_item("PUMP"), an_item("STEEL")
    a_cost(steel, "5")
    a_bom(pump, {steel: "2"})
    row = rolled(cast, pump)
    with pytest.raises(StaleVersion), acting(cast.controller, channel="test"):
        accept_rollup(actor=cast.controller, rollup_id=row.pk, at=AT, version=9)
    for _again in range(2):
        with acting(cast.controller, channel="test"):
            accept_rollup(actor=cast.controller, rollup_id=row.pk, at=AT)
    assert standard_cost(pump, TODAY) == D(10)
    assert ItemCost.objects.filter(item=pump).count() == 1
    assert rolled(cast, pump).pk != row.pk


def test_a_cost_with_something_unpriced_is_not_accepted_and_says_what(plant: Plant, cast: Cast) -> None:
    pump, steel = an_item("PUMP"), an_item("STEEL")
    a_bom(pump, {steel: "2"})
    a_routing(pump, a_work_centre(plant.line_a, name="Turning"))
    row = rolled(cast, pump)
    assert row.findings == [{"kind": "price", "what": "STEEL"}, {"kind": "rate", "what": "Turning"}]
    with pytest.raises(NotAcceptable), acting(cast.controller, channel="test"):
        accept_rollup(actor=cast.controller, rollup_id=row.pk, at=AT)
    assert not ItemCost.objects.filter(item=pump).exists()
    a_cost(steel, "5")
    assert rolled(cast, pump).pk == row.pk


def test_all_items_with_a_design_are_reckoned_each_once(plant: Plant, cast: Cast) -> None:
    steel = an_item("STEEL")
    a_cost(steel, "5")
    for number in ("A", "B", "C"):
        a_bom(an_item(number), {steel: "1"})
    with acting(cast.controller, channel="test"):
        assert roll_up_all(actor=cast.controller, on=TODAY, at=AT) == 3
    rows = CostRollup.objects.values_list("item__number", "total")
    assert sorted(rows) == [("A", D(5)), ("B", D(5)), ("C", D(5))]


def test_an_item_nobody_makes_has_nothing_to_roll_up(plant: Plant, cast: Cast) -> None:
    with pytest.raises(NoSuchRollup):
        rolled(cast, an_item("STEEL"))
    assert CostRollup.objects.count() == 0


@pytest.mark.parametrize("who", ["operator", "planner", "owner", "buyer", "stranger"])
def test_only_who_manages_costs_rolls_up_accepts_and_sets_rates(plant: Plant, cast: Cast, who: str) -> None:
    pump, steel, centre, actor = an_item("PUMP"), an_item("STEEL"), a_work_centre(plant.line_a), getattr(cast, who)
    a_cost(steel, "5")
    a_bom(pump, {steel: "2"})
    row = rolled(cast, pump)
    acts = (
        lambda: roll_up(actor=actor, item=pump, on=TODAY, at=AT),
        lambda: roll_up_all(actor=actor, on=TODAY, at=AT),
        lambda: set_rate(actor=actor, work_centre=centre, valid_from=TODAY, at=AT, labour_hour=D(1)),
        lambda: set_labour_rate(actor=actor, site=plant.site, hour=D(1), valid_from=TODAY, at=AT),
        lambda: set_energy_price(actor=actor, site=plant.site, price=D(1), valid_from=TODAY, at=AT),
    )
    for act in acts:
        with pytest.raises(Forbidden), acting(actor, channel="test"):
            act()
    with pytest.raises((Forbidden, NoSuchRollup)), acting(actor, channel="test"):
        accept_rollup(actor=actor, rollup_id=row.pk, at=AT)
    assert not ItemCost.objects.filter(item=pump).exists()
    assert not Rate.objects.exists()


def test_rates_stand_from_a_day_on_and_the_same_day_corrects_them(plant: Plant, cast: Cast) -> None:
    centre = a_work_centre(plant.line_a)
    wish = {"actor": cast.controller, "work_centre": centre, "valid_from": TODAY, "at": AT}
    with acting(cast.controller, channel="test"):
        first = set_rate(**wish, labour_hour=D(30))
        again = set_rate(**wish, labour_hour=D(31), version=first.version)
    assert (again.pk, again.labour_hour, again.version) == (first.pk, D(31), 2)
    with pytest.raises(StaleVersion), acting(cast.controller, channel="test"):
        set_rate(**wish, labour_hour=D(99), version=1)
    with pytest.raises(BadRate), acting(cast.controller, channel="test"):
        set_rate(**wish, labour_hour=D(-1))
    with pytest.raises(BadRate), acting(cast.controller, channel="test"):
        set_labour_rate(actor=cast.controller, site=plant.site, hour=D(1), valid_from=TODAY, at=AT, username="nobody")
    assert Rate.objects.get().labour_hour == D(31)
