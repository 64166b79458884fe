"""Moves of the system that was used before, as history shows them."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, QuerySet, Sum

from factory_core.access.policy import hidden_fields, visible
from factory_core.people.models import User
from inventory.stock.models import OldMove
from inventory.stock.states import OldMoveKind


@dataclass(frozen=True)
class OldSums:
    """Old moves of one kind together; `cost` is quantity × cost of one, None where costs are hidden or unknown."""

    kind: str
    moves: int
    quantity: Decimal
    cost: Decimal | None


def old_moves_found(actor: User, *, item: str = "", kind: str = "") -> QuerySet[OldMove]:
    """The old moves somebody may see, the last that was told first; `item` is its whole number."""
    rows = visible(actor, OldMove.objects.select_related("item__unit", "site")).order_by("-id")
    if item:
        rows = rows.filter(item__number__iexact=item)
    return rows.filter(kind=kind) if kind in set(OldMoveKind) else rows


def old_sums(actor: User, moves: QuerySet[OldMove]) -> list[OldSums]:
    """What old moves come to by kind; quantities of items in one unit."""
    rows = moves.order_by("kind").values("kind").annotate(moves=Count("pk"), sum=Sum("quantity"))
    hides = "unit_cost" in hidden_fields(actor, OldMove)
    cost = rows.annotate(cost=Sum(F("quantity") * F("unit_cost")))
    return [OldSums(row["kind"], row["moves"], row["sum"], None if hides else row["cost"]) for row in cost]
