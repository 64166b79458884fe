"""Standard cost level by level: exact parts, losses, what comes out beside, and what has no price."""

from dataclasses import replace
from decimal import Decimal

from production.costing.rules.rollup import Design, Finding, Need, Rates, RollUp, Step
from production.costing.states import CostKind, OverheadBase
from production.products.states import LineKind

D = Decimal
RATES = Rates(machine_hour=D(36), labour_hour=D(30), overhead_hour=D(12))


def need(item: int, quantity: str, **more: object) -> Need:
    return Need(item, f"ITEM-{item}", "pcs", D(quantity), **more)  # type: ignore[arg-type]  # test shorthand


def step(label: str = "Turn", setup_s: str = "0", run_s: str = "60", **more: object) -> Step:
    return Step(label, "CNC", D(setup_s), D(run_s), **{"rates": RATES, **more})  # type: ignore[arg-type]  # shorthand


def roll(designs: dict[int, Design], prices: dict[int, str], item: int = 1):  # type: ignore[no-untyped-def]  # shorthand
    price = {key: D(value) for key, value in prices.items()}
    return RollUp(designs.get, price.get).cost_of(item, f"ITEM-{item}")


def test_material_labour_machine_and_overhead_stand_apart() -> None:
    """10 pieces a lot: 20 bolts of 0.50; 600 s set-up and 60 s a piece, two people to set up."""
    cost = roll({1: Design("ITEM-1", D(10), (need(2, "20"),), (step(setup_s="600", setup_crew=D(2)),))}, {2: "0.50"})
    # Machine (600 + 600) s = 1/3 h; labour (1200 + 600) s = 0.5 h, for ten.
    assert cost.part(CostKind.MATERIAL) == D("1.000000")
    assert cost.part(CostKind.LABOUR) == D("1.500000")
    assert cost.part(CostKind.MACHINE) == D("1.200000")
    assert cost.part(CostKind.OVERHEAD) == D("0.600000")
    assert cost.total == D("4.300000")
    assert cost.findings == ()
    assert sum(line.amount for line in cost.lines) == cost.total


def test_overhead_follows_machine_hours_where_they_are_its_base() -> None:
    rates = Rates(overhead_hour=D(12), overhead_base=OverheadBase.MACHINE_HOURS)
    cost = roll({1: Design("ITEM-1", D(1), (), (step(run_s="3600", run_crew=D(3), rates=rates),))}, {})
    assert cost.part(CostKind.OVERHEAD) == D(12)


def test_a_made_component_costs_what_its_own_level_costs() -> None:
    designs = {
        1: Design("ITEM-1", D(1), (need(2, "2"), need(3, "1"))),
        2: Design("ITEM-2", D(1), (need(3, "3"),), (step(run_s="360"),)),
    }
    cost = roll(designs, {3: "2"})
    # ITEM-2: 3 × 2 + 0.1 h × (30 + 36 + 12) = 13.80; ITEM-1: 2 × 13.80 + 2.
    assert cost.total == D("29.600000")
    assert [line.rate for line in cost.lines] == [D("13.800000"), D("2.000000")]


def test_what_later_steps_lose_makes_earlier_steps_bigger() -> None:
    """50 % and 20 % are lost: 10 out are 12 into the second and 18 into the first step, of an hour each."""
    rates = Rates(labour_hour=D(1))
    steps = tuple(step(run_s="3600", loss_percent=D(loss), rates=rates) for loss in (50, 20))
    cost = roll({1: Design("ITEM-1", D(10), (), steps)}, {})
    assert [line.quantity * 10 for line in cost.lines] == [D(18), D(12)]


def test_a_by_product_is_worth_its_own_standard_and_a_co_product_takes_its_share() -> None:
    needs = (
        need(2, "10"),
        need(3, "1", kind=LineKind.BY_PRODUCT),
        need(4, "2", kind=LineKind.CO_PRODUCT, cost_share=D(25)),
    )
    cost = roll({1: Design("ITEM-1", D(1), needs)}, {2: "3", 3: "2"})
    # 30 − 2 = 28, of which 7 go with the co-product.
    assert cost.part(CostKind.MATERIAL) == D(30)
    assert cost.part(CostKind.BESIDE) == D(-9)
    assert cost.total == D(21)


def test_a_missing_price_is_a_finding_with_the_item_named_never_a_silent_zero() -> None:
    designs = {1: Design("ITEM-1", D(1), (need(2, "1"),)), 2: Design("ITEM-2", D(1), (need(3, "1"), need(4, "1")))}
    cost = roll(designs, {4: "5"})
    assert cost.findings == (Finding("price", "ITEM-3"),)
    assert cost.total == D(5)


def test_a_work_centre_without_a_rate_is_a_finding() -> None:
    cost = roll({1: Design("ITEM-1", D(1), (), (step(rates=None),))}, {})
    assert cost.findings == (Finding("rate", "CNC"),)


def test_an_item_made_of_itself_is_a_finding_and_ends() -> None:
    designs = {1: Design("ITEM-1", D(1), (need(2, "1"),)), 2: Design("ITEM-2", D(1), (need(1, "1"),))}
    assert roll(designs, {}).findings == (Finding("cycle", "ITEM-1"),)


def test_energy_is_reckoned_where_it_is_measured_and_priced() -> None:
    """0.5 kWh a good piece at 0.20; of the first step's four pieces a half is lost in the second."""
    first = step(rates=Rates(), energy_kwh=D("0.5"), energy_price=D("0.20"))
    second = step(rates=Rates(), loss_percent=D(50))
    cost = roll({1: Design("ITEM-1", D(4), (), (first, second))}, {})
    # What leaves the first step is what goes into the second: 6 pieces for 4.
    assert (cost.part(CostKind.ENERGY), cost.total) == (D("0.15"), D("0.15"))
    for unknown in (replace(first, energy_kwh=None), replace(first, energy_price=None)):
        assert roll({1: Design("ITEM-1", D(4), (), (unknown, second))}, {}).total == 0


def test_a_component_of_a_hundred_parents_is_reckoned_once() -> None:
    asked: list[int] = []
    designs = {n: Design(f"ITEM-{n}", D(1), (need(200, "1"),)) for n in range(2, 102)}
    designs[1] = Design("ITEM-1", D(1), tuple(need(n, "1") for n in range(2, 102)))

    def price_of(item: int) -> Decimal:
        asked.append(item)
        return D(1)

    assert RollUp(designs.get, price_of).cost_of(1).total == 100
    assert asked == [200]
