"""What is still to be sent: lines of confirmed orders, and call-offs of frame orders."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, DecimalField, F, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce

from factory_core.access.policy import visible
from factory_core.people.models import User
from inventory.sales.models import CallOff, SalesLine
from inventory.sales.rules import due_on, in_base, left_of
from inventory.sales.states import SalesStatus

LINE_DUE = Coalesce("promised_on", "wanted_on")
_RUNS = Q(order__status=SalesStatus.CONFIRMED, is_closed=False)
_CALL_RUNS = Q(line__order__status=SalesStatus.CONFIRMED, line__is_closed=False, is_closed=False)


@dataclass(frozen=True)
class OpenRow:
    """Something still to be sent: a line, or a call-off of it; `left` is in the line's unit."""

    line: SalesLine
    call_off: CallOff | None
    left: Decimal
    due_on: date | None

    @property
    def left_base(self) -> Decimal:
        """What is left in base units."""
        return in_base(self.left, self.line.factor)

    @property
    def key(self) -> str:
        """Names the row in a form: "17" a line, "17-3" its call-off with this id."""
        return f"{self.line.pk}-{self.call_off.pk}" if self.call_off else str(self.line.pk)

    def is_late(self, today: date) -> bool:
        """Whether the day has passed."""
        return self.due_on is not None and self.due_on < today


def open_lines() -> QuerySet:
    """Lines of running orders with something left; those of frame orders are sent by call-offs and not among them."""
    return SalesLine.objects.filter(_RUNS, order__is_frame=False, dispatched__lt=F("quantity")).annotate(due=LINE_DUE)


def open_call_offs() -> QuerySet:
    """Call-offs of running frame orders with something left."""
    return CallOff.objects.filter(_CALL_RUNS, dispatched__lt=F("quantity")).annotate(due=LINE_DUE)


def open_rows(
    actor: User,
    *,
    customer_id: int | None = None,
    order_ids: Iterable[int] | None = None,
    until: date | None = None,
    before: date | None = None,
    text: str = "",
    most: int = 500,
) -> list[OpenRow]:
    """What the actor may see of what is still to be sent, the most urgent first; in two queries.

    `until`: due on that day or earlier, or without a day. `before`: due before that day only. `text`: number of the
    order or its customer's reference, of the item, or the customer's name.
    """
    found = [
        OpenRow(line, None, left_of(line.quantity, line.dispatched), due_on(line.wanted_on, line.promised_on))
        for line in _narrowed(
            visible(actor, open_lines()), "", customer_id, order_ids, until, before, text, most
        ).select_related("order__customer", "order__site", "order__address", "item__unit", "unit")
    ]
    found += [
        OpenRow(one.line, one, left_of(one.quantity, one.dispatched), due_on(one.wanted_on, one.promised_on))
        for one in _narrowed(
            visible(actor, open_call_offs()), "line__", customer_id, order_ids, until, before, text, most
        ).select_related(
            "line__order__customer", "line__order__site", "line__order__address", "line__item__unit", "line__unit"
        )
    ]
    return sorted(found, key=lambda row: (row.due_on or date.max, row.line.order_id, row.line.position))[:most]


def _narrowed(
    rows: QuerySet,
    path: str,
    customer_id: int | None,
    order_ids: Iterable[int] | None,
    until: date | None,
    before: date | None,
    text: str,
    most: int,
) -> QuerySet:
    if customer_id is not None:
        rows = rows.filter(**{f"{path}order__customer_id": customer_id})
    if order_ids is not None:
        rows = rows.filter(**{f"{path}order_id__in": list(order_ids)})
    if until is not None:
        rows = rows.filter(Q(due=None) | Q(due__lte=until))
    if before is not None:
        rows = rows.filter(due__lt=before)
    if text:
        rows = rows.filter(
            Q(**{f"{path}order__number__istartswith": text})
            | Q(**{f"{path}order__customer_reference__icontains": text})
            | Q(**{f"{path}order__customer__name__icontains": text})
            | Q(**{f"{path}item__number__istartswith": text})
        )
    return rows.order_by(F("due").asc(nulls_last=True), "pk")[:most]


def called_in(call_offs: QuerySet[CallOff]) -> Decimal:
    """How much of a frame these call-offs take; of a closed one only what was sent."""
    amount = Case(When(is_closed=True, then=F("dispatched")), default=F("quantity"), output_field=DecimalField())
    return call_offs.aggregate(sum=Sum(amount))["sum"] or Decimal(0)
