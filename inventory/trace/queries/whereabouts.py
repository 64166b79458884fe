"""Where lots lie now, who got them, and what came back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from factory_core.access.policy import visible
from factory_core.people.models import User
from inventory.stock.models import StockBalance, StockMove
from inventory.stock.states import OUTSIDE, LocationKind, MoveKind

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Lying:
    """So much of a lot lies at a place."""

    lot_id: int
    site: str
    place: str
    place_name: str
    place_kind: str
    quantity: Decimal
    reserved: Decimal


@dataclass(frozen=True, slots=True)
class Sent:
    """So much of a lot left for a customer on one paper, and came back on it."""

    lot_id: int
    customer_id: int | None
    customer: str
    source_kind: str
    source_id: int | None
    source_label: str
    quantity: Decimal
    returned: Decimal
    first_at: datetime | None
    last_at: datetime | None


def lying(actor: User, lots: Iterable[int]) -> list[Lying]:
    """Where some lots lie, at the sites the actor may see."""
    rows = visible(actor, _balances(lots)).order_by("location__site__code", "location__code", "lot_id")
    return [
        Lying(*row)
        for row in rows.values_list(
            "lot_id", "location__site__code", "location__code", "location__name", "location__kind", "quantity",
            "reserved",
        )
    ]  # fmt: skip


def sent(actor: User, lots: Iterable[int]) -> list[Sent]:
    """What of some lots went to customers and came back, by paper. Moves that were taken back are left out."""
    out, back = Q(to_location__kind=LocationKind.CUSTOMER), Q(from_location__kind=LocationKind.CUSTOMER)
    rows = (
        visible(actor, _to_customers(lots))
        .values_list("lot_id", "partner_id", "partner__name", "source_kind", "source_id", "source_label")
        .annotate(
            out=Coalesce(Sum("quantity", filter=out), ZERO),
            back=Coalesce(Sum("quantity", filter=back), ZERO),
            first=Min("at", filter=out),
            last=Max("at", filter=out),
        )
        .order_by("partner__name", "source_label", "lot_id")
    )
    return [
        Sent(lot, partner, name or "", kind, key, label, *totals)
        for lot, partner, name, kind, key, label, *totals in rows
    ]


def issued(actor: User, lots: Iterable[int]) -> dict[int, Decimal]:
    """What of some lots was issued to production and not taken back, by lot."""
    totals: dict[int, Decimal] = {}
    ids = list(lots)
    for place, sign in (("to_location__kind", 1), ("from_location__kind", -1)):
        moves = StockMove.objects.filter(lot__among=ids, **{place: LocationKind.PRODUCTION})
        # What production made comes from there, too, but was never issued.
        seen = visible(actor, moves.exclude(kind=MoveKind.OUTPUT)).order_by()
        for lot, total in seen.values_list("lot_id").annotate(total=Sum("quantity")):
            totals[lot] = totals.get(lot, ZERO) + sign * total
    return totals


def is_partial(actor: User, lots: Iterable[int]) -> bool:
    """Whether some of it lies at, or left from, sites the actor may not see."""
    ids = list(lots)
    return any(
        rows.exclude(pk__in=visible(actor, rows).values("pk")).exists() for rows in (_balances(ids), _to_customers(ids))
    )


def _balances(lots: Iterable[int]) -> QuerySet[StockBalance]:
    return StockBalance.objects.filter(lot__among=list(lots), quantity__gt=0).exclude(
        location__kind__in=sorted(OUTSIDE)
    )


def _to_customers(lots: Iterable[int]) -> QuerySet[StockMove]:
    return StockMove.objects.filter(
        Q(to_location__kind=LocationKind.CUSTOMER) | Q(from_location__kind=LocationKind.CUSTOMER),
        lot__among=list(lots),
        corrects=None,
        corrected_by=None,
    )
