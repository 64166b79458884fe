"""The cost sheet of an order: planned, standard for what was made, actual, and every variance apart.

What was planned less what really cost is no variance while less was made than planned: variances compare with the
standard for the output. Their sum is that standard less the actual cost, to the last digit. Positive is favourable.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from production.costing.rules import variances
from production.costing.rules.rollup import HOUR, NONE, Finding, Rates
from production.costing.states import CostKind, OverheadBase


@dataclass(frozen=True)
class MaterialFacts:
    """One material: standard price of a base unit (None: nobody knows), quantities planned, right for the output and
    used, and what the used ones were worth when taken. What comes out beside counts with minus."""

    label: str
    unit: str
    price: Decimal | None
    planned: Decimal
    standard: Decimal
    used: Decimal
    paid: Decimal


@dataclass(frozen=True)
class StepFacts:
    """One operation: seconds of machine and people planned, right for the output and spent; what the people's hours
    and the machine's and overhead's really cost; `rates` None: nobody set any for its work centre."""

    label: str
    place: str
    rates: Rates | None
    planned_machine_s: Decimal
    planned_labour_s: Decimal
    standard_machine_s: Decimal
    standard_labour_s: Decimal
    machine_s: Decimal
    labour_s: Decimal
    labour_paid: Decimal
    machine_paid: Decimal
    overhead_paid: Decimal


@dataclass(frozen=True)
class SheetLine:
    """What one thing was planned to cost, may cost for the output, and cost; `variances` by name."""

    kind: CostKind
    label: str
    unit: str
    planned: Decimal
    standard: Decimal
    actual: Decimal
    planned_quantity: Decimal
    standard_quantity: Decimal
    quantity: Decimal
    variances: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """All lines of an order. `output_value`: what its goods came into stock at; `scrap_cost`: standard cost of what
    was scrapped, contained in the actual cost."""

    lines: tuple[SheetLine, ...]
    good: Decimal
    output_value: Decimal = NONE
    scrap_cost: Decimal = NONE
    findings: tuple[Finding, ...] = ()

    @property
    def planned(self) -> Decimal:
        """Everything planned."""
        return sum((line.planned for line in self.lines), NONE)

    @property
    def standard(self) -> Decimal:
        """What the output may cost."""
        return sum((line.standard for line in self.lines), NONE)

    @property
    def actual(self) -> Decimal:
        """What it cost."""
        return sum((line.actual for line in self.lines), NONE)

    @property
    def variance(self) -> Decimal:
        """All variances together: positive is favourable."""
        return sum((amount for line in self.lines for amount in line.variances.values()), NONE)

    def by_name(self) -> dict[str, Decimal]:
        """Each variance summed over its lines."""
        found: dict[str, Decimal] = {}
        for line in self.lines:
            for name, amount in line.variances.items():
                found[name] = found.get(name, NONE) + amount
        return found


def material_line(facts: MaterialFacts, kind: CostKind = CostKind.MATERIAL) -> SheetLine:
    """One material. Without a standard price what was paid stands as standard too: a finding tells it, no variance."""
    price = facts.price
    if price is None:
        price = facts.paid / facts.used if facts.used else NONE
    found = {
        "material_price": variances.material_price(price, facts.used, facts.paid),
        "material_usage": variances.material_usage(price, facts.standard, facts.used),
    }
    return SheetLine(
        kind, facts.label, facts.unit, facts.planned * price, facts.standard * price, facts.paid, facts.planned,
        facts.standard, facts.used, found,
    )  # fmt: skip


def step_lines(facts: StepFacts) -> list[SheetLine]:
    """Labour, machine and overhead of one operation, each on its own hours."""
    rates = facts.rates or Rates()
    machine = (facts.planned_machine_s / HOUR, facts.standard_machine_s / HOUR, facts.machine_s / HOUR)
    labour = (facts.planned_labour_s / HOUR, facts.standard_labour_s / HOUR, facts.labour_s / HOUR)
    base = labour if rates.overhead_base is OverheadBase.LABOUR_HOURS else machine
    return [
        _hours(CostKind.LABOUR, facts, labour, rates.labour_hour, facts.labour_paid,
               ("labour_rate", "labour_efficiency")),
        _hours(CostKind.MACHINE, facts, machine, rates.machine_hour, facts.machine_paid,
               ("machine_rate", "machine_efficiency")),
        _hours(CostKind.OVERHEAD, facts, base, rates.overhead_hour, facts.overhead_paid,
               ("overhead_spending", "overhead_efficiency")),
    ]  # fmt: skip


def energy_line(kwh: Decimal, price: Decimal, label: str) -> SheetLine:
    """Energy is measured, not planned: all of it is a variance of its own."""
    cost = kwh * price
    return SheetLine(CostKind.ENERGY, label, "kWh", NONE, NONE, cost, NONE, NONE, kwh, {"energy": -cost})


def findings_of(materials: Sequence[MaterialFacts], steps: Sequence[StepFacts]) -> tuple[Finding, ...]:
    """What has no price or rate, once each."""
    missing = [Finding("price", one.label) for one in materials if one.price is None]
    missing += [Finding("rate", one.place) for one in steps if one.rates is None]
    return tuple(dict.fromkeys(missing))


def _hours(
    kind: CostKind, facts: StepFacts, hours: tuple[Decimal, Decimal, Decimal], rate: Decimal, paid: Decimal,
    names: tuple[str, str],
) -> SheetLine:  # fmt: skip
    planned, standard, spent = hours
    found = {
        names[0]: variances.labour_rate(rate, spent, paid),
        names[1]: variances.labour_efficiency(rate, standard, spent),
    }
    return SheetLine(kind, facts.label, "h", planned * rate, standard * rate, paid, planned, standard, spent, found)
