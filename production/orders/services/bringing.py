"""Orders of the old system come over: ended ones as history with its figures, open ones alive, planned and released."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from factory_core.errors import Refusal
from factory_core.importing.bulk import copy_in
from factory_core.importing.kinds import Context, Outcome, Row
from factory_core.numbering.services import pass_over
from factory_core.plant.models import Line
from factory_core.sources import SourceRef, source_fields
from inventory.items.models import Item
from production.orders.models import LossReason, PastScrap, ProductionOrder
from production.orders.queries import counts_of_orders
from production.orders.queries.past import by_number, items_named, reasons_called, scrap_said, unknown_to
from production.orders.rules import Ending, ending_of
from production.orders.services.bringing_places import Places
from production.orders.services.changing import change_order
from production.orders.services.planning import CYCLE_UNKNOWN, check_priority, check_quantity, plan_item
from production.orders.services.refusals import NoRouting
from production.orders.services.releasing import release_order
from production.orders.states import OPEN, OrderStatus

ZERO = Decimal(0)
_ENDED_FACTS = (
    "item_id", "item_text", "unit", "line_id", "quantity", "past_good", "status", "start_at", "due_at", "finished_at",
    "priority", "lot_number", "note",
)  # fmt: skip
_OPEN_FACTS = ("quantity", "due_at", "start_at", "priority", "lot_number", "note")
_TEXTS = frozenset({"lot_number", "note"})


@dataclass(slots=True)
class _Said:
    """What a row says of an order, names resolved; `quantity` of an open one is what is left to make."""

    row: Row
    number: str
    ending: Ending
    item: Item | None
    line: Line | None
    quantity: Decimal | None
    good: Decimal | None
    scrap: Decimal | None
    reason: LossReason | None

    def fact(self, name: str) -> Any:
        return self.row.values.get(name)


@dataclass(slots=True)
class _Batch:
    """What came of a batch before it is written: new ended orders, changed ones, and what they lost."""

    added: dict[str, dict[str, Any]] = field(default_factory=dict)
    changed: dict[str, ProductionOrder] = field(default_factory=dict)
    # By number of the order; a quantity of zero takes away what was said before.
    lost: dict[str, _Said] = field(default_factory=dict)


def bring_orders(rows: Sequence[Row], context: Context) -> None:
    """Rows of production orders come in; see `kinds.Take`.

    Ended in the old system: the order stands closed with that system's figures; no stock moves, no cost, no time, no
    event. Open: planned with what is left to make, released where it was and a routing exists. Figures of orders that
    were made here are never changed by a file.
    """
    batch, places = _Batch(), Places(context)
    orders = by_number({str(row.values["number"]) for row in rows})
    hidden = unknown_to(context.actor, list(orders.values()))
    said = _resolved(rows, context, places, orders)
    lost = scrap_said([order.pk for order in orders.values() if order.past_good is not None])
    made_here = [one for one in orders.values() if one.past_good is None and one.status not in OPEN]
    counts = counts_of_orders(made_here, context.at)
    for one in said:
        order = orders.get(one.number)
        if order is None:
            _add(one, context, batch, orders)
        elif order.pk in hidden:
            one.row.refuse("number", "number_taken", _("The number “%(number)s” is taken.") % {"number": one.number})
        elif context.leaves(one.row, "number"):
            continue
        elif order.past_good is not None:
            _change_ended(one, order, lost.get(order.pk), context, batch)
        elif order.status in OPEN:
            _change_open(one, order, context)
        else:
            made = counts[order.pk]
            _compare(one, order, made.good, made.scrap)
    _write(batch, context)
    pass_over("production_order", [one.number for one in said if one.row.outcome is Outcome.CREATED], prefix="PO-")


def _resolved(
    rows: Sequence[Row], context: Context, places: Places, orders: Mapping[str, ProductionOrder]
) -> list[_Said]:
    items = items_named(context.actor, {str(text) for row in rows if (text := row.values.get("item"))})
    reasons = reasons_called({str(text) for row in rows if (text := row.values.get("reason"))})
    made_on = places.of_items(items.values())
    found = []
    for row in rows:
        values = row.values
        number, item = str(values["number"]), items.get(str(values.get("item")))
        if values.get("item") is not None and item is None:
            row.refuse("item", "unknown_reference", _("There is no item “%(item)s”.") % {"item": values["item"]})
        reason = reasons.get(str(values.get("reason")))
        if values.get("reason") is not None and reason is None:
            row.refuse("reason", "unknown_reference", _("There is no such reason of scrap."))
        quantity, good, scrap = (_number(values.get(name)) for name in ("quantity", "good", "scrap"))
        ending, left = ending_of(str(values.get("status") or ""), quantity, good, scrap)
        line = places.line(row, made_on.get(item.pk) if item else None, wanted=number not in orders)
        if row.outcome is not Outcome.REFUSED:
            found.append(_Said(row, number, ending, item, line, left, good, scrap, reason))
    return found


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _add(one: _Said, context: Context, batch: _Batch, orders: dict[str, ProductionOrder]) -> None:
    if not _is_whole(one):
        return
    if one.ending is Ending.OPEN or one.ending is Ending.RELEASED:
        _plan(one, context, orders)
        return
    batch.added[one.number] = {"number": one.number, **_ended(one)}
    if one.scrap:
        batch.lost[one.number] = one
    one.row.outcome = Outcome.CREATED


def _is_whole(one: _Said) -> bool:
    """Whether an order can be made of what the row says; else it is refused."""
    row = one.row
    if one.item is None and not one.fact("what"):
        row.refuse("item", "value_missing", _("Nothing says what is made."), _("An item, or what is made in words."))
    elif one.quantity is None:
        row.refuse("quantity", "value_missing", _("Nothing says how much was ordered."), _("A number above zero."))
    elif one.ending in (Ending.OPEN, Ending.RELEASED) and one.item is None:
        row.refuse("item", "value_missing", _("An open order needs an item: it is still to be made."))
    elif one.ending in (Ending.OPEN, Ending.RELEASED) and one.quantity <= 0:
        row.refuse("status", "nothing_left", _("Nothing is left to make of it, yet it is said to be open."),
                   _("Closed, or less that was made."))  # fmt: skip
    elif one.ending is Ending.CLOSED and one.good is None:
        row.refuse("good", "value_missing", _("It was closed, but nothing says how much of it was good."),
                   _("A number; 0 where nothing was."))  # fmt: skip
    else:
        try:
            check_quantity(one.quantity)
            check_priority(int(one.fact("priority") or 0))
        except Refusal as refusal:
            row.refuse("priority" if refusal.code == "bad_priority" else "quantity", refusal.code, refusal.sentence)
    return row.outcome is not Outcome.REFUSED


def _ended(one: _Said) -> dict[str, Any]:
    """The columns of an order that was ended in the old system; None where the row says nothing."""
    said = {name: one.fact(name) for name in _ENDED_FACTS}
    good = one.good if one.good is not None else ZERO if one.ending is Ending.CANCELLED else None
    return said | {
        "item_id": one.item.pk if one.item else None,
        "item_text": one.fact("what") or (one.item.name if one.item else None),
        "unit": one.item.unit.code if one.item else None,
        "line_id": one.line.pk if one.line else None,
        "quantity": one.quantity,
        "past_good": good,
        "status": OrderStatus.CANCELLED if one.ending is Ending.CANCELLED else OrderStatus.CLOSED,
    }


def _plan(one: _Said, context: Context, orders: dict[str, ProductionOrder]) -> None:
    """An open order comes alive by the services that people use; a refusal leaves nothing of it."""
    if one.item is None or one.line is None or one.quantity is None:
        return
    row = one.row
    try:
        with transaction.atomic():
            order = plan_item(
                actor=context.actor, item=one.item, quantity=one.quantity, line=one.line, due_at=one.fact("due_at"),
                at=context.at, start_at=one.fact("start_at"), priority=int(one.fact("priority") or 0),
                number=one.number, source=SourceRef("factory_core.importrun", context.run_id, _("the old system")),
            )  # fmt: skip
            wish = {name: one.fact(name) for name in ("lot_number", "note") if one.fact(name)}
            if not wish.get("note") and (one.good or one.scrap):
                wish["note"] = _of_before(one)
            if wish:
                order = change_order(actor=context.actor, order_id=order.pk, wish=wish, at=context.at)
    except Refusal as refusal:
        row.refuse("", refusal.code, refusal.sentence)
        return
    orders[one.number] = order
    row.outcome = Outcome.CREATED
    if one.ending is Ending.RELEASED:
        _release(row, order, context)


def _release(row: Row, order: ProductionOrder, context: Context) -> None:
    try:
        with transaction.atomic():
            release_order(actor=context.actor, order_id=order.pk, at=context.at)
    except NoRouting as refusal:
        told = _("It came as planned, not as released: %(why)s") % {"why": refusal.sentence}
        row.warn("status", refusal.code, told)


def _of_before(one: _Said) -> str:
    return _("Of %(ordered)s, the old system had made %(good)s good and %(scrap)s scrap.") % {
        "ordered": _plain(_number(one.fact("quantity"))), "good": _plain(one.good), "scrap": _plain(one.scrap),
    }  # fmt: skip


def _change_ended(one: _Said, order: ProductionOrder, lost: PastScrap | None, context: Context, batch: _Batch) -> None:
    if one.ending in (Ending.OPEN, Ending.RELEASED) and one.fact("status"):
        one.row.refuse("status", "order_ended", _("%(order)s came over as ended; it is not opened again by a file.")
                       % {"order": order.number})  # fmt: skip
        return
    said = _ended(one)
    if not one.fact("status"):
        said["status"] = None
    cleared = {name: "" if name in _TEXTS else None for name in ("start_at", "due_at", "finished_at", *_TEXTS)
               if name in one.row.values and context.clears}  # fmt: skip
    wish = cleared | {name: value for name, value in said.items() if value is not None}
    changes = {name: (_shown(getattr(order, name)), _shown(value)) for name, value in wish.items()
               if getattr(order, name) != value}  # fmt: skip
    before = (lost.quantity, lost.loss_reason_id) if lost else (ZERO, None)
    reason = one.reason.pk if one.reason else before[1] if one.scrap else None
    if one.scrap is not None and (one.scrap, reason) != before:
        changes["scrap"] = (_plain(before[0]), _plain(one.scrap))
        batch.lost[order.number] = one
    if not changes:
        one.row.outcome = Outcome.UNCHANGED
        return
    one.quantity = wish.get("quantity", order.quantity)
    one.good, one.item, one.ending = wish.get("past_good", order.past_good), one.item or order.item, Ending.CLOSED
    one.row.values.setdefault("what", order.item_text)
    if not _is_whole(one):
        batch.lost.pop(order.number, None)
        return
    for name, value in wish.items():
        setattr(order, name, value)
    if changes.keys() - {"scrap"}:
        batch.changed[order.number] = order
    one.row.changes, one.row.outcome = changes, Outcome.CHANGED


def _change_open(one: _Said, order: ProductionOrder, context: Context) -> None:
    row = one.row
    if one.ending in (Ending.CLOSED, Ending.CANCELLED):
        row.refuse("status", "order_open", _("%(order)s is open here: it is ended by the people who make it.")
                   % {"order": order.number})  # fmt: skip
        return
    said = {name: one.fact(name) for name in _OPEN_FACTS} | {"quantity": one.quantity}
    wish = {name: value for name, value in said.items() if value is not None and value != getattr(order, name)}
    if not wish:
        row.outcome = Outcome.UNCHANGED
        return
    changes = {name: (_shown(getattr(order, name)), _shown(value)) for name, value in wish.items()}
    try:
        with transaction.atomic():
            change_order(actor=context.actor, order_id=order.pk, wish=wish, at=context.at)
    except Refusal as refusal:
        row.refuse("quantity" if "quantity" in wish else "", refusal.code, refusal.sentence)
        return
    row.changes, row.outcome = changes, Outcome.CHANGED


def _compare(one: _Said, order: ProductionOrder, good: Decimal, scrap: Decimal) -> None:
    """An order that was ended here keeps the figures that its people reported."""
    ended = one.ending in (Ending.CLOSED, Ending.CANCELLED)
    same = all(said is None or said == have for said, have in
               ((one.quantity, order.quantity), (one.good, good), (one.scrap, scrap)))  # fmt: skip
    if ended and same:
        one.row.outcome = Outcome.UNCHANGED
        return
    one.row.refuse("number", "order_made_here", _("%(order)s was made here; a file does not change what was reported.")
                   % {"order": order.number})  # fmt: skip


def _write(batch: _Batch, context: Context) -> None:
    if batch.added:
        came = source_fields(SourceRef("factory_core.importrun", context.run_id, _("the old system")))
        pattern = ProductionOrder(ideal_cycle_s=CYCLE_UNKNOWN, **came)
        copy_in(pattern, ("number", *_ENDED_FACTS), batch.added.values())
    for order in batch.changed.values():
        order.version += 1
    if batch.changed:
        ProductionOrder.objects.bulk_update(batch.changed.values(), [*_ENDED_FACTS, "version"], batch_size=500)
    if not batch.lost:
        return
    orders = {one.number: one for one in ProductionOrder.objects.filter(number__in=list(batch.lost))
              .select_related("line__area__site")}  # fmt: skip
    before = scrap_said([order.pk for order in orders.values()])
    added, changed, gone = [], [], []
    for number, one in batch.lost.items():
        order = orders[number]
        row = before.get(order.pk) or PastScrap(key=f"order:{number}", order=order, of_order=True)
        row.line_id, row.item_id = order.line_id, order.item_id
        row.on = order.finished_at.astimezone(order.line.area.site.zone).date() if order.finished_at else None
        row.quantity = one.scrap or ZERO
        row.loss_reason = one.reason or (row.loss_reason if one.scrap else None)
        if order.pk not in before:
            added.append(row)
        elif row.quantity:
            row.version += 1
            changed.append(row)
        else:
            gone.append(row.pk)
    PastScrap.objects.bulk_create(added, batch_size=1000)
    if changed:
        names = ["line", "item", "on", "quantity", "loss_reason", "version"]
        PastScrap.objects.bulk_update(changed, names, batch_size=500)
    PastScrap.objects.filter(pk__in=gone).delete()


def _plain(value: Decimal | None) -> str:
    return f"{value or ZERO:f}".rstrip("0").rstrip(".") if "." in f"{value or ZERO:f}" else f"{value or ZERO:f}"


def _shown(value: Any) -> str:
    return _plain(value) if isinstance(value, Decimal) else "" if value is None else str(value)
