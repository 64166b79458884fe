"""How suggestions and rules are told on pages."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from factory_core.web.display import quantity
from inventory.replenishment.events import LOT_RULE_WORDS, METHOD_WORDS, STATUS_WORDS
from inventory.replenishment.models import ReplenishmentRule, Suggestion
from inventory.replenishment.queries import Looked
from inventory.replenishment.services.running import reason_of
from inventory.replenishment.states import LotRule, Method, SuggestionStatus

_ICONS = {
    SuggestionStatus.OPEN: "question",
    SuggestionStatus.TAKEN: "check",
    SuggestionStatus.DISMISSED: "cross",
    SuggestionStatus.GONE: "minus-box",
}


def suggestion_link(key: int, _label: str) -> str:
    """Where a suggestion is seen."""
    return f"/replenishment/?status=&only={key}"


def rule_link(key: int, _label: str) -> str:
    """The page of a rule."""
    return f"/replenishment/rules/{key}/"


def row_of(one: Suggestion, today: date) -> dict[str, Any]:
    """A suggestion with its figures, and how late it is."""
    is_open = one.status == SuggestionStatus.OPEN
    return {
        "suggestion": one,
        "status": STATUS_WORDS[SuggestionStatus(one.status)],
        "icon": _ICONS[SuggestionStatus(one.status)],
        "days_late": max((today - one.order_on).days, 0) if is_open else 0,
        "is_today": is_open and one.order_on == today,
        "dismissed": one.reason.get("dismissed", ""),
    }


def preview_of(looked: Looked, planned: tuple[Decimal, date] | None = None) -> dict[str, Any]:
    """What a rule would suggest now, with the figures; or how much a plan orders instead, for which day."""
    wish = looked.wish if planned is None else None
    return {
        "planned": planned,
        "trouble": looked.trouble,
        "wish": wish,
        "unit": looked.rule.item.unit.code,
        "supplier": looked.seen.supplier_item.supplier.name if looked.seen.supplier_item else "",
        "figures": list(figures(reason_of(looked, wish), looked.rule.item.unit.code)) if wish else _standing(looked),
    }


def figures(reason: dict[str, Any], unit: str) -> Iterator[tuple[str, str]]:
    """Label and value of each figure that was looked at, in the order one would calculate by hand."""
    yield _("On hand"), _amount(reason, "on_hand", unit)
    if _is_something(reason, "inspected"):
        yield _("of it waiting for inspection"), _amount(reason, "inspected", unit)
    yield _("Reserved"), _amount(reason, "reserved", unit)
    if reason.get("reserved_for_others") != reason.get("reserved"):
        yield _("of it not among the demand"), _amount(reason, "reserved_for_others", unit)
    yield _("On order"), _amount(reason, "on_order", unit)
    yield _("Demand until %(day)s") % {"day": _day(reason.get("demand_until"))}, _amount(reason, "demand", unit)
    yield _("Left over (on hand − reserved for others + on order − demand)"), _amount(reason, "position", unit)
    yield _("Order when at or under"), _amount(reason, "reorder_point", unit)
    if _is_something(reason, "safety_stock"):
        yield _("Safety stock"), _amount(reason, "safety_stock", unit)
    if reason.get("short_on"):
        yield _("Short on"), _day(reason["short_on"])
    yield from _lot(reason, unit)
    yield _("Lead time"), _("%(days)s d") % {"days": reason.get("lead_days", 0)}


def lot_words(rule: ReplenishmentRule) -> str:
    """The lot rule of a rule in words."""
    if rule.method == Method.MIN_MAX:
        return _("up to %(most)s") % {"most": quantity(rule.most)}
    word = str(LOT_RULE_WORDS[LotRule(rule.lot_rule)])
    if rule.lot_rule == LotRule.FIXED:
        return f"{word}: {quantity(rule.lot_quantity)}"
    if rule.lot_rule == LotRule.PERIOD:
        return f"{word}: {rule.period_days}"
    return word


def _lot(reason: dict[str, Any], unit: str) -> Iterator[tuple[str, str]]:
    if reason.get("method") == Method.MIN_MAX:
        yield str(METHOD_WORDS[Method.MIN_MAX]), _amount(reason, "most", unit)
    else:
        word = str(LOT_RULE_WORDS.get(reason.get("lot_rule", ""), ""))
        days = _("%(days)s d") % {"days": reason.get("period_days")}
        size = days if reason.get("lot_rule") == LotRule.PERIOD else _amount(reason, "lot", unit)
        yield _("Lot rule"), word if size == "–" else f"{word}: {size}"
    for name, label in (
        ("least_quantity", _("Least quantity")),
        ("multiple", _("Multiple of")),
        ("supplier_least", _("Least the supplier delivers")),
        ("supplier_multiple", _("The supplier delivers multiples of")),
    ):
        if _is_something(reason, name):
            yield label, _amount(reason, name, unit)


def _standing(looked: Looked) -> list[tuple[str, str]]:
    seen, unit = looked.seen, looked.rule.item.unit.code
    totals = (
        (_("On hand"), seen.on_hand),
        (_("Reserved"), seen.reserved_all),
        (_("On order"), sum((one.quantity for one in seen.on_order), Decimal(0))),
        (_("Demand"), sum((one.quantity for one in seen.demand), Decimal(0))),
    )
    return [(label, f"{quantity(total)} {unit}") for label, total in totals]


def _is_something(reason: dict[str, Any], name: str) -> bool:
    return reason.get(name) not in (None, "0", "")


def _amount(reason: dict[str, Any], name: str, unit: str) -> str:
    value = reason.get(name)
    return "–" if value is None else f"{quantity(Decimal(value))} {unit}"


def _day(text: str | None) -> str:
    return date_format(date.fromisoformat(text), "SHORT_DATE_FORMAT") if text else "–"
