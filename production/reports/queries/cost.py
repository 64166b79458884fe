"""The cost block of an order's report, and what a week cost: only for those who may see costs."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import may, visible
from factory_core.people.models import User
from factory_core.reporting.content import Column, Figure, Figures, Kind, Part, Table, Value
from production.costing.models import CostSheet
from production.costing.queries.pages import thawed
from production.costing.queries.sheets import sheet_of
from production.costing.rules.sheet import Sheet
from production.costing.states import CostKind
from production.orders.models import ProductionOrder

SEE = "production.cost.view"
ZERO = Decimal(0)


def cost_parts(actor: User, order: ProductionOrder, at: datetime) -> list[Part]:
    """What an order was planned to cost, may cost for its output, and cost, with each variance apart.

    Nothing is reckoned for those who may not see it; for the others each part says which right it asks for.
    """
    if not may(actor, SEE, order):
        return []
    # A settled order keeps the cost it was settled with.
    frozen = CostSheet.objects.filter(order=order, settled_at__lte=at).first()
    sheet = thawed(frozen) if frozen is not None else sheet_of(order, at)
    return [_figures(sheet), _lines(sheet), _variances(sheet)]


def _figures(sheet: Sheet) -> Figures:
    amounts = [
        ("planned", _("Planned cost"), sheet.planned),
        ("standard", _("Allowed for the output"), sheet.standard),
        ("actual", _("Actual cost"), sheet.actual),
        ("variance", _("Variance"), sheet.variance),
        ("scrap_cost", _("Cost of the scrap in it"), sheet.scrap_cost),
    ]
    items = [Figure(key, label, _cents(amount), Kind.MONEY, settings.CURRENCY) for key, label, amount in amounts]
    each = sheet.actual / sheet.good if sheet.good else None
    items.append(Figure("each", _("Cost of a good piece"), each and _cents(each), Kind.MONEY, settings.CURRENCY))
    return Figures("cost", _("Cost"), items, needs=SEE)


def _lines(sheet: Sheet) -> Table:
    money = settings.CURRENCY
    columns = [
        Column("kind", _("Kind")),
        Column("what", _("What")),
        Column("unit", _("Unit")),
        Column("quantity", _("Quantity"), Kind.QUANTITY),
        Column("planned", _("Planned"), Kind.MONEY, money),
        Column("standard", _("Allowed"), Kind.MONEY, money),
        Column("actual", _("Actual"), Kind.MONEY, money),
    ]
    words = _kinds()
    rows: list[list[Value]] = [
        [
            words[line.kind], line.label, line.unit, line.quantity.quantize(Decimal("0.000001")),
            _cents(line.planned), _cents(line.standard), _cents(line.actual),
        ]
        for line in sheet.lines
    ]  # fmt: skip
    last: list[Value] = [_("Sum"), "", "", None, *map(_cents, (sheet.planned, sheet.standard, sheet.actual))]
    return Table("cost-lines", _("Cost by line"), columns, rows, last if rows else None, _("Nothing."), needs=SEE)


def _variances(sheet: Sheet) -> Table:
    words = {
        "material_price": _("material: price"),
        "material_usage": _("material: usage"),
        "labour_rate": _("labour: rate"),
        "labour_efficiency": _("labour: efficiency"),
        "machine_rate": _("machine: rate"),
        "machine_efficiency": _("machine: efficiency"),
        "overhead_spending": _("overhead: spending"),
        "overhead_efficiency": _("overhead: efficiency"),
        "energy": _("energy"),
    }
    columns = [
        Column("what", _("Variance")),
        Column("amount", _("Favourable (+) or not (−)"), Kind.MONEY, settings.CURRENCY),
    ]
    rows: list[list[Value]] = [
        [words.get(name, name), _cents(amount)] for name, amount in sorted(sheet.by_name().items()) if amount
    ]
    last: list[Value] = [_("Sum"), _cents(sheet.variance)]
    empty = _("No variance.")
    return Table("variances", _("Variances"), columns, rows, last if rows else None, empty, needs=SEE)


def settled_between(actor: User, first: datetime, until: datetime, line_code: str = "") -> QuerySet[CostSheet]:
    """The sheets settled in [first, until), of those whose cost one may see."""
    rows = visible(actor, CostSheet.objects.filter(settled_at__gte=first, settled_at__lt=until))
    return rows.filter(order__line__code=line_code) if line_code else rows


def _kinds() -> dict[CostKind, str]:
    return {
        CostKind.MATERIAL: _("material"),
        CostKind.LABOUR: _("labour"),
        CostKind.MACHINE: _("machine"),
        CostKind.OVERHEAD: _("overhead"),
        CostKind.ENERGY: _("energy"),
        CostKind.BESIDE: _("co- and by-products"),
    }


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))
