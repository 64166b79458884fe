"""The report of what came over from the old system: orders that were ended there, and what was scrapped there."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.plant.models import Line
from factory_core.reporting.content import Bars, Column, Content, Figure, Figures, Kind, Note, Table, Value
from production.orders.queries.past import (
    PastLoss,
    past_ordered_by_item,
    past_scrap_by_item,
    past_scrap_by_reason,
    past_totals,
)

VIEW = "production.report.view"
MOST_BARS, MOST_ITEMS = 20, 200


class NothingCame(Missing):
    """There is no line whose history the asker may see."""

    code = "no_such_history"


def build_past(actor: User, parameters: Mapping[str, str], at: datetime) -> Content:
    """Sums, scrap by reason and by item of the old system, of one line or of all. Raises NothingCame."""
    code = parameters.get("line", "")
    lines = visible(actor, Line.objects.select_related("area__site"), VIEW)
    line = (lines.filter(code=code) if code else lines).order_by("code").first()
    if line is None:
        raise NothingCame(_("There is no line whose history you may see."))
    totals = past_totals(actor, code)
    reasons, items = past_scrap_by_reason(actor, code), past_scrap_by_item(actor, code)
    ordered = past_ordered_by_item(actor, code)
    site = line.area.site
    figures = [
        Figure("orders", _("Orders"), Decimal(totals.orders), Kind.QUANTITY),
        Figure("items", _("Items"), Decimal(totals.items), Kind.QUANTITY),
        Figure("ordered", _("Ordered"), totals.ordered, Kind.QUANTITY),
        Figure("good", _("Good"), totals.good, Kind.QUANTITY),
        Figure("scrap", _("Scrap"), totals.scrap, Kind.QUANTITY),
        Figure("yield", _("Yield"), share(totals.good, totals.ordered), Kind.PERCENT, "", _("good ÷ ordered")),
        Figure("scrap_rate", _("Scrap rate"), share(totals.scrap, totals.ordered), Kind.PERCENT, "",
               _("scrap ÷ ordered")),
        Figure("with_scrap", _("Orders with scrap"), Decimal(totals.with_scrap), Kind.QUANTITY),
        Figure("uneven", _("Ended with another quantity than ordered"), Decimal(totals.uneven), Kind.QUANTITY),
    ]  # fmt: skip
    return Content(
        title=_("History of the old system"),
        subtitle=line.name if code else _("all lines"),
        site=site.code,
        site_name=site.name,
        zone=site.time_zone,
        line=code,
        parts=(
            Note(_("All figures are the old system’s word: here nothing was booked, and no time was taken for them.")),
            Figures("sums", _("Orders that were ended in the old system"), figures),
            Bars("pareto", _("Scrap by reason, the most first"), _bars(reasons), Kind.QUANTITY),
            _reasons(reasons),
            _items(items, ordered),
        ),
    )


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """A part in percent, to six digits, so that rates of a few in a million are told apart; None of nothing."""
    return (100 * part / whole).quantize(Decimal("0.000001")) if whole else None


def _bars(losses: list[PastLoss]) -> list[tuple[str, Decimal]]:
    return [(one.name or _("No reason given"), one.quantity) for one in losses[:MOST_BARS]]


def _reasons(losses: list[PastLoss]) -> Table:
    whole = sum((one.quantity for one in losses), Decimal(0))
    columns = [
        Column("code", _("Code")),
        Column("reason", _("Reason")),
        Column("rows", _("Orders and entries"), Kind.QUANTITY),
        Column("quantity", _("Scrap"), Kind.QUANTITY),
        Column("share", _("Of all scrap"), Kind.PERCENT),
    ]
    rows: list[list[Value]] = [
        [one.code, one.name or _("No reason given"), Decimal(one.rows), one.quantity, share(one.quantity, whole)]
        for one in losses
    ]
    total: list[Value] = [_("Sum"), "", Decimal(sum(one.rows for one in losses)), whole, None]
    return Table("reasons", _("Scrap by reason"), columns, rows, total if rows else None, _("Nothing was scrapped."))


def _items(losses: list[PastLoss], ordered: Mapping[str, Decimal]) -> Table:
    columns = [
        Column("item", _("Item")),
        Column("name", _("Name")),
        Column("ordered", _("Ordered"), Kind.QUANTITY),
        Column("scrap", _("Scrap"), Kind.QUANTITY),
        Column("rate", _("Scrap rate"), Kind.PERCENT),
    ]
    rows: list[list[Value]] = [
        [one.code, one.name, of, one.quantity, share(one.quantity, of)]
        for one in losses[:MOST_ITEMS]
        if (of := ordered.get(one.code, Decimal(0))) is not None
    ]
    return Table("items", _("Scrap by item, the most first"), columns, rows, None, _("Nothing was scrapped."))
