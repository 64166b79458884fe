"""What Today only counts: how many there are of each kind and what is told of them, all in one question."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Max, Min, QuerySet, Subquery, Sum, TextField, Value
from django.db.models.functions import Cast, JSONObject

from factory_core.access.policy import may, visible
from factory_core.calendar.rules import ShiftWindow
from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.reporting.parameters import day_window
from inventory.sales.queries import open_call_offs, open_lines
from production.downtime.models import DowntimeCorrection
from production.downtime.queries import stops_to_explain
from production.downtime.states import CorrectionStatus
from production.oee.models import OeeTargets
from production.orders.models import ProductionOrder
from production.orders.states import OPEN
from production.promises.queries.pages import lines_at_risk, orders_at_risk
from production.promises.states import Risk
from production.reports.queries.cost import SEE, settled_between
from telemetry.states.models import StateInterval

SALES = "inventory.sales.view"


class Tally(NamedTuple):
    """How many rows, and aggregates over them by name as JSON has them: decimals as text, moments as ISO."""

    many: int
    told: dict[str, Any]


NONE = Tally(0, {})


class Asked(NamedTuple):
    """Rows to be counted, and what to tell of them: aggregates or subqueries by name."""

    key: str
    rows: QuerySet[Any]
    told: Mapping[str, Any] = {}


def tallies(asked: Sequence[Asked]) -> dict[str, Tally]:
    """The tallies of all that is asked, by key, in one query."""
    first, *rest = [
        one.rows.order_by()
        .annotate(tally=Value(one.key))
        .values("tally")
        .annotate(tallied=Count("pk"), told=JSONObject(**one.told))
        .values_list("tally", "tallied", "told")
        for one in asked
    ]
    return {key: Tally(many, told) for key, many, told in first.union(*rest, all=True)}


def tallies_of_day(
    actor: User, keys: Sequence[int], line_code: str, site: Site, window: ShiftWindow, at: datetime
) -> dict[str, Tally]:
    """What is only counted of a site's day on machines, as far as somebody may know it."""
    asked = list(_of_production(actor, keys, line_code, site, window, at))
    if may(actor, SALES):
        asked += _of_sales(actor, window)
    if may(actor, SEE):
        monday = day_window(site, window.on - timedelta(days=window.on.weekday())).started_at
        sums = {"planned": _exact(Sum("planned_total")), "actual": _exact(Sum("actual_total"))}
        asked.append(Asked("settled", settled_between(actor, monday, at, line_code), sums))
    return tallies(asked)


def _of_production(
    actor: User, keys: Sequence[int], line_code: str, site: Site, window: ShiftWindow, at: datetime
) -> Iterator[Asked]:
    late = visible(actor, ProductionOrder.objects.filter(status__in=OPEN, due_at__lt=at))
    coming = orders_at_risk(actor, [Risk.LATE]).filter(order__due_at__gte=at)
    if line_code:
        late, coming = late.filter(line__code=line_code), coming.filter(order__line__code=line_code)
    said = JSONObject(number="number", item="item_text", due="due_at")
    first = late.order_by("due_at", "id").annotate(said=said).values("said")[:1]
    yield Asked("late_orders", late, {"first": Subquery(first)})
    yield Asked("coming_orders", coming)
    yield Asked("to_explain", stops_to_explain(keys, window.started_at, at))
    proposed = DowntimeCorrection.objects.filter(machine__among=keys, status=CorrectionStatus.PROPOSED)
    yield Asked("to_correct", proposed)
    heard = StateInterval.objects.filter(machine__among=keys, ended_at=None).exclude(state="NO_DATA")
    yield Asked("heard", heard)
    yield Asked("targets", OeeTargets.objects.filter(site=site), {"scrap": _exact(Max("scrap_percent"))})


def _of_sales(actor: User, window: ShiftWindow) -> Iterator[Asked]:
    today = window.on
    yield Asked("late_lines", visible(actor, open_lines()).filter(due__lt=today), {"oldest": Min("due")})
    yield Asked("late_calls", visible(actor, open_call_offs()).filter(due__lt=today), {"oldest": Min("due")})
    yield Asked("coming_lines", lines_at_risk(actor, [Risk.LATE]).filter(promised_on__gte=today))


def _exact(aggregate: Any) -> Cast:
    return Cast(aggregate, TextField())
