"""One item becomes another, and mistakes are taken back: acts of more than one move."""

from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.sources import SourceRef, source_of
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.lots.services import note_use
from inventory.stock.models import Location, StockMove
from inventory.stock.services.allowing import RIGHTS, refuse_no_reason, require_any
from inventory.stock.services.ledger import KEY_LENGTH, lock_items, post, short_key
from inventory.stock.services.places import outside
from inventory.stock.services.refusals import AlreadyTakenBack, NoSuchMove
from inventory.stock.states import LocationKind, MoveKind

_OUT, _IN = ":out", ":in"


def regrade(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    from_location: Location,
    to_item: Item,
    at: datetime,
    reason: str,
    lot: Lot | None = None,
    to_lot: Lot | None = None,
    to_location: Location | None = None,
    to_quantity: Decimal | None = None,
    source: SourceRef | None = None,
    key: str = "",
) -> tuple[StockMove, StockMove]:
    """Stock of one item or lot becomes stock of another, with its value and its past: two moves, out and in.

    `to_quantity` in the base unit of `to_item`; left out, it is the same number.
    """
    require_any(actor, RIGHTS[MoveKind.REGRADE], from_location.site)
    refuse_no_reason(reason)
    to_location, to_quantity = to_location or from_location, to_quantity or quantity
    beyond, base = outside(from_location.site, LocationKind.ADJUSTMENT), short_key(key, KEY_LENGTH - len(_OUT))
    lock_items([item, to_item])
    known = StockMove.objects.filter(key=base + _IN).exists()
    out = post(
        actor=actor, kind=MoveKind.REGRADE, item=item, quantity=quantity, lot=lot, at=at, source=source,
        from_location=from_location, to_location=beyond, reason=reason, key=base + _OUT,
    )  # fmt: skip
    worth = out.value_entries.aggregate(all=Sum("value"))["all"] or Decimal(0)
    into = post(
        actor=actor, kind=MoveKind.REGRADE, item=to_item, quantity=to_quantity, lot=to_lot, at=at, source=source,
        from_location=beyond, to_location=to_location, reason=reason, key=base + _IN,
        unit_cost=(-worth / to_quantity).quantize(Decimal("0.000001")),
    )  # fmt: skip
    if lot is not None and to_lot is not None and lot.pk != to_lot.pk and not known:
        note_use(actor=actor, input=lot, output=to_lot, quantity=quantity, at=at, source=source)
    return out, into


def correct(*, actor: User, move_id: int, reason: str, at: datetime) -> StockMove:
    """Take a move back by a counter-move that bears its date. Of a regrading both moves are taken back.

    Raises NoSuchMove, AlreadyTakenBack, and whatever the ledger refuses: stock that went on cannot come back.
    """
    move = _seen(actor).filter(pk=move_id).first()
    if move is None:
        raise NoSuchMove(_("There is no such move that you may see."))
    require_any(actor, RIGHTS[MoveKind(move.kind)], move.site)
    refuse_no_reason(reason)
    other = _other_half(actor, move)
    # The second of two corrections at once waits here, and is then told so.
    lock_items([move.item, *([other.item] if other else [])])
    if other is None:
        return _counter(actor, move, reason, at)
    # What came in goes out first: the value it takes along is the value that comes back.
    into, out = sorted((move, other), key=lambda half: half.key.endswith(_OUT))
    counters = {half.pk: _counter(actor, half, reason, at) for half in (into, out)}
    if into.lot is not None and out.lot is not None and into.lot_id != out.lot_id:
        source = source_of(move)
        note_use(actor=actor, input=out.lot, output=into.lot, quantity=-out.quantity, at=at, source=source)
    return counters[move.pk]


def _counter(actor: User, move: StockMove, reason: str, at: datetime) -> StockMove:
    if move.corrects_id is not None or StockMove.objects.filter(corrects=move).exists():
        raise AlreadyTakenBack(_("This move was taken back already. Enter anew what is right."))
    return post(
        actor=actor, kind=move.kind, item=move.item, quantity=move.quantity, lot=move.lot, at=at, reason=reason,
        from_location=move.to_location, to_location=move.from_location, partner=move.partner,
        source=source_of(move), corrects=move, key=f"back-{move.key}",
    )  # fmt: skip


def _other_half(actor: User, move: StockMove) -> StockMove | None:
    if move.kind != MoveKind.REGRADE:
        return None
    here, there = (_OUT, _IN) if move.key.endswith(_OUT) else (_IN, _OUT)
    return _seen(actor).filter(key=move.key.removesuffix(here) + there).first()


def _seen(actor: User) -> QuerySet[StockMove]:
    moves = StockMove.objects.select_related(
        "item__unit", "lot", "from_location__site", "to_location__site", "partner", "site"
    )
    return visible(actor, moves)
