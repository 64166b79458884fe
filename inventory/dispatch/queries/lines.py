"""How far the lines of dispatches are."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from inventory.dispatch.models import DispatchLine
from inventory.dispatch.rules import NOTHING, still_to_pick
from inventory.dispatch.states import DispatchStatus
from inventory.stock.models import Reservation
from inventory.stock.states import ReservationStatus

LINE_KIND, PICK_KIND = "inventory.dispatchline", "inventory.pick"
NOT_LEFT = (DispatchStatus.PICKING, DispatchStatus.PACKED)


@dataclass(frozen=True)
class LineProgress:
    """A line of a dispatch: planned, picked and still to pick, in base units."""

    line: DispatchLine
    picked: Decimal

    @property
    def need(self) -> Decimal:
        """What is still to be picked."""
        return still_to_pick(self.line.quantity, self.picked, short=bool(self.line.short_reason))

    @property
    def counts(self) -> Decimal:
        """What the dispatch will carry of it as far as one knows."""
        return self.picked + self.need


def progress_of(lines: QuerySet[DispatchLine]) -> list[LineProgress]:
    """Lines with what was picked for them, in one query."""
    picked = Sum("picks__quantity", filter=Q(picks__taken_back=False))
    rows = lines.annotate(picked=picked).select_related(
        "item__unit", "sales_line__order__customer", "sales_line__unit", "call_off", "dispatch__site"
    )
    return [LineProgress(row, getattr(row, "picked", None) or NOTHING) for row in rows.order_by("pk")]


def already_planned(sales_line_ids: Iterable[int]) -> dict[tuple[int, int | None], Decimal]:
    """What dispatches that have not left carry of sales lines, {(sales line, call-off): base units}."""
    lines = DispatchLine.objects.filter(sales_line__in=list(sales_line_ids), dispatch__status__in=NOT_LEFT)
    planned: dict[tuple[int, int | None], Decimal] = defaultdict(Decimal)
    for row in progress_of(lines):
        planned[row.line.sales_line_id, row.line.call_off_id] += row.counts
    return planned


def kept_for(line_ids: Iterable[int]) -> QuerySet[Reservation]:
    """The stock that is reserved for lines of dispatches and waits on the shelves to be picked."""
    return (
        Reservation.objects.filter(source_kind=LINE_KIND, source_id__in=list(line_ids), status=ReservationStatus.ACTIVE)
        .select_related("item__unit", "lot", "location__site")
        .order_by("pk")
    )


def kept_pick(pick_id: int) -> Reservation | None:
    """What keeps a pick at the place where it lies now."""
    kept = Reservation.objects.filter(source_kind=PICK_KIND, source_id=pick_id, status=ReservationStatus.ACTIVE)
    return kept.select_related("item__unit", "lot", "location__site").first()
