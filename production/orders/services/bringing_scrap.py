"""Scrap of the old system comes over, and the reasons it gave."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from factory_core.importing.bulk import copy_in
from factory_core.importing.kinds import OLD_ID, Context, Existing, Outcome, Row
from factory_core.importing.records import Records, same_names
from production.orders.models import LossReason, PastScrap
from production.orders.queries.past import by_number, items_named, reasons_called, scrap_keys, scrap_said, unknown_to
from production.orders.services.bringing_places import Places

_FACTS = ("line_id", "item_id", "order_id", "on", "quantity", "loss_reason_id", "note")
LONGEST_CODE = 40


def bring_reasons(rows: Sequence[Row], context: Context) -> None:
    """Rows of reasons come in; one without a code keeps that of the reason of its name, else its old number."""
    named = {str(row.values.get("name") or "") for row in rows if not row.values.get("code")}
    known = reasons_called(named)
    taking = []
    for row in rows:
        if not row.values.get("code"):
            name = str(row.values.get("name") or "")
            same = known.get(name)
            row.values["code"] = same.code if same else str(row.values.get(OLD_ID) or name)[:LONGEST_CODE]
        taking.append(row)
    _REASONS.take(taking, context)


def _check_reason(reason: Any, _before: Mapping[str, Any] | None) -> None:
    if not reason.name:
        raise ValidationError({"name": _("A reason needs a name.")})


_REASONS = Records(
    LossReason,
    "code",
    same_names("name", "for_scrap", "for_rework", "position", "is_active"),
    _check_reason,
    {"for_rework": False},
)


def bring_scrap(rows: Sequence[Row], context: Context) -> None:
    """Rows of scrap of the old system come in; see `kinds.Take`.

    A row that has no number of its own is known again by all that it says, and by how often the file says it.
    """
    places, values = Places(context), [row.values for row in rows]
    items = items_named(context.actor, {str(one["item"]) for one in values if one.get("item")})
    reasons = reasons_called({str(one["reason"]) for one in values if one.get("reason")})
    orders = by_number({str(one["order"]) for one in values if one.get("order")})
    hidden = unknown_to(context.actor, list(orders.values()))
    told = scrap_said([order.pk for order in orders.values()])
    made_on = places.of_items(items.values())
    seen: Counter[str] = context.memory.setdefault("scrap", Counter())
    keys = {row.number: _key(row, seen) for row in rows}
    known = scrap_keys(list(keys.values()))
    added, changed = [], []
    for row in rows:
        said = row.values
        order = orders.get(str(said.get("order")))
        if said.get("order") and (order is None or order.pk in hidden):
            row.refuse("order", "unknown_reference", _("There is no order “%(order)s”.") % {"order": said["order"]},
                       _("One that exists: import the orders first, or leave the column out."))  # fmt: skip
            continue
        if order is not None and order.pk in told:
            row.refuse("order", "scrap_told", _("Order %(order)s came with %(quantity)s scrapped pieces already.") % {
                "order": order.number, "quantity": f"{told[order.pk].quantity.normalize():f}"},
                _("Leave the row out, or bring the orders without their scrap."))  # fmt: skip
            continue
        if order is not None and order.past_good is None:
            row.refuse("order", "order_made_here", _("%(order)s is made here: scrap is reported on its page.")
                       % {"order": order.number})  # fmt: skip
            continue
        item = items.get(str(said.get("item"))) or (order.item if order else None)
        reason = reasons.get(str(said.get("reason")))
        if item is None or (said.get("reason") and reason is None):
            field = "item" if item is None else "reason"
            row.refuse(
                field, "unknown_reference", _("There is no “%(value)s” here.") % {"value": said.get(field) or ""}
            )
            continue
        line = order.line if order else places.line(row, made_on.get(item.pk), wanted=True)
        quantity = Decimal(str(said["quantity"]))
        if line is None or quantity <= 0:
            if line is not None:
                row.refuse("quantity", "bad_quantity", _("Scrap is a number above zero."))
            continue
        facts = {"line_id": line.pk, "item_id": item.pk, "order_id": order.pk if order else None, "on": said.get("on"),
                 "quantity": quantity, "loss_reason_id": reason.pk if reason else None,
                 "note": said.get("note") or ""}  # fmt: skip
        there = known.get(keys[row.number])
        if there is None:
            added.append({"key": keys[row.number], **facts})
            row.outcome = Outcome.CREATED
        elif context.existing is not Existing.CHANGE:
            _leave(row, context)
        elif _changed(row, there, facts, clears=context.clears):
            changed.append(there)
    copy_in(PastScrap(), ("key", *_FACTS), added)
    if changed:
        PastScrap.objects.bulk_update(changed, [*_FACTS, "version"], batch_size=500)


def _key(row: Row, seen: Counter[str]) -> str:
    if row.values.get("number"):
        return f"row:{row.values['number']}"
    said = "|".join(str(row.values.get(name) or "") for name in ("on", "item", "order", "reason", "note"))
    quantity = row.values.get("quantity")
    whole = f"{said}|{quantity.normalize():f}" if isinstance(quantity, Decimal) else said
    digest = hashlib.sha256(whole.encode()).hexdigest()[:24]
    seen[digest] += 1
    return f"row:{digest}-{seen[digest]}"


def _leave(row: Row, context: Context) -> None:
    if context.existing is Existing.SKIP:
        row.outcome = Outcome.SKIPPED
    else:
        row.refuse("number", "exists", _("This row came over already."))


def _changed(row: Row, there: PastScrap, facts: Mapping[str, Any], *, clears: bool) -> bool:
    wish = {name: value for name, value in facts.items() if value not in (None, "") or clears}
    row.changes = {name: (str(getattr(there, name) or ""), str(value)) for name, value in wish.items()
                   if getattr(there, name) != value}  # fmt: skip
    row.outcome = Outcome.CHANGED if row.changes else Outcome.UNCHANGED
    for name in row.changes:
        setattr(there, name, wish[name])
    there.version += bool(row.changes)
    return bool(row.changes)
