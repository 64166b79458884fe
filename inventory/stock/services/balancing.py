"""Changing balances: each change one statement that changes nothing unless it may. For the ledger alone."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from django.db import OperationalError, connection
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.stock.models import Location, Reservation, StockBalance
from inventory.stock.services.refusals import NotEnough, StockBusy
from inventory.stock.services.telling import told
from inventory.stock.states import ReservationStatus

NOTHING = Decimal(0)

# Comparing with IS NOT DISTINCT FROM would not use the index.
_LOT = {True: "lot_id = %(lot)s", False: "lot_id IS NULL"}
_TAKE = """
UPDATE inventory_stockbalance SET quantity = quantity - %(taken)s, reserved = reserved - %(kept)s
 WHERE item_id = %(item)s AND location_id = %(location)s AND {lot}
   AND quantity - reserved >= %(taken)s - %(kept)s AND reserved >= %(kept)s AND quantity >= %(taken)s
RETURNING id, quantity
"""
_PUT = """
INSERT INTO inventory_stockbalance AS here (item_id, lot_id, location_id, quantity, reserved, since)
VALUES (%(item)s, %(lot)s, %(location)s, %(put)s, 0, %(at)s)
ON CONFLICT (item_id, location_id, lot_id) DO UPDATE SET quantity = here.quantity + excluded.quantity,
    since = CASE WHEN here.quantity = 0 THEN excluded.since ELSE LEAST(here.since, excluded.since) END
"""
_PUT_MANY = """
INSERT INTO inventory_stockbalance AS here (item_id, lot_id, location_id, quantity, reserved, since)
SELECT item, lot, location, quantity, 0, since
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::timestamptz[])
       AS brought(item, lot, location, quantity, since)
ON CONFLICT (item_id, location_id, lot_id) DO UPDATE SET quantity = here.quantity + excluded.quantity,
    since = CASE WHEN here.quantity = 0 THEN excluded.since ELSE LEAST(here.since, excluded.since) END
"""
_KEEP = """
UPDATE inventory_stockbalance SET reserved = reserved + %(kept)s
 WHERE item_id = %(item)s AND location_id = %(location)s AND {lot}
   AND quantity - reserved >= %(kept)s AND reserved + %(kept)s >= 0
RETURNING id
"""
# Far from the numbers other parts of the house lock by.
_ITEMS = 0x57_0C
_DEADLOCK = "40P01"
_LOCK = "SELECT pg_advisory_xact_lock(%s, item) FROM unnest(%s::int[]) AS item"


def lock_items(items: Iterable[Item]) -> None:
    """Let this act alone change the stock of these items until its transaction ends.

    An act that posts several moves locks all their items at once, first: items are locked in one order everywhere, so
    acts wait for each other in turn and never crosswise.
    """
    with gives_way(), connection.cursor() as cursor:
        cursor.execute(_LOCK, [_ITEMS, sorted({item.pk % 2**31 for item in items})])


@contextmanager
def gives_way() -> Iterator[None]:
    """Where the database ends a deadlock at our cost, say so in words. Raises StockBusy."""
    try:
        yield
    except OperationalError as crossed:
        if getattr(crossed.__cause__, "sqlstate", None) != _DEADLOCK:
            raise
        raise StockBusy(
            _("Somebody else is working with the same stock right now. Try again in a moment.")
        ) from crossed


def take(item: Item, lot: Lot | None, location: Location, quantity: Decimal, *, reserved: Decimal = NOTHING) -> None:
    """Take stock away; `reserved` of it was reserved for the taker. An emptied balance goes. Raises NotEnough."""
    wish = {**_key(item, lot, location), "taken": quantity, "kept": reserved}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE.format(lot=_LOT[lot is not None]), wish)
        row = cursor.fetchone()
        if row is not None and row[1] == 0:
            cursor.execute("DELETE FROM inventory_stockbalance WHERE id = %s AND quantity = 0", [row[0]])
    if row is None:
        raise not_enough(item, lot, location, quantity, own=reserved)


def put(item: Item, lot: Lot | None, location: Location, quantity: Decimal, at: datetime) -> None:
    """Add stock. `since` stays the oldest arrival of what lies there without a break."""
    with connection.cursor() as cursor:
        cursor.execute(_PUT, {**_key(item, lot, location), "put": quantity, "at": at})


def put_many(brought: Mapping[tuple[int, int | None, int], tuple[Decimal, datetime]]) -> None:
    """Add stock of many items, lots and places at once: (item, lot, place) → quantity, since when it lies there."""
    if brought:
        rows = [(*key, *amount) for key, amount in brought.items()]
        with connection.cursor() as cursor:
            cursor.execute(_PUT_MANY, [list(column) for column in zip(*rows, strict=True)])


def keep(item: Item, lot: Lot | None, location: Location, quantity: Decimal) -> None:
    """Reserve stock that nobody else reserved; less than nothing gives it back. Raises NotEnough."""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP.format(lot=_LOT[lot is not None]), {**_key(item, lot, location), "kept": quantity})
        row = cursor.fetchone()
    if row is None:
        raise not_enough(item, lot, location, quantity)


def not_enough(
    item: Item, lot: Lot | None, location: Location, quantity: Decimal, *, own: Decimal = NOTHING
) -> NotEnough:
    """The refusal that names what is there, what is reserved and for which documents.

    `own`: how much of what is reserved there was reserved for the asker.
    """
    found = StockBalance.objects.filter(item=item, location=location, lot=lot).values("quantity", "reserved").first()
    there, reserved = (found["quantity"], found["reserved"]) if found else (NOTHING, NOTHING)
    reserved_for = _reserved_for(item, lot, location) if reserved else {}
    named = {
        "item": item.number,
        "lot": f" · {lot.number}" if lot else "",
        "place": location.code,
        "unit": item.unit.code,
        "wish": told(quantity),
        "there": told(there),
        "free": told(there - reserved + own),
        "reserved": told(reserved),
        "documents": ", ".join(f"{label or '–'}: {told(amount)}" for label, amount in reserved_for.items()),
    }
    if there == 0:
        sentence = _("No %(item)s%(lot)s lies in %(place)s; %(wish)s %(unit)s were asked for. Look where else it lies.")
    elif reserved:
        sentence = _(
            "In %(place)s lie %(there)s %(unit)s of %(item)s%(lot)s, %(reserved)s of them reserved (%(documents)s), "
            "so %(free)s are free; %(wish)s were asked for. Take less, take from elsewhere, or free a reservation."
        )
    else:
        sentence = _(
            "In %(place)s lie %(there)s %(unit)s of %(item)s%(lot)s; %(wish)s were asked for. "
            "Take less, or take from elsewhere."
        )
    return NotEnough(
        sentence % named,
        item=item.number,
        lot=lot.number if lot else None,
        location=location.code,
        asked=str(quantity),
        quantity=str(there),
        reserved=str(reserved),
        reserved_for={label: str(amount) for label, amount in reserved_for.items()},
    )


def _reserved_for(item: Item, lot: Lot | None, location: Location) -> dict[str, Decimal]:
    rows = (
        Reservation.objects.filter(Q(lot=lot), item=item, location=location, status=ReservationStatus.ACTIVE)
        .values_list("source_label")
        .annotate(all=Sum("quantity"))
        .order_by("source_label")
    )
    return dict(rows[:5])


def _key(item: Item, lot: Lot | None, location: Location) -> dict[str, int | None]:
    return {"item": item.pk, "lot": lot.pk if lot else None, "location": location.pk}
