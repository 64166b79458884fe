"""Ask for something to be bought; reject it, or order it, once."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.access.versions import readable
from factory_core.events.services import publish
from factory_core.numbering.services import next_number
from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.sources import SourceRef, source_fields
from inventory.items.models import Item, Unit
from inventory.items.queries import factor_of
from inventory.purchasing import events
from inventory.purchasing.models import PurchaseLine, PurchaseOrder, PurchaseRequest
from inventory.purchasing.services.locking import locked_request, save
from inventory.purchasing.services.refusals import (
    AlreadyOrdered,
    BadPurchase,
    NoSuchPurchase,
    WrongPurchaseStatus,
)
from inventory.purchasing.states import RequestStatus


def request_purchase(
    *,
    actor: User,
    site: Site,
    item: Item,
    quantity: Decimal,
    at: datetime,
    unit: Unit | None = None,
    wanted_on: date | None = None,
    reason: str = "",
    source: SourceRef | None = None,
) -> PurchaseRequest:
    """Ask for so much of an item. Raises BadPurchase, NoConversion."""
    require(actor, "inventory.purchasing.request", site)
    unit = unit or item.unit
    factor_of(item, unit)
    if not 0 < quantity < Decimal(10) ** 11:
        raise BadPurchase(_("%(quantity)s is not a quantity to ask for.") % {"quantity": readable(quantity)})
    if not item.is_bought or not item.is_active:
        raise BadPurchase(_("%(item)s is not an item that is bought.") % {"item": item})
    request = PurchaseRequest.objects.create(
        number=next_number("purchase_request", prefix="REQ-"),
        site=site,
        item=item,
        quantity=quantity,
        unit=unit,
        wanted_on=wanted_on,
        reason=reason[:200],
        requested_by=actor,
        **source_fields(source),
    )
    publish(events.REQUEST_MADE, about=[request, item], at=at, actor=actor, quantity=readable(quantity), unit=unit.code)
    return request


def reject_request(
    *, actor: User, request_id: int, reason: str, at: datetime, version: int | None = None
) -> PurchaseRequest:
    """Say no, with the reason the asker reads. Raises WrongPurchaseStatus once it is ordered."""
    request = locked_request(actor, request_id, version)
    require(actor, "inventory.purchasing.manage", request)
    if request.status == RequestStatus.REJECTED:
        return request
    if request.status != RequestStatus.OPEN:
        raise WrongPurchaseStatus(_("%(request)s is ordered already.") % {"request": request.number})
    if not reason.strip():
        raise BadPurchase(_("Say why, so that whoever asked understands."))
    save(request, {"status": RequestStatus.REJECTED.value})
    publish(events.REQUEST_REJECTED, about=[request, request.item], at=at, actor=actor, reason=reason.strip()[:200])
    return request


def open_requests(actor: User, request_ids: Sequence[int]) -> list[PurchaseRequest]:
    """These requests, locked, all of them open. Raises NoSuchPurchase, AlreadyOrdered, WrongPurchaseStatus."""
    rows = visible(actor, PurchaseRequest.objects.select_related("item__unit", "unit", "site"))
    found = list(rows.select_for_update(of=("self",)).filter(pk__in=request_ids).order_by("id"))
    if len(found) != len(set(request_ids)):
        raise NoSuchPurchase(_("One of these requests does not exist, or you may not see it."))
    for request in found:
        if request.status == RequestStatus.ORDERED:
            raise AlreadyOrdered(
                _("%(request)s was ordered already: %(order)s.")
                % {"request": request.number, "order": request.order_line and request.order_line.order.number}
            )
        if request.status != RequestStatus.OPEN:
            raise WrongPurchaseStatus(_("%(request)s was rejected.") % {"request": request.number})
    return found


def tie_to_line(actor: User, requests: Iterable[PurchaseRequest], line: PurchaseLine, at: datetime) -> None:
    """These requests are ordered by this line."""
    for request in requests:
        save(request, {"status": RequestStatus.ORDERED.value, "order_line": line})
        publish(events.REQUEST_ORDERED, about=[request, line.order], at=at, actor=actor)


def reopen_requests(actor: User, order: PurchaseOrder, requests: QuerySet[PurchaseRequest], at: datetime) -> None:
    """Requests whose line or order fell away are open again: the need is still there."""
    for request in requests.select_for_update():
        save(request, {"status": RequestStatus.OPEN.value, "order_line": None})
        publish(events.REQUEST_REOPENED, about=[request, order], at=at, actor=actor)
