"""What a lot was made of and what was made of it: all of it, both ways, corrections settled, circles ended."""

from datetime import datetime
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from inventory.lots.models import Lot, LotUse
from inventory.trace.queries import trace
from inventory.trace.rules import Direction, Use, told
from tests.world.clock import Clock
from tests.world.inventory import a_lot, a_partner, an_item

pytestmark = pytest.mark.django_db


def uses(at: datetime, *rows: tuple[Lot, Lot, str]) -> None:
    with acting(service_user("plant"), channel="test"):
        for used, made, quantity in rows:
            LotUse.objects.create(input=used, output=made, quantity=Decimal(quantity), at=at)


def tree(lot: Lot, direction: Direction) -> list[tuple[int, str, Decimal, bool]]:
    found = trace(lot, direction.value)
    branch = found.up if direction == Direction.UP else found.down
    assert branch is not None
    return [(s.depth, branch.lots[s.lot_id].number, s.use.quantity, s.again) for s in branch.steps()]


@pytest.fixture
def lots() -> dict[str, Lot]:
    """Steel and paint become blanks, blanks become housings."""
    maker = a_partner("STEELWORKS", supplier=True)
    steel, paint = an_item("STEEL", tracking="LOT", unit="kg"), an_item("PAINT", tracking="LOT", unit="kg")
    blank, housing = an_item("BLANK", tracking="LOT"), an_item("HOUSING", tracking="LOT")
    return {
        "S1": a_lot(steel, "S1", supplier=maker, supplier_lot="HEAT-77"),
        "S2": a_lot(steel, "S2", supplier=maker, supplier_lot="HEAT-78"),
        "P1": a_lot(paint, "P1"),
        "B1": a_lot(blank, "B1"),
        "B2": a_lot(blank, "B2"),
        "H1": a_lot(housing, "H1"),
        "H2": a_lot(housing, "H2"),
    }


def test_all_consumed_lots_are_listed(lots: dict[str, Lot], clock: Clock) -> None:
    """4.15 item 13 (ERPNext #50279 showed only one of several), with the suppliers' lots."""
    uses(
        clock(),
        (lots["S1"], lots["B1"], "10"), (lots["S2"], lots["B1"], "2.5"), (lots["B1"], lots["H1"], "100"),
        (lots["P1"], lots["H1"], "0.75"),
    )  # fmt: skip
    assert tree(lots["H1"], Direction.UP) == [
        (1, "B1", Decimal("100"), False),
        (2, "S1", Decimal("10"), False),
        (2, "S2", Decimal("2.5"), False),
        (1, "P1", Decimal("0.75"), False),
    ]
    up = trace(lots["H1"], "up").up
    assert up is not None
    assert {use.last_at for use in up.uses} == {clock()}
    assert {one.supplier_lot for one in up.lots.values() if one.supplier == "Company STEELWORKS"} == {
        "HEAT-77", "HEAT-78",
    }  # fmt: skip


def test_everything_made_of_a_lot_is_listed_once_with_all_its_ways(lots: dict[str, Lot], clock: Clock) -> None:
    uses(
        clock(),
        (lots["S1"], lots["B1"], "10"), (lots["S1"], lots["B2"], "20"), (lots["B1"], lots["H1"], "5"),
        (lots["B2"], lots["H1"], "6"), (lots["B2"], lots["H2"], "7"),
    )  # fmt: skip
    assert tree(lots["S1"], Direction.DOWN) == [
        (1, "B1", Decimal(10), False),
        (2, "H1", Decimal(5), False),
        (1, "B2", Decimal(20), False),
        (2, "H1", Decimal(6), True),
        (2, "H2", Decimal(7), False),
    ]
    down = trace(lots["S1"]).down
    assert down is not None
    assert down.levels == {lots["S1"].pk: 0, lots["B1"].pk: 1, lots["B2"].pk: 1, lots["H1"].pk: 2, lots["H2"].pk: 2}
    assert down.depth == 2


def test_a_use_taken_back_leads_nowhere(lots: dict[str, Lot], clock: Clock) -> None:
    uses(
        clock(),
        (lots["S1"], lots["B1"], "10"), (lots["S1"], lots["B1"], "-10"), (lots["B1"], lots["H1"], "5"),
        (lots["S2"], lots["B1"], "8"), (lots["S2"], lots["B1"], "-3"),
    )  # fmt: skip
    assert tree(lots["S1"], Direction.DOWN) == []
    assert tree(lots["B1"], Direction.UP) == [(1, "S2", Decimal(5), False)]


def test_a_circle_ends_and_is_shown(lots: dict[str, Lot], clock: Clock) -> None:
    """Scrap melted again: what was made goes back into what it was made of."""
    uses(clock(), (lots["S1"], lots["B1"], "10"), (lots["B1"], lots["S2"], "4"), (lots["S2"], lots["S1"], "3"))
    assert tree(lots["S1"], Direction.DOWN) == [
        (1, "B1", Decimal(10), False),
        (2, "S2", Decimal(4), False),
        (3, "S1", Decimal(3), True),
    ]
    assert [number for _depth, number, _quantity, _again in tree(lots["S1"], Direction.UP)] == ["S2", "B1", "S1"]


def test_a_lot_nobody_used_has_itself_only(lots: dict[str, Lot]) -> None:
    found = trace(lots["P1"])
    assert found.up is not None
    assert found.down is not None
    assert (list(found.up.steps()), list(found.down.steps())) == ([], [])
    assert (found.lot.number, found.up.depth, list(found.up.lots)) == ("P1", 0, [lots["P1"].pk])


def test_only_the_way_asked_for_is_gone(lots: dict[str, Lot]) -> None:
    found = trace(lots["P1"], "down")
    assert found.up is None
    assert found.down is not None


def test_a_chain_deeper_than_any_stack_is_told() -> None:
    chain = [Use(n, n + 1, Decimal(1), 0) for n in range(5_000)]
    steps = list(told(0, chain, Direction.DOWN, str))
    assert (len(steps), steps[-1].depth) == (5_000, 5_000)
