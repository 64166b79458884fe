"""ISO 22400 elements and figures out of the sums of a time account. Plain Python.

Source of elements and formulas: definitions 4.1 (ISO 22400-2). Factors are never rounded; a figure that divides by
nothing has no value. Effectiveness above 1 is shown as it is: the ideal cycle is wrong, not the machine.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from production.oee.states import RuleSet

NOTHING = Decimal(0)
HOUR = Decimal(3600)


@dataclass(frozen=True)
class Sums:
    """Sums over any rows of time accounts: seconds by class, pieces, energy. Groups are sums, never means."""

    producing_s: Decimal = NOTHING
    micro_s: Decimal = NOTHING
    unplanned_s: Decimal = NOTHING
    planned_s: Decimal = NOTHING
    # Of those, planned stops that somebody named a reason for; the rest are breaks and maintenance.
    planned_named_s: Decimal = NOTHING
    setup_s: Decimal = NOTHING
    no_order_s: Decimal = NOTHING
    no_shift_s: Decimal = NOTHING
    no_data_s: Decimal = NOTHING
    # Production time of orders, which have an ideal cycle.
    ideal_base_s: Decimal = NOTHING
    ideal_s: Decimal = NOTHING
    produced: Decimal = NOTHING
    produced_with_ideal: Decimal = NOTHING
    good: Decimal = NOTHING
    scrap: Decimal = NOTHING
    rework: Decimal = NOTHING
    # Pieces made outside shifts; in no figure of a shift.
    produced_outside: Decimal = NOTHING
    stops: int = 0
    micro_stops: int = 0
    unexplained: int = 0
    # None where no meter tells.
    energy_kwh: Decimal | None = None
    idle_energy_kwh: Decimal | None = None

    def __add__(self, other: "Sums") -> "Sums":
        return total((self, other))

    @property
    def calendar_s(self) -> Decimal:
        """Every second there was."""
        return self.shift_s + self.no_shift_s

    @property
    def shift_s(self) -> Decimal:
        """The time inside shifts, breaks and unknown time included."""
        return self.known_s + self.no_data_s

    @property
    def known_s(self) -> Decimal:
        """The time inside shifts of which is known what the machine did (POT)."""
        return self.busy_s + self.no_order_s + self.planned_s

    @property
    def delay_s(self) -> Decimal:
        """ADET: stops that nobody planned."""
        return self.micro_s + self.unplanned_s

    @property
    def processing_s(self) -> Decimal:
        """AUPT: producing and set-up."""
        return self.producing_s + self.setup_s

    @property
    def busy_s(self) -> Decimal:
        """AUBT: processing and the delays in it."""
        return self.processing_s + self.delay_s

    @property
    def speed_loss_s(self) -> Decimal:
        """Production time beyond what ideal cycles need; below zero where the ideal cycle is too long."""
        return self.ideal_base_s - self.ideal_s


def total(sums: Iterable[Sums]) -> Sums:
    """The sums of a group."""
    known = list(sums)
    several: dict[str, Any] = {}
    for one in fields(Sums):
        given = [value for value in (getattr(each, one.name) for each in known) if value is not None]
        several[one.name] = sum(given[1:], given[0]) if given else one.default
    return Sums(**several)


@dataclass(frozen=True)
class Figure:
    """A figure with its formula and what stands behind it; `value` is a share unless `unit` says otherwise."""

    key: str
    value: Decimal | None
    formula: str
    behind: tuple[tuple[str, Decimal], ...]
    unit: str = "share"


@dataclass(frozen=True)
class Figures:
    """All figures of some sums under a rule set, by key. `findings` are words of things that want a look."""

    rule_set: RuleSet
    sums: Sums
    by_key: dict[str, Figure]
    findings: tuple[str, ...]

    def __getitem__(self, key: str) -> Figure:
        return self.by_key[key]

    def value(self, key: str) -> Decimal | None:
        """One figure's value."""
        return self.by_key[key].value


def figures_of(sums: Sums, rule_set: RuleSet = RuleSet.ISO22400) -> Figures:
    """Every figure the sums can give."""
    base, (oee, availability, effectiveness, quality) = _factors(sums, rule_set)
    found = [
        availability,
        effectiveness,
        quality,
        oee,
        _product(
            "nee",
            "AUPT ÷ PBT × E × Q",
            (("AUPT", sums.processing_s), ("PBT", base)),
            _divided(sums.processing_s, base), effectiveness.value, quality.value,
        ),
        _ratio("utilisation_efficiency", "APT ÷ AUBT", ("APT", sums.producing_s), ("AUBT", sums.busy_s)),
        _ratio("allocation_efficiency", "AUBT ÷ PBT", ("AUBT", sums.busy_s), ("PBT", base)),
        _ratio(
            "technical_efficiency", "APT ÷ (APT + ADET)", ("APT", sums.producing_s),
            ("APT + ADET", sums.producing_s + sums.delay_s),
        ),
        _ratio("setup_ratio", "AUST ÷ AUPT", ("AUST", sums.setup_s), ("AUPT", sums.processing_s)),
        _ratio("scrap_ratio", "SQ ÷ PQ", ("SQ", sums.scrap), ("PQ", sums.produced)),
        _ratio("rework_ratio", "RQ ÷ PQ", ("RQ", sums.rework), ("PQ", sums.produced)),
        _ratio(
            "first_pass_yield", "(PQ − SQ − RQ) ÷ PQ", ("GP", sums.produced - sums.scrap - sums.rework),
            ("PQ", sums.produced),
        ),
        _ratio("coverage", "POT ÷ T", ("POT", sums.known_s), ("T", sums.shift_s)),
        _teep(sums, base, oee),
        _rate("throughput", "PQ ÷ AUBT", ("PQ", sums.produced), ("AUBT", sums.busy_s / HOUR), "pieces/h"),
        _energy("energy_per_piece", "E ÷ PQ", sums.energy_kwh, "PQ", sums.produced),
        energy_each(sums),
        _idle_energy(sums),
    ]  # fmt: skip
    by_key = {figure.key: figure for figure in found}
    return Figures(rule_set, sums, by_key, tuple(_findings(sums, by_key)))


def order_figures(sums: Sums, execution_s: Decimal, produced: Decimal) -> dict[str, Figure]:
    """What an order's time says (definitions 4.1); `sums` over all machines it was on.

    `execution_s` (AOET) passed from its first start to its end, waiting and nights included; shares above 1 mean that
    machines worked on it at the same time. `produced`: pieces the whole order made, good or bad.
    """
    aoet = ("AOET", execution_s)
    found = [
        _ratio("allocation_ratio", "ΣAUBT ÷ AOET", ("ΣAUBT", sums.busy_s), aoet),
        _ratio("production_process_ratio", "ΣAPT ÷ AOET", ("ΣAPT", sums.producing_s), aoet),
        _rate("order_throughput", "PQ ÷ AOET", ("PQ", produced), ("AOET", execution_s / HOUR), "pieces/h"),
    ]
    return {figure.key: figure for figure in found}


def oee_of(sums: Sums, rule_set: RuleSet = RuleSet.ISO22400) -> tuple[Figure, Figure, Figure, Figure]:
    """OEE, availability, effectiveness and quality alone, for tables of many rows."""
    return _factors(sums, rule_set)[1]


def better_cycle(demonstrated: Iterable[tuple[Decimal, Decimal]], *, least_s: Decimal = Decimal(600)) -> Decimal | None:
    """The best demonstrated seconds a piece out of (production seconds, pieces) of accounts.

    Accounts with less than ten minutes of production are left out: a few pieces prove nothing.
    """
    cycles = [seconds / pieces for seconds, pieces in demonstrated if seconds >= least_s and pieces > 0]
    return min(cycles).quantize(Decimal("0.001")) if cycles else None


def _factors(sums: Sums, rule_set: RuleSet) -> tuple[Decimal, tuple[Figure, Figure, Figure, Figure]]:
    """PBT, and OEE with its factors."""
    base, availability = _availability(sums, rule_set)
    effectiveness = _ratio("effectiveness", "PRI × PQ ÷ APT", ("PRI × PQ", sums.ideal_s), ("APT", sums.ideal_base_s))
    quality = _ratio("quality", "GQ ÷ PQ", ("GQ", sums.good), ("PQ", sums.produced))
    return base, (_oee(sums, rule_set, availability, effectiveness, quality), availability, effectiveness, quality)


def _availability(sums: Sums, rule_set: RuleSet) -> tuple[Decimal, Figure]:
    """PBT as the rule set means it, and the availability."""
    apt = ("APT", sums.producing_s)
    if rule_set == RuleSet.ODOO:
        lost = sums.delay_s + sums.setup_s + sums.planned_named_s
        productive = sums.producing_s + lost
        return productive, _ratio("availability", "APT ÷ (APT + lost)", apt, ("APT + lost", productive))
    if rule_set == RuleSet.PLANNED_COUNT:
        return sums.known_s, _ratio("availability", "APT ÷ POT", apt, ("POT", sums.known_s))
    busy = sums.known_s - sums.planned_s
    return busy, _ratio("availability", "APT ÷ PBT", apt, ("PBT", busy))


def _oee(sums: Sums, rule_set: RuleSet, availability: Figure, effectiveness: Figure, quality: Figure) -> Figure:
    if rule_set == RuleSet.ODOO:
        return Figure("oee", availability.value, availability.formula, availability.behind)
    factors = [("A", availability), ("E", effectiveness), ("Q", quality)]
    behind = tuple((name, figure.value) for name, figure in factors if figure.value is not None)
    return _product("oee", "A × E × Q", behind, *(figure.value for _name, figure in factors))


def _teep(sums: Sums, base: Decimal, oee: Figure) -> Figure:
    behind = (("PBT", base), ("T", sums.calendar_s))
    return _product("teep", "OEE × PBT ÷ T", behind, oee.value, _divided(base, sums.calendar_s))


def _idle_energy(sums: Sums) -> Figure:
    if sums.energy_kwh is None:
        return Figure("idle_energy", None, "E0 ÷ E", ())
    idle = sums.idle_energy_kwh or NOTHING
    return _ratio("idle_energy", "E0 ÷ E", ("E0", idle), ("E", sums.energy_kwh))


def energy_each(sums: Sums) -> Figure:
    """kWh a good piece."""
    return _energy("energy_per_good", "E ÷ GQ", sums.energy_kwh, "GQ", sums.good)


def _energy(key: str, formula: str, energy: Decimal | None, symbol: str, pieces: Decimal) -> Figure:
    if energy is None:
        return Figure(key, None, formula, (), "kWh/piece")
    return _rate(key, formula, ("E", energy), (symbol, pieces), "kWh/piece")


def _findings(sums: Sums, figures: dict[str, Figure]) -> Iterable[str]:
    effectiveness = figures["effectiveness"].value
    if effectiveness is not None and effectiveness > 1:
        yield "ideal_too_long"
    if sums.produced_with_ideal < sums.produced:
        yield "pieces_without_ideal"
    if sums.no_data_s > 0:
        yield "time_unknown"
    if sums.unexplained > 0:
        yield "stops_unexplained"
    if sums.produced_outside > 0:
        yield "made_outside_shifts"


def _ratio(key: str, formula: str, above: tuple[str, Decimal], below: tuple[str, Decimal]) -> Figure:
    return Figure(key, _divided(above[1], below[1]), formula, (above, below))


def _rate(key: str, formula: str, above: tuple[str, Decimal], below: tuple[str, Decimal], unit: str) -> Figure:
    return Figure(key, _divided(above[1], below[1]), formula, (above, below), unit)


def _product(key: str, formula: str, behind: tuple[tuple[str, Decimal], ...], *factors: Decimal | None) -> Figure:
    value: Decimal | None = Decimal(1)
    for factor in factors:
        value = None if value is None or factor is None else value * factor
    return Figure(key, value, formula, behind)


def _divided(above: Decimal, below: Decimal) -> Decimal | None:
    return above / below if below > 0 else None
