"""Sales orders as pages and the API show them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.sales.models import CallOff, SalesLine, SalesOrder
from inventory.sales.queries.open import open_call_offs, open_lines
from inventory.sales.queries.shelf import available_to_send
from inventory.sales.rules import due_on, in_unit, left_of, line_state
from inventory.sales.states import LineState, SalesStatus

MOST_CHOICES = 20


class NoSuchOrderPage(Missing):
    """The order does not exist, or the asker may not see it."""

    code = "no_such_sales_order"


class NoSuchCustomer(Missing):
    """The customer does not exist, or the asker may not see them."""

    code = "no_such_customer"


@dataclass(frozen=True)
class OrderRow:
    """An order in a list: how many positions, how many of them open or late, and the next day that counts."""

    order: SalesOrder
    positions: int
    open: int
    late: int
    next_due: date | None


@dataclass(frozen=True)
class CallOffRow:
    """A call-off with the word for it."""

    call_off: CallOff
    left: Decimal
    due_on: date | None
    state: LineState


@dataclass(frozen=True)
class LineRow:
    """A line with the word for it, what is left, and what could be sent now; quantities in the line's unit."""

    line: SalesLine
    left: Decimal
    due_on: date | None
    state: LineState
    available: Decimal
    being_picked: Decimal
    call_offs: list[CallOffRow]

    @property
    def is_short(self) -> bool:
        """Whether less lies here than is left to send and on no dispatch yet."""
        return self.available < self.left - self.being_picked


def order_or_missing(actor: User, number: str) -> SalesOrder:
    """The order of a number. Raises NoSuchOrderPage."""
    rows = visible(actor, SalesOrder.objects.select_related("customer", "site", "address"))
    order = rows.filter(number=number).first()
    if order is None:
        raise NoSuchOrderPage(_("There is no sales order %(number)s that you may see.") % {"number": number})
    return order


def line_or_missing(order: SalesOrder, position: int) -> SalesLine:
    """A line of an order that the asker was shown. Raises NoSuchOrderPage."""
    line = order.lines.select_related("item__unit", "unit", "order").filter(position=position).first()
    if line is None:
        raise NoSuchOrderPage(_("%(order)s has no position %(position)s.") % {"order": order, "position": position})
    return line


def call_off_or_missing(order: SalesOrder, position: int, number: int) -> CallOff:
    """A call-off of an order that the asker was shown. Raises NoSuchOrderPage."""
    rows = CallOff.objects.select_related("line__item", "line__unit", "line__order")
    found = rows.filter(line__order=order, line__position=position, number=number).first()
    if found is None:
        raise NoSuchOrderPage(_("%(order)s has no such call-off.") % {"order": order})
    return found


def orders_seen(actor: User, *, text: str = "", show: str = "", today: date | None = None) -> QuerySet[SalesOrder]:
    """Orders the actor may see, the newest first. `show`: "drafts", "open", "late", "closed" or all."""
    rows = visible(actor, SalesOrder.objects.all())
    if show == "drafts":
        rows = rows.filter(status=SalesStatus.DRAFT)
    elif show == "open":
        rows = rows.filter(status=SalesStatus.CONFIRMED)
    elif show == "closed":
        rows = rows.filter(status__in=(SalesStatus.CLOSED, SalesStatus.CANCELLED))
    elif show == "late" and today is not None:
        late_line = Exists(open_lines().filter(order=OuterRef("pk"), due__lt=today))
        late_call = Exists(open_call_offs().filter(line__order=OuterRef("pk"), due__lt=today))
        rows = rows.filter(Q(late_line) | Q(late_call), status=SalesStatus.CONFIRMED)
    if text:
        ordered = Exists(SalesLine.objects.filter(order=OuterRef("pk"), item__number__istartswith=text))
        rows = rows.filter(
            Q(number__istartswith=text)
            | Q(customer_reference__icontains=text)
            | Q(customer__name__icontains=text)
            | Q(customer__code__iexact=text)
            | Q(ordered)
        )
    return rows.select_related("customer", "site").order_by("-id")


def summaries_of(orders: Sequence[SalesOrder], today: date) -> list[OrderRow]:
    """The rows of a list, in two queries however many."""
    lines: dict[int, list[SalesLine]] = defaultdict(list)
    calls: dict[int, list[CallOff]] = defaultdict(list)
    for line in SalesLine.objects.filter(order__among=[order.pk for order in orders]):
        lines[line.order_id].append(line)
    frames = [order.pk for order in orders if order.is_frame]
    for call in CallOff.objects.filter(line__order__in=frames).select_related("line"):
        calls[call.line.order_id].append(call)
    return [_summary(order, lines[order.pk], calls[order.pk], today) for order in orders]


def _summary(order: SalesOrder, lines: list[SalesLine], calls: list[CallOff], today: date) -> OrderRow:
    runs = order.status == SalesStatus.CONFIRMED
    things: list[SalesLine | CallOff] = [*calls] if order.is_frame else [*lines]
    states = [_state(one, today, runs) for one in things]
    open_words = (LineState.OPEN, LineState.PARTLY, LineState.LATE)
    dues = [
        day
        for one, state in zip(things, states, strict=True)
        if state in open_words and (day := due_on(one.wanted_on, one.promised_on)) is not None
    ]
    return OrderRow(
        order, len(lines), sum(state in open_words for state in states) if runs else 0, states.count(LineState.LATE),
        min(dues) if dues and runs else None,
    )  # fmt: skip


def line_rows(order: SalesOrder, today: date) -> list[LineRow]:
    """The lines of an order with what could be sent now, in three queries however many."""
    calls = Prefetch("call_offs", CallOff.objects.order_by("number"))
    waits = Q(dispatch_lines__dispatch__status__in=("PICKING", "PACKED"), dispatch_lines__short_reason="")
    rows = order.lines.annotate(on_dispatches=Sum("dispatch_lines__quantity", filter=waits))
    lines = list(rows.select_related("item__unit", "unit").prefetch_related(calls).order_by("position"))
    free = available_to_send({line.item_id for line in lines}, order.site_id, today)
    runs = order.status == SalesStatus.CONFIRMED
    return [
        LineRow(
            line,
            left_of(line.quantity, line.dispatched, is_closed=line.is_closed),
            due_on(line.wanted_on, line.promised_on),
            _frame_state(line, today, runs) if order.is_frame else _state(line, today, runs),
            in_unit(free[line.item_id], line.factor),
            in_unit(getattr(line, "on_dispatches", None) or Decimal(0), line.factor),
            [
                CallOffRow(
                    call,
                    left_of(call.quantity, call.dispatched, is_closed=call.is_closed),
                    due_on(call.wanted_on, call.promised_on),
                    _state(call, today, runs),
                )
                for call in line.call_offs.all()
            ],
        )
        for line in lines
    ]


def _state(one: SalesLine | CallOff, today: date, runs: bool) -> LineState:
    return line_state(
        quantity=one.quantity, dispatched=one.dispatched, is_closed=one.is_closed,
        due=due_on(one.wanted_on, one.promised_on), today=today, order_runs=runs,
    )  # fmt: skip


def _frame_state(line: SalesLine, today: date, runs: bool) -> LineState:
    """A frame's line is late when one of its call-offs is; its own dates are no promise."""
    if any(_state(call, today, runs) is LineState.LATE for call in line.call_offs.all()):
        return LineState.LATE
    return line_state(
        quantity=line.quantity, dispatched=line.dispatched, is_closed=line.is_closed, due=None, today=today,
        order_runs=runs,
    )  # fmt: skip


def customer_or_missing(actor: User, code: str) -> Partner:
    """The customer in use of a code, whatever the case. Raises NoSuchCustomer."""
    rows = visible(actor, Partner.objects.filter(is_customer=True, is_active=True))
    found = rows.filter(code__iexact=code.strip()).first()
    if found is None:
        raise NoSuchCustomer(_("There is no customer %(code)s that you may see.") % {"code": code.strip()[:40]})
    return found


def customers_found(actor: User, text: str) -> list[Partner]:
    """A few customers in use by code or name, for a field that proposes as one types."""
    rows = visible(actor, Partner.objects.filter(is_customer=True, is_active=True))
    if text:
        rows = rows.filter(Q(code__istartswith=text) | Q(name__icontains=text))
    return list(rows.order_by("code")[:MOST_CHOICES])


def items_sold(actor: User, text: str) -> list[Item]:
    """A few items that are sold, by number or name."""
    rows = visible(actor, Item.objects.filter(is_sold=True, is_active=True)).select_related("unit")
    if text:
        rows = rows.filter(Q(number__istartswith=text) | Q(name__icontains=text))
    return list(rows.order_by("number")[:MOST_CHOICES])


def with_lines() -> QuerySet[SalesOrder]:
    """Orders with everything the API tells of them."""
    calls: Any = CallOff.objects.order_by("number")
    lines = SalesLine.objects.select_related("item", "unit").order_by("position")
    return (
        SalesOrder.objects.select_related("customer", "site")
        .prefetch_related(Prefetch("lines", lines.prefetch_related(Prefetch("call_offs", calls))))
        .order_by("-id")
    )
