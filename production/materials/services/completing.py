"""The end of an order: goods, material and status in one act."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import Refused
from factory_core.people.models import User
from inventory.stock.models import Location, StockMove
from inventory.stock.services.ledger import lock_items, short_key
from production.materials.queries.booked import ORDER, put_out_of
from production.materials.queries.finding import NoSuchOrder
from production.materials.services.attributing import settle_uses
from production.materials.services.backflushing import components, settle
from production.materials.services.common import OUTPUT, lock, locked_order
from production.materials.services.outputs import put_out_of_locked
from production.orders.models import ProductionOrder
from production.orders.queries import done_quantity
from production.orders.services import finish_order
from production.orders.states import OrderStatus
from production.products.states import IssuePolicy


class AlreadyComplete(Refused):
    """Somebody completed the order before."""

    code = "already_complete"


def complete_order(
    *,
    actor: User,
    order_id: int,
    quantity: Decimal,
    at: datetime,
    lot_number: str = "",
    location: Location | None = None,
    key: str = "",
    serials: Sequence[str] = (),
    version: int | None = None,
) -> ProductionOrder:
    """Finish an order: its last goods go into stock, open material is taken, it is finished; all of it or nothing.

    `quantity` is what goes into stock now, beside what went before; zero where everything did. Material that is not
    there stays missing and is seen. Of two who complete at once, one does. The same key changes nothing more. Raises
    AlreadyComplete, StaleVersion, and what `put_out` and finishing an order raise.
    """
    known = visible(actor, ProductionOrder.objects.all()).filter(pk=order_id).first()
    if known is None:
        raise NoSuchOrder(_("There is no such order that you may see."))
    require(actor, OUTPUT, known)
    if key and _was_done(known, key):
        return known
    if known.status != OrderStatus.FINISHED:
        # Whoever was faster changed the version: the second is told so instead of making the goods twice.
        finish_order(actor=actor, order_id=order_id, at=at, version=known.version if version is None else version)
    order = locked_order(actor, order_id, OUTPUT)
    if known.status == OrderStatus.FINISHED:
        _refuse_more_than_made(order, quantity, at)
    flushed = components(order, IssuePolicy.STEP, IssuePolicy.END)
    lock_items([*([order.item] if order.item else []), *(row.item for row in flushed)])
    settle(actor, order, [row for row in flushed if row.issue == IssuePolicy.STEP], at, coming=quantity)
    if quantity:
        put_out_of_locked(actor, order, quantity, at, lot_number, location, key, serials)
    else:
        settle(actor, order, [row for row in flushed if row.issue == IssuePolicy.END], at)
    settle_uses(actor, order, at)
    return lock(order_id)


def _was_done(order: ProductionOrder, key: str) -> bool:
    moves = StockMove.objects.filter(source_kind=ORDER, source_id=order.pk)
    return moves.filter(key__startswith=f"{short_key(key, 70)}:").exists()


def _refuse_more_than_made(order: ProductionOrder, quantity: Decimal, at: datetime) -> None:
    """A finished order takes what is still to come out of it, and not the same goods again."""
    out = put_out_of(order)
    if out > 0 and quantity > 0 and out + quantity > max(order.quantity, done_quantity(order, at)):
        raise AlreadyComplete(
            _("Order %(order)s is finished and %(out)s of it lie in stock: it was completed before. Look at its goods.")
            % {"order": order.number, "out": f"{out.normalize():f}"}
        )
