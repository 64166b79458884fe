"""What people do with stock: each act asks for its right, knows its places, and lets the ledger move."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.sources import SourceRef
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.stock.models import Location, Reservation, StockMove
from inventory.stock.services.allowing import RIGHTS, refuse_no_reason, require_any
from inventory.stock.services.changing import correct, regrade
from inventory.stock.services.ledger import post
from inventory.stock.services.places import outside, scrap_place
from inventory.stock.services.refusals import NoMove
from inventory.stock.states import LocationKind, MoveKind

__all__ = [
    "adjust",
    "correct",
    "dispatch_out",
    "issue",
    "open_stock",
    "output",
    "receive",
    "regrade",
    "return_to_supplier",
    "scrap",
    "take_back",
    "take_back_from_customer",
    "transfer",
]


def open_stock(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    to_location: Location,
    at: datetime,
    lot: Lot | None = None,
    unit_cost: Decimal | None = None,
    source: SourceRef | None = None,
    key: str = "",
) -> StockMove:
    """What lay there when the books were opened."""
    _require(actor, MoveKind.OPENING, to_location)
    return post(
        actor=actor, kind=MoveKind.OPENING, item=item, quantity=quantity, lot=lot, at=at, source=source, key=key,
        from_location=outside(to_location.site, LocationKind.OPENING), to_location=to_location, unit_cost=unit_cost,
    )  # fmt: skip


def receive(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    to_location: Location,
    at: datetime,
    lot: Lot | None = None,
    partner: Partner | None = None,
    unit_cost: Decimal | None = None,
    source: SourceRef | None = None,
    key: str = "",
) -> StockMove:
    """Goods came from a supplier; `unit_cost` is the cost of one base unit."""
    _require(actor, MoveKind.RECEIVE, to_location)
    return post(
        actor=actor, kind=MoveKind.RECEIVE, item=item, quantity=quantity, lot=lot, at=at, source=source, key=key,
        from_location=outside(to_location.site, LocationKind.SUPPLIER), to_location=to_location, partner=partner,
        unit_cost=unit_cost,
    )  # fmt: skip


def return_to_supplier(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    from_location: Location,
    at: datetime,
    lot: Lot | None = None,
    partner: Partner | None = None,
    source: SourceRef | None = None,
    key: str = "",
    reason: str = "",
) -> StockMove:
    """Goods went back to the supplier; what is on hold or rejected may go too."""
    _require(actor, MoveKind.RETURN_TO_SUPPLIER, from_location)
    return post(
        actor=actor, kind=MoveKind.RETURN_TO_SUPPLIER, item=item, quantity=quantity, lot=lot, at=at, source=source,
        from_location=from_location, to_location=outside(from_location.site, LocationKind.SUPPLIER), partner=partner,
        key=key, reason=reason,
    )  # fmt: skip


def transfer(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    from_location: Location,
    to_location: Location,
    at: datetime,
    lot: Lot | None = None,
    source: SourceRef | None = None,
    key: str = "",
    reason: str = "",
    reservation: Reservation | None = None,
) -> StockMove:
    """Stock went from one place to another, of the same site or between two sites."""
    _require(actor, MoveKind.TRANSFER, from_location)
    if from_location.site_id != to_location.site_id:
        _require(actor, MoveKind.TRANSFER, to_location)
    if from_location.is_outside or to_location.is_outside:
        raise NoMove(
            _("A transfer goes from one place of stock to another. Receive, issue or send instead."),
        )
    return post(
        actor=actor, kind=MoveKind.TRANSFER, item=item, quantity=quantity, lot=lot, at=at, source=source, key=key,
        from_location=from_location, to_location=to_location, reason=reason, reservation=reservation,
    )  # fmt: skip


def issue(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    from_location: Location,
    at: datetime,
    lot: Lot | None = None,
    source: SourceRef | None = None,
    key: str = "",
    reason: str = "",
    reservation: Reservation | None = None,
) -> StockMove:
    """Material went into production."""
    _require(actor, MoveKind.ISSUE, from_location)
    return post(
        actor=actor, kind=MoveKind.ISSUE, item=item, quantity=quantity, lot=lot, at=at, source=source, key=key,
        from_location=from_location, to_location=outside(from_location.site, LocationKind.PRODUCTION), reason=reason,
        reservation=reservation,
    )  # fmt: skip


def take_back(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    to_location: Location,
    at: datetime,
    lot: Lot | None = None,
    source: SourceRef | None = None,
    key: str = "",
    reason: str = "",
) -> StockMove:
    """Material came back from production unused."""
    _require(actor, MoveKind.RETURN, to_location)
    return post(
        actor=actor, kind=MoveKind.RETURN, item=item, quantity=quantity, lot=lot, at=at, source=source, key=key,
        from_location=outside(to_location.site, LocationKind.PRODUCTION), to_location=to_location, reason=reason,
    )  # fmt: skip


def output(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    to_location: Location,
    at: datetime,
    lot: Lot | None = None,
    unit_cost: Decimal | None = None,
    source: SourceRef | None = None,
    key: str = "",
) -> StockMove:
    """Production made something and put it into stock."""
    _require(actor, MoveKind.OUTPUT, to_location)
    return post(
        actor=actor, kind=MoveKind.OUTPUT, item=item, quantity=quantity, lot=lot, at=at, source=source, key=key,
        from_location=outside(to_location.site, LocationKind.PRODUCTION), to_location=to_location,
        unit_cost=unit_cost,
    )  # fmt: skip


def scrap(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    from_location: Location,
    at: datetime,
    reason: str,
    lot: Lot | None = None,
    to_location: Location | None = None,
    source: SourceRef | None = None,
    key: str = "",
    reservation: Reservation | None = None,
) -> StockMove:
    """Stock is no good any more and goes to the scrap: the site's own, unless `to_location` says which."""
    _require(actor, MoveKind.SCRAP, from_location)
    refuse_no_reason(reason)
    to_location = to_location or scrap_place(from_location.site)
    if to_location.kind != LocationKind.SCRAP:
        raise NoMove(_("%(place)s is no place for scrap.") % {"place": to_location.code})
    return post(
        actor=actor, kind=MoveKind.SCRAP, item=item, quantity=quantity, lot=lot, at=at, source=source, key=key,
        from_location=from_location, to_location=to_location, reason=reason, reservation=reservation,
    )  # fmt: skip


def dispatch_out(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    from_location: Location,
    partner: Partner,
    at: datetime,
    lot: Lot | None = None,
    source: SourceRef | None = None,
    key: str = "",
    reservation: Reservation | None = None,
) -> StockMove:
    """Goods left for a customer. Raises LotBlocked where the lot must not be used."""
    _require(actor, MoveKind.DISPATCH, from_location)
    return post(
        actor=actor, kind=MoveKind.DISPATCH, item=item, quantity=quantity, lot=lot, at=at, source=source, key=key,
        from_location=from_location, to_location=outside(from_location.site, LocationKind.CUSTOMER), partner=partner,
        reservation=reservation,
    )  # fmt: skip


def take_back_from_customer(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    to_location: Location,
    partner: Partner,
    at: datetime,
    lot: Lot | None = None,
    source: SourceRef | None = None,
    key: str = "",
    reason: str = "",
) -> StockMove:
    """Goods came back from a customer."""
    _require(actor, MoveKind.RETURN_FROM_CUSTOMER, to_location)
    return post(
        actor=actor, kind=MoveKind.RETURN_FROM_CUSTOMER, item=item, quantity=quantity, lot=lot, at=at, source=source,
        from_location=outside(to_location.site, LocationKind.CUSTOMER), to_location=to_location, partner=partner,
        key=key, reason=reason,
    )  # fmt: skip


def adjust(
    *,
    actor: User,
    item: Item,
    difference: Decimal,
    location: Location,
    at: datetime,
    reason: str,
    lot: Lot | None = None,
    unit_cost: Decimal | None = None,
    source: SourceRef | None = None,
    key: str = "",
) -> StockMove:
    """So much more (or, below zero, less) lay there than the books said."""
    _require(actor, MoveKind.ADJUST, location)
    refuse_no_reason(reason)
    beyond = outside(location.site, LocationKind.ADJUSTMENT)
    origin, to = (beyond, location) if difference > 0 else (location, beyond)
    return post(
        actor=actor, kind=MoveKind.ADJUST, item=item, quantity=abs(difference), lot=lot, at=at, source=source,
        from_location=origin, to_location=to, reason=reason, key=key, unit_cost=unit_cost,
    )  # fmt: skip


def _require(actor: User, kind: MoveKind, location: Location) -> None:
    require_any(actor, RIGHTS[kind], location.site)
