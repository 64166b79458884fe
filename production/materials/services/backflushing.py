"""Material that is taken by itself, by what was made.

Always brought up to what the counts say now, under the lock of the order: called twice, late, or by two at once, it
books nothing twice. What is not in stock stays missing and is seen; nothing is booked that is not there.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from factory_core.events.models import EventSubject
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.sources import SourceRef
from inventory.items.states import Tracking
from inventory.stock.models import StockMove
from inventory.stock.services.ledger import lock_items, post
from inventory.stock.services.places import outside
from inventory.stock.states import LocationKind, MoveKind
from production.materials import events
from production.materials.queries.booked import FLUSH, MATERIAL, booked_on, flushed_on
from production.materials.queries.due import due_of, step_of
from production.materials.queries.supply import supply_of
from production.materials.rules import NOTHING, taken_from
from production.materials.services.attributing import settle_uses
from production.materials.services.common import BOOKABLE, about, lock
from production.orders.models import OrderMaterial, OrderOperation, ProductionOrder
from production.orders.states import OrderStatus
from production.products.states import IssuePolicy, LineKind


def backflush_step(*, actor: User, operation: OrderOperation, at: datetime) -> list[StockMove]:
    """Take the STEP material of an operation for every piece, good or scrap, that passed it until now.

    Gives back what was taken by itself for reports that were taken back. Books nothing on an order that is not
    released, or closed. No right is asked: whoever counted had it.
    """
    order = lock(operation.order_id)
    if order.status not in BOOKABLE:
        return []
    steps = list(order.operations.all())
    rows = [row for row in components(order, IssuePolicy.STEP) if step_of(row, steps) == operation]
    return settle(actor, order, rows, at)


def settle_finished(*, actor: User, order_id: int, at: datetime) -> list[StockMove]:
    """Take what an order that is over used and nobody took: of END material also what scrapped pieces used."""
    order = lock(order_id)
    if order.status != OrderStatus.FINISHED:
        return []
    return settle(actor, order, components(order, IssuePolicy.STEP, IssuePolicy.END), at)


def settle_end(*, actor: User, order: ProductionOrder, at: datetime) -> list[StockMove]:
    """Take the END material for what was put into stock; of an order that is over, for scrapped pieces too.

    For acts that hold the order's lock.
    """
    return settle(actor, order, components(order, IssuePolicy.END), at)


def components(order: ProductionOrder, *policies: str) -> list[OrderMaterial]:
    """The components of an order that are taken by these policies, ready to be booked on."""
    rows = order.materials.filter(kind=LineKind.COMPONENT, issue__in=policies)
    found = list(rows.select_related("item__unit", "operation__work_centre__supply__parent").order_by("position"))
    for row in found:
        row.order = order
    return found


def settle(
    actor: User, order: ProductionOrder, rows: Iterable[OrderMaterial], at: datetime, *, coming: Decimal | None = None
) -> list[StockMove]:
    """Bring materials up, or down, to what the counts say; the order is locked.

    `coming`: what is being put into stock right now; whoever puts it out notes the lots.
    """
    rows = [row for row in rows if row.item.tracking != Tracking.SERIAL]
    if not rows:
        return []
    lock_items([row.item for row in rows])
    due = due_of(order, rows, coming=coming or NOTHING)
    booked = booked_on([row.pk for row in rows])
    moves: list[StockMove] = []
    for row in rows:
        difference = due[row.pk] - sum((part.used for part in booked[row.pk]), NOTHING)
        if difference > 0:
            taken = _take(actor, row, difference, at)
            moves += taken
            missing = difference - sum((move.quantity for move in taken), NOTHING)
            if missing > 0:
                _tell_missing(actor, row, missing, at)
        elif difference < 0:
            moves += _bring_back(actor, row, -difference, at)
    if moves and coming is None:
        settle_uses(actor, order, at)
    return moves


def _take(actor: User, material: OrderMaterial, quantity: Decimal, at: datetime) -> list[StockMove]:
    site = material.order.line.area.site
    offers = supply_of(service_user("materials"), material, quantity, at.astimezone(site.zone).date())
    return [
        post(
            actor=actor, kind=MoveKind.ISSUE, item=material.item, quantity=offer.take, lot=offer.lot, at=at,
            from_location=offer.location, to_location=outside(site, LocationKind.PRODUCTION),
            source=SourceRef.of(material), key=_key(),
        )
        for offer in offers
        if offer.take > 0
    ]  # fmt: skip


def _bring_back(actor: User, material: OrderMaterial, surplus: Decimal, at: datetime) -> list[StockMove]:
    """What was taken by itself goes back to where it came from, the last first; what people took stays."""
    back = []
    for move, quantity in taken_from(surplus, flushed_on(material)):
        if not move.from_location.is_active:
            # Nothing can lie there any more; a person gives it back to where it lies now.
            continue
        back.append(
            post(
                actor=actor, kind=MoveKind.RETURN, item=material.item, quantity=quantity, lot=move.lot, at=at,
                from_location=move.to_location, to_location=move.from_location, source=SourceRef.of(material),
                key=_key(),
            )
        )  # fmt: skip
    return back


def _key() -> str:
    return f"{FLUSH}{uuid.uuid4().hex}"


def _tell_missing(actor: User, material: OrderMaterial, missing: Decimal, at: datetime) -> None:
    """Told when it begins to be missing, and again after something was taken: not with every piece."""
    last = StockMove.objects.filter(source_kind=MATERIAL, source_id=material.pk).order_by("-id").first()
    told = EventSubject.objects.filter(
        kind=MATERIAL, key=material.pk, event__name=events.MATERIAL_SHORT.name,
        event__recorded_at__gte=last.recorded_at if last else material.created_at,
    )  # fmt: skip
    if told.exists():
        return
    publish(
        events.MATERIAL_SHORT, about=about(material.order, material), at=at, actor=actor,
        missing=f"{missing.normalize():f}", unit=material.item.unit.code, item=material.item.number,
    )  # fmt: skip
