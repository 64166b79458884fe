"""The standard cost of one unit, level by level: components at their own standard, then labour, machine, overhead.

An item's cost is reckoned for one lot of it and divided by the lot: set-up is laid on the lot, components and time on
what goes in, which is more than what comes out where something is lost. Money and quantities are Decimal; hours are
seconds / 3 600.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from production.costing.states import CostKind, OverheadBase
from production.orders.rules import quantities_in
from production.products.states import LineKind

CENT = Decimal("0.000001")
HOUR = Decimal(3600)
HUNDRED = Decimal(100)
NONE = Decimal(0)
MOST_FINDINGS = 50


@dataclass(frozen=True, slots=True)
class Rates:
    """What an hour costs at a work centre."""

    machine_hour: Decimal = NONE
    labour_hour: Decimal = NONE
    overhead_hour: Decimal = NONE
    overhead_base: OverheadBase = OverheadBase.LABOUR_HOURS


@dataclass(frozen=True, slots=True)
class Need:
    """What one lot takes of a component (loss included), or yields beside the item, in base units."""

    item: int
    label: str
    unit: str
    quantity: Decimal
    kind: LineKind = LineKind.COMPONENT
    cost_share: Decimal = NONE


@dataclass(frozen=True, slots=True)
class Step:
    """An operation of the routing; `rates` None: nobody set any for its work centre."""

    label: str
    place: str
    setup_s: Decimal
    run_s: Decimal
    setup_crew: Decimal = Decimal(1)
    run_crew: Decimal = Decimal(1)
    loss_percent: Decimal = NONE
    rates: Rates | None = None
    # Energy of a good piece in kWh and the price of one; None where nobody measures it, or said what it costs.
    energy_kwh: Decimal | None = None
    energy_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """How an item is made in one lot: its needs and steps."""

    label: str
    lot: Decimal
    needs: tuple[Need, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class CostLine:
    """One thing that costs: `amount` is for one unit of the item, `rate` the price of one unit or hour."""

    kind: CostKind
    label: str
    quantity: Decimal
    unit: str
    rate: Decimal
    amount: Decimal
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What has no price: `what` is an item or a work centre."""

    kind: str
    what: str


@dataclass(frozen=True)
class Cost:
    """The standard cost of one unit by kind. With findings it is no cost anybody should accept."""

    parts: Mapping[CostKind, Decimal] = field(default_factory=dict)
    lines: tuple[CostLine, ...] = ()
    findings: tuple[Finding, ...] = ()

    @cached_property
    def total(self) -> Decimal:
        """All parts together."""
        return sum(self.parts.values(), NONE)

    def part(self, kind: CostKind) -> Decimal:
        """One part."""
        return self.parts.get(kind, NONE)


def hours_of(step: Step, quantity: Decimal) -> tuple[Decimal, Decimal]:
    """(machine hours, labour hours) of a step for what goes in."""
    run_s = step.run_s * quantity
    return (step.setup_s + run_s) / HOUR, (step.setup_s * step.setup_crew + run_s * step.run_crew) / HOUR


class RollUp:
    """Reckons costs bottom-up and remembers each item's, so that an item used in a hundred places is reckoned once.

    `design_of` tells how an item is made (None: it is bought), `price_of` what a bought one costs (None: nobody knows).
    """

    def __init__(self, design_of: Callable[[int], Design | None], price_of: Callable[[int], Decimal | None]) -> None:
        self._design_of, self._price_of = design_of, price_of
        self.known: dict[int, Cost] = {}

    def cost_of(self, item: int, label: str = "") -> Cost:
        """The cost of one base unit. An item that is made of itself is a finding, not an endless sum."""
        cost = self._cost(item, label, ())
        # Below another item a circle is told at the item it starts from; asked for itself it is as known as it gets.
        return self.known.setdefault(item, cost)

    def _cost(self, item: int, label: str, above: tuple[int, ...]) -> Cost:
        if item in self.known:
            return self.known[item]
        if item in above:
            return Cost(findings=(Finding("cycle", label),))
        design = self._design_of(item)
        cost = self._bought(item, label) if design is None else self._made(design, (*above, item))
        if not any(one.kind == "cycle" for one in cost.findings):
            self.known[item] = cost
        return cost

    def _bought(self, item: int, label: str) -> Cost:
        price = self._price_of(item)
        if price is None:
            return Cost(findings=(Finding("price", label),))
        return Cost({CostKind.MATERIAL: rounded(price)})

    def _made(self, design: Design, above: tuple[int, ...]) -> Cost:
        lines: list[CostLine] = []
        findings: list[Finding] = []
        for need in design.needs:
            if need.kind is LineKind.CO_PRODUCT:
                continue
            below = self._cost(need.item, need.label, above)
            findings += below.findings
            out = need.kind is LineKind.BY_PRODUCT
            kind, sign = (CostKind.BESIDE, -1) if out else (CostKind.MATERIAL, 1)
            lines.append(_line(kind, need.label, need.quantity, need.unit, below.total * sign, need.item))
        going_in = quantities_in(design.lot, [step.loss_percent for step in design.steps])
        leaving = [*going_in[1:], design.lot]
        for step, into, made in zip(design.steps, going_in, leaving, strict=False):
            lines += _energy(step, made)
            if step.rates is None:
                findings.append(Finding("rate", step.place))
                continue
            lines += self._work(step, into, step.rates)
        lines += _co_products(design.needs, sum((line.amount for line in lines), NONE))
        each = tuple(
            CostLine(
                line.kind,
                line.label,
                line.quantity / design.lot,
                line.unit,
                line.rate,
                rounded(line.amount / design.lot),
                line.item,
            )
            for line in lines
        )
        parts = dict.fromkeys(CostKind, NONE)
        for line in each:
            parts[line.kind] += line.amount
        return Cost(parts, each, _first(findings))

    def _work(self, step: Step, quantity: Decimal, rates: Rates) -> list[CostLine]:
        machine, labour = hours_of(step, quantity)
        base = labour if rates.overhead_base is OverheadBase.LABOUR_HOURS else machine
        lines = [
            _line(CostKind.LABOUR, step.label, labour, "h", rates.labour_hour),
            _line(CostKind.MACHINE, step.label, machine, "h", rates.machine_hour),
            _line(CostKind.OVERHEAD, step.label, base, "h", rates.overhead_hour),
        ]
        return [line for line in lines if line.rate]


def rounded(amount: Decimal) -> Decimal:
    """An amount of one unit, six digits behind the point."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def _line(kind: CostKind, label: str, quantity: Decimal, unit: str, rate: Decimal, item: int | None = None) -> CostLine:
    return CostLine(kind, label, quantity, unit, rate, quantity * rate, item)


def _first(findings: list[Finding]) -> tuple[Finding, ...]:
    """Each once, circles first. A plant without prices would else tell thousands of them with each of its items."""
    once = sorted(dict.fromkeys(findings), key=lambda one: one.kind != "cycle")
    return tuple(once[:MOST_FINDINGS])


def _energy(step: Step, made: Decimal) -> list[CostLine]:
    if step.energy_kwh is None or not step.energy_price:
        return []
    return [_line(CostKind.ENERGY, step.label, step.energy_kwh * made, "kWh", step.energy_price)]


def _co_products(needs: tuple[Need, ...], whole: Decimal) -> list[CostLine]:
    """Co-products take their share of everything away."""
    return [
        CostLine(
            CostKind.BESIDE, need.label, need.quantity, need.unit,
            -whole * need.cost_share / HUNDRED / need.quantity, -whole * need.cost_share / HUNDRED, need.item,
        )
        for need in needs
        if need.kind is LineKind.CO_PRODUCT
    ]  # fmt: skip
