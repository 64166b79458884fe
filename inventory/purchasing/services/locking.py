"""Find and lock what an act is about; tell somebody who read an older version what stands there now."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.access.versions import refuse_stale
from factory_core.people.models import User
from factory_core.tables import Record
from inventory.purchasing import events
from inventory.purchasing.models import Enquiry, PurchaseLine, PurchaseOrder, PurchaseRequest
from inventory.purchasing.services.refusals import NoSuchPurchase, WrongPurchaseStatus
from inventory.purchasing.states import PURCHASE_MOVES, PurchaseStatus

ORDER_FIELDS = ("supplier_reference", "note", "status")
LINE_FIELDS = ("quantity", "unit", "price", "wanted_on", "promised_on", "inspect")


def locked_order(actor: User, order_id: int, version: int | None = None) -> PurchaseOrder:
    """The order, locked. Raises NoSuchPurchase, StaleVersion."""
    rows = visible(actor, PurchaseOrder.objects.select_related("supplier", "site"))
    order = rows.select_for_update(of=("self",)).filter(pk=order_id).first()
    if order is None:
        raise NoSuchPurchase(_("There is no such purchase order that you may see."))
    refuse_stale(actor, order, version, ORDER_FIELDS)
    return order


def locked_line(actor: User, line_id: int, version: int | None = None) -> PurchaseLine:
    """The line, locked after its order: acts on one order queue up. Raises NoSuchPurchase, StaleVersion."""
    rows = visible(actor, PurchaseLine.objects.all())
    order_id = rows.filter(pk=line_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NoSuchPurchase(_("There is no such line of a purchase order that you may see."))
    order = locked_order(actor, order_id)
    related = PurchaseLine.objects.select_related("item__unit", "unit", "supplier_item")
    line = related.select_for_update(of=("self",)).filter(pk=line_id).first()
    if line is None:
        raise NoSuchPurchase(_("This line was taken off its order."))
    line.order = order
    refuse_stale(actor, line, version, LINE_FIELDS)
    return line


def locked_request(actor: User, request_id: int, version: int | None = None) -> PurchaseRequest:
    """The request, locked. Raises NoSuchPurchase, StaleVersion."""
    rows = visible(actor, PurchaseRequest.objects.select_related("item", "unit", "site"))
    request = rows.select_for_update(of=("self",)).filter(pk=request_id).first()
    if request is None:
        raise NoSuchPurchase(_("There is no such purchase request that you may see."))
    refuse_stale(actor, request, version, ("quantity", "wanted_on", "status"))
    return request


def locked_enquiry(actor: User, enquiry_id: int, version: int | None = None) -> Enquiry:
    """The enquiry, locked. Raises NoSuchPurchase, StaleVersion."""
    rows = visible(actor, Enquiry.objects.select_related("item", "unit", "site"))
    enquiry = rows.select_for_update(of=("self",)).filter(pk=enquiry_id).first()
    if enquiry is None:
        raise NoSuchPurchase(_("There is no such enquiry that you may see."))
    refuse_stale(actor, enquiry, version, ("quantity", "wanted_on", "answer_by", "status"))
    return enquiry


def move_order(order: PurchaseOrder, there: PurchaseStatus, **more: Any) -> None:
    """Change the status and save. Raises WrongPurchaseStatus."""
    if there not in PURCHASE_MOVES[PurchaseStatus(order.status)]:
        raise WrongPurchaseStatus(
            _("%(order)s is %(here)s and cannot become %(there)s.")
            % {"order": order.number, "here": status_word(order), "there": events.STATUS_WORDS[there]}
        )
    save(order, {"status": there.value, **more})


def status_word(order: PurchaseOrder) -> str:
    """The status of an order as people say it."""
    return str(events.STATUS_WORDS[PurchaseStatus(order.status)])


def needs(order: PurchaseOrder, *allowed: PurchaseStatus) -> None:
    """Refuse unless the order has one of these statuses. Raises WrongPurchaseStatus."""
    if order.status not in allowed:
        words = ", ".join(str(events.STATUS_WORDS[status]) for status in allowed)
        raise WrongPurchaseStatus(
            _("%(order)s is %(here)s; for this it has to be: %(allowed)s.")
            % {"order": order.number, "here": status_word(order), "allowed": words}
        )


def save(row: Record, values: Mapping[str, Any]) -> None:
    """Write these columns and the next version."""
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*values, "version", "updated_at"])
