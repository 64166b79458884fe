"""How figures, classes and rule sets read, for pages, reports and displays."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from factory_core.web.display import duration, quantity
from production.oee.queries.losses import Loss
from production.oee.rules.figures import Figure, Figures
from production.oee.states import RuleSet, TimeClass

NAMES: dict[str, Any] = {
    "oee": lazy("OEE"),
    "availability": lazy("Availability"),
    "effectiveness": lazy("Effectiveness"),
    "quality": lazy("Quality"),
    "nee": lazy("NEE, set-up is no loss"),
    "teep": lazy("TEEP, of the whole calendar"),
    "utilisation_efficiency": lazy("Utilisation efficiency"),
    "allocation_efficiency": lazy("Allocation efficiency"),
    "technical_efficiency": lazy("Technical efficiency"),
    "setup_ratio": lazy("Set-up ratio"),
    "scrap_ratio": lazy("Scrap ratio"),
    "rework_ratio": lazy("Rework ratio"),
    "first_pass_yield": lazy("First pass yield"),
    "coverage": lazy("Time of which we know"),
    "throughput": lazy("Throughput"),
    "allocation_ratio": lazy("Allocation ratio"),
    "production_process_ratio": lazy("Production process ratio"),
    "order_throughput": lazy("Throughput of the order"),
    "energy_per_piece": lazy("Energy per piece"),
    "energy_per_good": lazy("Energy per good piece"),
    "idle_energy": lazy("Energy used while not producing"),
}
ELEMENTS: dict[str, Any] = {
    "APT": lazy("production time"),
    "AUPT": lazy("production and set-up"),
    "AUBT": lazy("production, set-up and unplanned stops"),
    "AUST": lazy("set-up"),
    "APT + ADET": lazy("production and unplanned stops"),
    "APT + lost": lazy("production, unplanned stops, set-up and planned stops with a reason"),
    "ΣAUBT": lazy("production, set-up and unplanned stops on all machines"),
    "ΣAPT": lazy("production time on all machines"),
    "AOET": lazy("from the first start to the end, waiting included"),
    "PBT": lazy("planned busy time"),
    "POT": lazy("shift time of which we know"),
    "T": lazy("all the time"),
    "PRI × PQ": lazy("time that ideal cycles need"),
    "PQ": lazy("pieces made"),
    "GQ": lazy("good pieces"),
    "GP": lazy("good at the first run"),
    "SQ": lazy("scrap"),
    "RQ": lazy("to be reworked"),
    "E": lazy("energy"),
    "E0": lazy("energy while not producing"),
    "A": lazy("availability"),
    "Q": lazy("quality"),
}
# In the product of factors E is the effectiveness, elsewhere the energy.
FACTORS: dict[str, Any] = {**ELEMENTS, "E": lazy("effectiveness")}
PIECES = {"PQ", "GQ", "GP", "SQ", "RQ"}
CLASSES: dict[str, tuple[Any, str]] = {
    TimeClass.PRODUCING: (lazy("Producing"), "run"),
    TimeClass.SETUP: (lazy("Set-up"), "setup"),
    TimeClass.UNPLANNED_STOP: (lazy("Unplanned stop"), "stop"),
    TimeClass.MICRO_STOP: (lazy("Short stop"), "slow"),
    TimeClass.PLANNED_STOP: (lazy("Planned stop"), "plan"),
    TimeClass.NO_ORDER: (lazy("No order"), "wait"),
    TimeClass.NO_DATA: (lazy("No data"), "off"),
    TimeClass.NO_SHIFT: (lazy("No shift"), "plan"),
    "speed": (lazy("Speed below ideal"), "slow"),
    "bad_pieces": (lazy("Scrap and rework"), "ask"),
}
RULES: dict[str, tuple[Any, Any]] = {
    RuleSet.ISO22400: (
        lazy("ISO 22400"),
        lazy("Planned stops and breaks leave the base; set-up and missing orders are losses."),
    ),
    RuleSet.PLANNED_COUNT: (
        lazy("Planned stops count"),
        lazy("Every stop inside a shift lowers the availability, breaks included."),
    ),
    RuleSet.ODOO: (
        lazy("Odoo style"),
        lazy("Productive time by productive and lost time; speed and quality are left out of the figure."),
    ),
}
FINDINGS: dict[str, Any] = {
    "ideal_too_long": lazy("Faster than ideal: an ideal cycle is too long. The figure is shown as it is."),
    "pieces_without_ideal": lazy(
        "Some pieces belong to no order and have no ideal cycle; effectiveness rests on the others."
    ),
    "time_unknown": lazy("For part of the time nobody knows what the machine did; it is in no figure."),
    "stops_unexplained": lazy("Stops without a reason: nobody can do anything about them yet."),
    "made_outside_shifts": lazy("Pieces were made outside shifts; they are in no figure of a shift."),
}
HOUR_S = {"PQ ÷ AUBT", "PQ ÷ AOET"}


@dataclass(frozen=True)
class Shown:
    """A figure as a page shows it. `share` is for a bar, in percent; `behind` names what it was made of."""

    key: str
    name: str
    text: str
    share: float | None
    formula: str
    behind: list[tuple[str, str, str]]


def shown(figure: Figure) -> Shown:
    """A figure in words."""
    return Shown(
        figure.key,
        str(NAMES[figure.key]),
        value_text(figure),
        None if figure.value is None or figure.unit != "share" else float(figure.value * 100),
        figure.formula,
        [_element(figure, symbol, value) for symbol, value in figure.behind],
    )


def value_text(figure: Figure) -> str:
    """A figure's value with its unit; a dash where it has none."""
    if figure.value is None:
        return "–"
    if figure.unit == "pieces/h":
        return _("%(n)s an hour") % {"n": _number(figure.value, 1)}
    if figure.unit == "kWh/piece":
        return _("%(n)s kWh") % {"n": _number(figure.value, 3)}
    return percent_text(figure.value)


def percent_text(share: Decimal | None) -> str:
    """A share in percent with one digit behind the point."""
    return "–" if share is None else f"{_number(share * 100, 1)} %"


def findings_of(figures: Figures) -> list[tuple[str, str]]:
    """The findings as sentences, with their keys."""
    return [(key, str(FINDINGS[key])) for key in figures.findings]


def class_rows(figures: Figures, *, outside: bool = True) -> list[tuple[str, str, str, float]]:
    """Every class with its state family, its length in words, and its seconds; together they are the whole period."""
    sums = figures.sums
    seconds = {
        TimeClass.PRODUCING: sums.producing_s,
        TimeClass.SETUP: sums.setup_s,
        TimeClass.MICRO_STOP: sums.micro_s,
        TimeClass.UNPLANNED_STOP: sums.unplanned_s,
        TimeClass.PLANNED_STOP: sums.planned_s,
        TimeClass.NO_ORDER: sums.no_order_s,
        TimeClass.NO_DATA: sums.no_data_s,
        **({TimeClass.NO_SHIFT: sums.no_shift_s} if outside else {}),
    }
    return [
        (str(CLASSES[name][0]), CLASSES[name][1], duration(float(value)), float(value))
        for name, value in seconds.items()
        if value > 0
    ]


def loss_label(loss: Loss) -> str:
    """What took the time: the reason, else the class."""
    if loss.reason is not None:
        return loss.reason.name
    if loss.kind == TimeClass.UNPLANNED_STOP:
        return _("Unplanned stop, no reason")
    if loss.kind == TimeClass.PLANNED_STOP:
        return _("Breaks and maintenance")
    return str(CLASSES[loss.kind][0])


def rule_choices() -> Iterable[tuple[str, str]]:
    """The rule sets with their names."""
    return [(rules.value, str(RULES[rules][0])) for rules in RuleSet]


def _element(figure: Figure, symbol: str, value: Decimal) -> tuple[str, str, str]:
    words = FACTORS if "×" in figure.formula and symbol in ("A", "E", "Q") else ELEMENTS
    return symbol, str(words.get(symbol, symbol)), _amount(figure, symbol, value)


def _amount(figure: Figure, symbol: str, value: Decimal) -> str:
    if symbol in PIECES:
        return quantity(value)
    if symbol in ("A", "Q") or (symbol == "E" and figure.key == "oee"):
        return percent_text(value)
    if symbol in ("E", "E0"):
        return _("%(n)s kWh") % {"n": _number(value, 1)}
    seconds = value * 3600 if figure.formula in HOUR_S else value
    return _("%(length)s (%(n)s s)") % {"length": duration(float(seconds)), "n": _number(seconds, 0)}


def _number(value: Decimal, places: int) -> str:
    # Rounded here: number_format only cuts off.
    rounded = value.quantize(Decimal(1).scaleb(-places))
    return str(number_format(rounded, decimal_pos=places, use_l10n=True, force_grouping=True))
