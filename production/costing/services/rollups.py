"""Standard costs rolled up for a day, and taken as the standard cost of an item."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import JSONField, QuerySet, Value
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.access.versions import refuse_stale
from factory_core.errors import Missing, Refused
from factory_core.events.services import publish
from factory_core.importing.bulk import copy_in
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item
from inventory.items.services import set_cost
from production.costing import events
from production.costing.models import CostRollup
from production.costing.queries.designs import Book, book_of
from production.costing.queries.everything import items_designed
from production.costing.rules.rollup import CENT, Cost, CostLine, Finding
from production.costing.states import CostKind
from production.products.rules.collecting import collector_paused

MANAGE = "production.cost.manage"
COLUMNS = {
    CostKind.MATERIAL: "material", CostKind.LABOUR: "labour", CostKind.MACHINE: "machine",
    CostKind.OVERHEAD: "overhead", CostKind.ENERGY: "energy", CostKind.BESIDE: "beside",
}  # fmt: skip
AT_ONCE = 1_000
_NAMES = ("bom_id", "routing_id", "lot_size", "currency", *COLUMNS.values(), "total", "lines", "findings")
_WRITTEN = (*(name.removesuffix("_id") for name in _NAMES), "version", "updated_at")


class NoSuchRollup(Missing):
    """There is no such rolled-up cost that the actor may see, or the item is not made here on that day."""

    code = "no_such_rollup"


class NotAcceptable(Refused):
    """Something in it has no price: the total is less than the item costs."""

    code = "rollup_has_findings"


def roll_up(*, actor: User, item: Item, on: date, at: datetime, lot_size: Decimal | None = None) -> CostRollup:
    """Reckon the standard cost of an item, and of everything made for it, by designs and prices of a day.

    A row of that day which nobody accepted is reckoned anew. Raises NoSuchRollup, Forbidden.
    """
    require(actor, MANAGE)
    book = book_of({item.pk: item.number}, on, {item.pk: lot_size} if lot_size else None)
    if item.pk not in book.made:
        raise NoSuchRollup(
            _("%(item)s has no bill of materials and no routing in force on %(on)s: there is nothing to roll up.")
            % {"item": item.number, "on": on}
        )
    reckoned = _reckoned(book, {item.pk: item.number})
    _stored(book, reckoned)
    row = _open_rows([item.pk], on).latest("pk")
    publish(events.ROLLED_UP, about=[item, *somewhere()], at=at, actor=actor, on=on.isoformat(),
            findings=len(row.findings))  # fmt: skip
    return row


def roll_up_all(*, actor: User, on: date, at: datetime) -> int:
    """Reckon every item that has a design in force, each once, however often it is used; gives how many there were.

    What there is to ask is asked level by level, and stored by the thousand. One event tells it. Raises Forbidden.
    """
    require(actor, MANAGE)
    items = dict(items_designed(on).order_by("number").values_list("pk", "number"))
    book = book_of(items, on)
    reckoned = _reckoned(book, items)
    keys, lacking = list(reckoned), sum(1 for cost in reckoned.values() if cost.findings)
    for start in range(0, len(keys), AT_ONCE):
        _stored(book, {key: reckoned[key] for key in keys[start : start + AT_ONCE]})
    if keys:
        publish(events.ALL_ROLLED_UP, about=somewhere(), at=at, actor=actor, on=on.isoformat(), count=len(keys),
                findings=lacking)  # fmt: skip
    return len(keys)


def accept_rollup(
    *, actor: User, rollup_id: int, at: datetime, valid_from: date | None = None, version: int | None = None
) -> CostRollup:
    """Take a rolled-up cost as the item's standard cost, from its day on unless another is given.

    Raises NoSuchRollup, NotAcceptable while something has no price, StaleVersion, and what setting a cost raises.
    """
    found = visible(actor, CostRollup.objects.filter(pk=rollup_id)).exists()
    if not found:
        raise NoSuchRollup(_("There is no such rolled-up cost that you may see."))
    require(actor, MANAGE)
    row = CostRollup.objects.select_for_update(of=("self",)).select_related("item").get(pk=rollup_id)
    refuse_stale(actor, row, version, ("on", "accepted_at"))
    if row.accepted_at is not None:
        return row
    if row.findings:
        raise NotAcceptable(
            _("%(item)s is not reckoned whole: something in it has no price. Set what is missing, then roll up again.")
            % {"item": row.item.number}
        )
    set_cost(actor=actor, item_id=row.item_id, cost=row.total, valid_from=valid_from or row.on, at=at)
    row.accepted_at = at
    row.version += 1
    row.save(update_fields=["accepted_at", "version", "updated_at"])
    publish(events.ROLLUP_ACCEPTED, about=[row.item, *somewhere()], at=at, actor=actor, on=row.on.isoformat())
    return row


@collector_paused()
def _reckoned(book: Book, items: Mapping[int, str]) -> dict[int, Cost]:
    cost = book.rollup()
    for key, number in items.items():
        cost.cost_of(key, number)
    return {key: found for key, found in cost.known.items() if key in book.made}


def _stored(book: Book, reckoned: Mapping[int, Cost]) -> None:
    rows = list(_open_rows(reckoned, book.on).select_for_update())
    for row in rows:
        for name, value in _values(row.item_id, reckoned[row.item_id], book).items():
            setattr(row, name, value)
        # A value of its own: in an array of texts Python would escape each quotation mark, five times as slowly.
        row.lines = Value(row.lines, output_field=JSONField())
        row.version += 1
    CostRollup.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=_WRITTEN)
    known = {row.item_id for row in rows}
    new = (_values(key, cost, book) for key, cost in reckoned.items() if key not in known)
    copy_in(
        CostRollup(on=book.on),
        ("item_id", *_NAMES),
        ({**one, "lines": json.dumps(one["lines"]), "findings": json.dumps(one["findings"])} for one in new),
    )


def _open_rows(items: Iterable[int], on: date) -> QuerySet[CostRollup]:
    """What was reckoned for a day and nobody accepted."""
    return CostRollup.objects.filter(item__among=items, on=on, accepted_at=None)


def _values(item: int, cost: Cost, book: Book) -> dict[str, Any]:
    bom, routing = book.made[item]
    return {
        "item_id": item, "bom_id": bom, "routing_id": routing, "lot_size": book.designs[item].lot,
        "currency": settings.CURRENCY, **{column: cost.part(kind) for kind, column in COLUMNS.items()},
        "total": cost.total, "lines": _lines(cost.lines), "findings": _findings(cost.findings),
    }  # fmt: skip


def _lines(lines: Iterable[CostLine]) -> list[dict[str, Any]]:
    return [
        {
            "kind": str(one.kind), "label": one.label, "quantity": _text(one.quantity), "unit": one.unit,
            "rate": _text(one.rate), "amount": _text(one.amount), "item": one.item,
        }
        for one in lines
    ]  # fmt: skip


def _findings(findings: Iterable[Finding]) -> list[dict[str, str]]:
    return [{"kind": one.kind, "what": one.what} for one in findings]


def _text(value: Decimal) -> str:
    return f"{value.quantize(CENT).normalize():f}"


def somewhere() -> list[Site]:
    """Items belong to the whole plant; a story needs a site to be seen at."""
    return list(Site.objects.filter(is_active=True).order_by("pk")[:1])
