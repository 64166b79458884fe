"""Purchase orders as lists and pages show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from factory_core.access.policy import hidden_fields, visible
from factory_core.errors import Missing
from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items.models import Item, SupplierItem
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.purchasing.rules import outstanding
from inventory.purchasing.states import PurchaseStatus

DUE = Coalesce("promised_on", "wanted_on")
NOTHING = Decimal(0)
MOST_OF_ITEM = 20
SHOWN = {
    "drafts": (PurchaseStatus.DRAFT,),
    "open": (PurchaseStatus.RELEASED,),
    "closed": (PurchaseStatus.CLOSED, PurchaseStatus.CANCELLED),
}


class NoSuchOrder(Missing):
    """The order does not exist, or the asker may not see it."""

    code = "no_such_purchase"


class NoSuchSupplier(Missing):
    """No supplier of that code that the asker may see."""

    code = "no_such_supplier"


@dataclass(frozen=True)
class LineRow:
    """A line with what is still to come of it, in its unit; `total` is None for those who may not see prices."""

    line: PurchaseLine
    left: Decimal
    due_on: date | None
    is_late: bool
    percent: int
    total: Decimal | None

    @property
    def stayed(self) -> Decimal:
        """What came in and did not go back."""
        return self.line.received - self.line.returned


@dataclass(frozen=True)
class OrderRow:
    """An order in a list: how far it is, and when the next goods are due."""

    order: PurchaseOrder
    items: list[str]
    lines: int
    percent: int
    due_on: date | None
    days_late: int
    total: Decimal | None


def orders_seen(
    actor: User, *, text: str = "", show: str = "all", today: date | None = None, supplier: str = ""
) -> QuerySet[PurchaseOrder]:
    """The orders somebody may see, the newest first.

    `show`: drafts, open (sent, something still to come), late (a line's day passed before `today`), closed, all.
    `text`: in the number, the supplier's name, code or reference, or an item's number or the supplier's number of it.
    """
    rows = visible(actor, PurchaseOrder.objects.select_related("supplier", "site")).order_by("-id")
    if show == "late" and today is not None:
        rows = late_orders(rows, today)
    elif show in SHOWN:
        rows = rows.filter(status__in=SHOWN[show])
    if supplier:
        rows = rows.filter(supplier__code=supplier)
    if text:
        partners = Partner.objects.filter(Q(name__icontains=text) | Q(code__istartswith=text))
        items = Item.objects.filter(Q(number__istartswith=text) | Q(name__icontains=text))
        lines = PurchaseLine.objects.filter(
            Q(item__in=items.values("pk")) | Q(supplier_item__supplier_number__istartswith=text)
        )
        rows = rows.filter(
            Q(number__icontains=text)
            | Q(supplier__in=partners.values("pk"))
            | Q(supplier_reference__icontains=text)
            | Q(pk__in=lines.values("order"))
        )
    return rows


def late_orders(rows: QuerySet[PurchaseOrder], today: date) -> QuerySet[PurchaseOrder]:
    """Those orders of which something is still to come whose day (promised, else wanted) passed before `today`."""
    late = PurchaseLine.objects.annotate(due=DUE).filter(order=OuterRef("pk"), is_closed=False, due__lt=today)
    return rows.filter(Exists(late), status=PurchaseStatus.RELEASED)


def order_or_missing(actor: User, number: str, capability: str | None = None) -> PurchaseOrder:
    """The order of a number. Raises NoSuchOrder."""
    rows = visible(actor, PurchaseOrder.objects.select_related("supplier", "site"), capability)
    order = rows.filter(number=number).first()
    if order is None:
        raise NoSuchOrder(_("There is no purchase order %(number)s that you may see.") % {"number": number[:30]})
    return order


def line_or_missing(order: PurchaseOrder, position: int) -> PurchaseLine:
    """A line of an order by its position. Raises NoSuchOrder."""
    rows = order.lines.select_related("item__unit", "unit", "supplier_item", "order__site", "order__supplier")
    line = rows.filter(position=position).first() if position < 2**31 else None
    if line is None:
        raise NoSuchOrder(_("%(order)s has no line %(position)s.") % {"order": order.number, "position": position})
    return line


def line_rows(actor: User, order: PurchaseOrder, today: date) -> list[LineRow]:
    """The lines of an order, in their order."""
    rows = order.lines.select_related("item__unit", "unit", "supplier_item").order_by("position")
    hidden = "price" in hidden_fields(actor, PurchaseLine)
    return [_line_row(line, order.status, today, hidden=hidden) for line in rows]


def summaries(actor: User, orders: Sequence[PurchaseOrder], today: date) -> list[OrderRow]:
    """Orders as rows of a list, in one query for all their lines."""
    hidden = "price" in hidden_fields(actor, PurchaseLine)
    by_order: dict[int, list[PurchaseLine]] = {order.pk: [] for order in orders}
    for line in PurchaseLine.objects.filter(order__in=orders).select_related("item").order_by("position"):
        by_order[line.order_id].append(line)
    return [_order_row(order, by_order[order.pk], today, hidden=hidden) for order in orders]


def total_of(rows: Iterable[LineRow]) -> Decimal | None:
    """What the priced lines cost together; None when no price may be seen or is known."""
    totals = [row.total for row in rows if row.total is not None]
    return sum(totals, NOTHING) if totals else None


def supplier_or_missing(actor: User, code: str) -> Partner:
    """A supplier by code. Raises NoSuchSupplier."""
    found = visible(actor, Partner.objects.filter(is_supplier=True)).filter(code__iexact=code.strip()).first()
    if found is None:
        raise NoSuchSupplier(_("There is no supplier %(code)s that you may see.") % {"code": code.strip()[:40]})
    return found


def suppliers_found(actor: User, text: str) -> QuerySet[Partner]:
    """Suppliers in use whose code or name has the text, by code."""
    rows = visible(actor, Partner.objects.filter(is_supplier=True, is_active=True)).order_by("code")
    return rows.filter(Q(code__icontains=text) | Q(name__icontains=text)) if text else rows


def items_bought(actor: User, text: str) -> QuerySet[Item]:
    """Items that are bought, by number; also found by a supplier's number."""
    rows = visible(actor, Item.objects.filter(is_bought=True, is_active=True).select_related("unit"))
    if text:
        rows = rows.filter(
            Q(number__icontains=text)
            | Q(name__icontains=text)
            | Q(pk__in=SupplierItem.objects.filter(supplier_number__istartswith=text).values("item"))
        )
    return rows.order_by("number")


def open_lines_of(actor: User, item: Item) -> list[LineRow]:
    """Lines of sent orders on which an item is still to come, the earliest due first; without sums."""
    rows = visible(actor, PurchaseLine.objects.select_related("order__supplier", "order__site", "unit", "item__unit"))
    rows = rows.filter(item=item, is_closed=False, order__status=PurchaseStatus.RELEASED)
    found = rows.order_by(DUE.asc(nulls_last=True), "id")[:MOST_OF_ITEM]
    return [_line_row(line, line.order.status, date.min, hidden=True) for line in found]


def _line_row(line: PurchaseLine, status: str, today: date, *, hidden: bool) -> LineRow:
    left = outstanding(line.quantity, line.received, line.returned, closed=line.is_closed)
    due_on = line.promised_on or line.wanted_on
    is_late = status == PurchaseStatus.RELEASED and left > 0 and due_on is not None and due_on < today
    total = None if hidden or line.price is None else (line.price * line.quantity).quantize(Decimal("0.01"))
    return LineRow(line, left, due_on, is_late, _percent([line]), total)


def _order_row(order: PurchaseOrder, lines: Sequence[PurchaseLine], today: date, *, hidden: bool) -> OrderRow:
    rows = [_line_row(line, order.status, today, hidden=hidden) for line in lines]
    waiting = [row.due_on for row in rows if row.left > 0 and row.due_on is not None]
    due_on = min(waiting, default=None)
    late = max(((today - row.due_on).days for row in rows if row.is_late and row.due_on), default=0)
    items = list(dict.fromkeys(line.item.number for line in lines))
    total = total_of(rows)
    if not lines and not hidden:
        # Of some orders of the old system nobody kept more than the head.
        total = order.net if order.net is not None else order.total
    return OrderRow(order, items, len(lines), _percent(lines), due_on, late, total)


def _percent(lines: Sequence[PurchaseLine]) -> int:
    """How much has come, in whole percent: the mean of the lines, each at most full. Units are never added."""
    if not lines:
        return 0
    shares = [min(max(line.received - line.returned, NOTHING) / line.quantity, Decimal(1)) for line in lines]
    return int(100 * sum(shares, NOTHING) / len(shares))
