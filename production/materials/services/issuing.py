"""Material goes into an order by hand, and comes back."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.errors import Refused
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.sources import SourceRef
from inventory.lots.models import Lot
from inventory.stock.models import Location, StockMove
from inventory.stock.services.ledger import post, short_key
from inventory.stock.services.places import outside
from inventory.stock.states import LocationKind, MoveKind
from production.materials import events
from production.materials.queries.booked import booked_on, worth_used
from production.materials.rules import NOTHING, SMALLEST
from production.materials.services.attributing import settle_uses
from production.materials.services.common import about, amount, because, locked_material
from production.orders.models import OrderMaterial


class OverIssue(Refused):
    """More would be taken than the order needs, and nobody said why."""

    code = "over_issue"


class LotExpired(Refused):
    """The lot has passed its last day of use, and nobody said why it is used all the same."""

    code = "lot_expired"


class MoreThanIssued(Refused):
    """More would come back than is in the order."""

    code = "more_than_issued"


def issue_material(
    *,
    actor: User,
    material_id: int,
    quantity: Decimal,
    from_location: Location,
    at: datetime,
    lot: Lot | None = None,
    key: str = "",
    reason: str = "",
) -> StockMove:
    """Take material from stock into the order; base units. More than the order needs is taken with a reason.

    The same key gives the booking made first. Raises OverIssue, LotExpired, NotBookable, and what the ledger refuses
    (NotEnough, LotBlocked, LotNeeded …).
    """
    material = locked_material(actor, material_id)
    if not (key and StockMove.objects.filter(key=short_key(key)).exists()):
        _refuse_more_than_needed(material, quantity, reason)
        _refuse_expired(material, lot, reason, at)
    last = _newest(material)
    move = post(
        actor=actor, kind=MoveKind.ISSUE, item=material.item, quantity=quantity, lot=lot, at=at,
        from_location=from_location, to_location=outside(from_location.site, LocationKind.PRODUCTION),
        source=SourceRef.of(material), reason=reason, key=key,
    )  # fmt: skip
    if move.pk <= last:
        return move
    settle_uses(actor, material.order, at)
    publish(
        events.MATERIAL_ISSUED, about=about(material.order, material, move), at=at, actor=actor,
        what=_what(move), origin=from_location.code, why=because(reason),
    )  # fmt: skip
    return move


def give_back(
    *,
    actor: User,
    material_id: int,
    quantity: Decimal,
    to_location: Location,
    at: datetime,
    lot: Lot | None = None,
    key: str = "",
    reason: str = "",
) -> StockMove:
    """Put unused material of the order back into stock, at the cost it was taken at. Raises MoreThanIssued."""
    material = locked_material(actor, material_id)
    if not (key and StockMove.objects.filter(key=short_key(key)).exists()):
        _refuse_more_than_issued(material, lot, quantity)
    last = _newest(material)
    worth = worth_used([material.pk]).get(material.pk)
    cost = (worth[1] / worth[0]).quantize(SMALLEST) if worth and worth[0] > 0 and worth[1] >= 0 else None
    move = post(
        actor=actor, kind=MoveKind.RETURN, item=material.item, quantity=quantity, lot=lot, at=at,
        from_location=outside(to_location.site, LocationKind.PRODUCTION), to_location=to_location,
        source=SourceRef.of(material), reason=reason, key=key, unit_cost=cost,
    )  # fmt: skip
    if move.pk <= last:
        return move
    settle_uses(actor, material.order, at)
    publish(
        events.MATERIAL_GIVEN_BACK, about=about(material.order, material, move), at=at, actor=actor,
        what=_what(move), to=to_location.code, why=because(reason),
    )  # fmt: skip
    return move


def _newest(material: OrderMaterial) -> int:
    """The newest move there was before ours: a key that came again gives one that is not newer."""
    return StockMove.objects.order_by("-id").values_list("pk", flat=True).first() or 0


def _refuse_more_than_needed(material: OrderMaterial, quantity: Decimal, reason: str) -> None:
    used = sum((row.used for row in booked_on([material.pk])[material.pk]), NOTHING)
    if quantity + used > material.quantity and not reason.strip():
        raise OverIssue(
            _("Order %(order)s needs %(need)s %(unit)s of %(item)s and has %(used)s; %(wish)s more are too many. Take "
              "less, or say why it needs more.")
            % {
                "order": material.order.number,
                "need": f"{material.quantity.normalize():f}",
                "unit": material.item.unit.code,
                "item": material.item.number,
                "used": f"{used.normalize():f}",
                "wish": f"{quantity.normalize():f}",
            },
            open=str(max(material.quantity - used, NOTHING)),
        )  # fmt: skip


def _refuse_expired(material: OrderMaterial, lot: Lot | None, reason: str, at: datetime) -> None:
    day = at.astimezone(material.order.line.area.site.zone).date()
    if lot is not None and lot.expires_on is not None and lot.expires_on < day and not reason.strip():
        raise LotExpired(
            _("Lot %(lot)s of %(item)s expired on %(day)s. Take another lot, or say why it may be used.")
            % {"lot": lot.number, "item": material.item.number, "day": lot.expires_on.isoformat()}
        )


def _refuse_more_than_issued(material: OrderMaterial, lot: Lot | None, quantity: Decimal) -> None:
    wanted = lot.pk if lot else None
    used = sum((row.used for row in booked_on([material.pk])[material.pk] if row.lot_id == wanted), NOTHING)
    if quantity > used:
        raise MoreThanIssued(
            _("Order %(order)s holds %(used)s %(unit)s of %(item)s%(lot)s; %(wish)s cannot come back.")
            % {
                "order": material.order.number,
                "used": f"{max(used, NOTHING).normalize():f}",
                "unit": material.item.unit.code,
                "item": material.item.number,
                "lot": f" · {lot.number}" if lot else "",
                "wish": f"{quantity.normalize():f}",
            }
        )


def _what(move: StockMove) -> str:
    return amount(move.item, move.quantity) + (f" · {move.lot.number}" if move.lot else "")
