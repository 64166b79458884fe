"""Dispatches as pages and the API show them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from inventory.dispatch.models import Dispatch, DispatchLine, Pick
from inventory.dispatch.queries.lines import LineProgress, already_planned, kept_for, progress_of
from inventory.dispatch.rules import is_late, walking_key
from inventory.dispatch.states import DispatchStatus
from inventory.sales.models import SalesOrder
from inventory.sales.queries import OpenRow, available_to_send, open_rows
from inventory.sales.rules import in_unit
from inventory.stock.models import Location, Reservation
from inventory.stock.queries.places import paths_of
from inventory.stock.states import LocationKind

SHOWN = {
    "picking": (DispatchStatus.PICKING,),
    "packed": (DispatchStatus.PACKED,),
    "underway": (DispatchStatus.DISPATCHED,),
    "delivered": (DispatchStatus.DELIVERED,),
    "cancelled": (DispatchStatus.CANCELLED,),
}


class NoSuchDispatchPage(Missing):
    """The dispatch does not exist, or the asker may not see it."""

    code = "no_such_dispatch"


@dataclass(frozen=True)
class DispatchRow:
    """A dispatch in a list: its lines, how many are picked whole, and whether it is late."""

    dispatch: Dispatch
    lines: int
    done: int
    late: bool


@dataclass(frozen=True)
class DueRow:
    """Something due that is on no dispatch yet; quantities in the line's unit."""

    open: OpenRow
    left: Decimal
    available: Decimal
    late: bool


@dataclass(frozen=True)
class Stop:
    """One stop on the way through the store: where, what, which lot, how much (base units)."""

    kept: Reservation
    line: DispatchLine
    path: str


def dispatch_or_missing(actor: User, number: str) -> Dispatch:
    """The dispatch of a number. Raises NoSuchDispatchPage."""
    rows = visible(actor, Dispatch.objects.select_related("customer", "site", "staging__site"))
    found = rows.filter(number=number).first()
    if found is None:
        raise NoSuchDispatchPage(_("There is no dispatch %(number)s that you may see.") % {"number": number[:30]})
    return found


def dispatches_seen(actor: User, *, show: str = "all", text: str = "") -> QuerySet[Dispatch]:
    """Dispatches the actor may see: what waits by the day planned, what left by when, newest first."""
    rows = visible(actor, Dispatch.objects.select_related("customer", "site", "staging"))
    if show in SHOWN:
        rows = rows.filter(status__in=SHOWN[show])
    if text:
        carries = DispatchLine.objects.filter(dispatch=OuterRef("pk"))
        rows = rows.filter(
            Q(number__istartswith=text)
            | Q(customer__name__icontains=text)
            | Q(tracking_number__istartswith=text)
            | Q(Exists(carries.filter(sales_line__order__number__istartswith=text)))
            | Q(Exists(carries.filter(item__number__istartswith=text)))
        )
    if show in ("picking", "packed"):
        return rows.order_by(F("planned_on").asc(nulls_last=True), "pk")
    return rows.order_by("-pk")


def rows_of(dispatches: Sequence[Dispatch], today: date) -> list[DispatchRow]:
    """The rows of a list, in one query however many."""
    lines: dict[int, list[LineProgress]] = defaultdict(list)
    for row in progress_of(DispatchLine.objects.filter(dispatch__among=[one.pk for one in dispatches])):
        lines[row.line.dispatch_id].append(row)
    return [
        DispatchRow(
            one, len(lines[one.pk]), sum(not row.need for row in lines[one.pk]),
            is_late(one.planned_on, today, one.status),
        )
        for one in dispatches
    ]  # fmt: skip


def dispatches_of(actor: User, order: SalesOrder) -> QuerySet[Dispatch]:
    """The dispatches that carry something of an order, the newest first."""
    return dispatches_seen(actor).filter(lines__sales_line__order=order).distinct()


def due_rows(
    actor: User, today: date, *, customer_id: int | None = None, text: str = "", until: date | None = None
) -> list[DueRow]:
    """What is due and on no dispatch yet, the most urgent first."""
    rows = open_rows(actor, customer_id=customer_id, text=text, until=until)
    planned = already_planned(row.line.pk for row in rows)
    shelf: dict[int, dict[int, Decimal]] = {}
    for site_id in {row.line.order.site_id for row in rows}:
        items = {row.line.item_id for row in rows if row.line.order.site_id == site_id}
        shelf[site_id] = available_to_send(items, site_id, today)
    found = []
    for row in rows:
        left = row.left_base - planned[row.line.pk, row.call_off.pk if row.call_off else None]
        if left > 0:
            factor, free = row.line.factor, shelf[row.line.order.site_id][row.line.item_id]
            found.append(DueRow(row, in_unit(left, factor), in_unit(free, factor), row.is_late(today)))
    return found


def due_by_customer(rows: Sequence[DueRow]) -> list[tuple[SalesOrder, list[DueRow]]]:
    """What one journey can take: same customer, address and site; the most urgent journey first."""
    groups: dict[tuple[int, int | None, int], list[DueRow]] = {}
    for row in rows:
        order = row.open.line.order
        groups.setdefault((order.customer_id, order.address_id, order.site_id), []).append(row)
    return [(group[0].open.line.order, group) for group in groups.values()]


def staging_places(actor: User, site_ids: Sequence[int]) -> QuerySet[Location]:
    """Where dispatches of these sites can be collected."""
    rows = Location.objects.filter(kind=LocationKind.STAGING, is_active=True, site__in=site_ids)
    return visible(actor, rows, "inventory.dispatch.pick").select_related("site").order_by("code")


def pallets_of(dispatch: Dispatch) -> list[Location]:
    """Pallets of the site that are at hand, by code."""
    rows = Location.objects.filter(kind=LocationKind.PALLET, is_active=True, site=dispatch.site)
    return list(rows.order_by("code")[:100])


def quarantines_of(dispatch: Dispatch) -> list[Location]:
    """Where what comes back is put."""
    rows = Location.objects.filter(kind=LocationKind.QUARANTINE, is_active=True, site=dispatch.site)
    return list(rows.select_related("site").order_by("code"))


def way_through(lines: Sequence[LineProgress]) -> list[Stop]:
    """The list to pick by, in walking order."""
    of_line = {row.line.pk: row.line for row in lines}
    kept = sorted(kept_for(of_line), key=lambda one: (walking_key(one.location.code), one.pk))
    paths = paths_of({one.location_id for one in kept})
    return [
        Stop(one, of_line[one.source_id], paths.get(one.location_id, one.location.name))
        for one in kept
        if one.source_id is not None
    ]


def picks_of(dispatch: Dispatch) -> list[Pick]:
    """What was picked and not put back, in the order of lines."""
    rows = Pick.objects.filter(line__dispatch=dispatch, taken_back=False)
    return list(
        rows.select_related(
            "line__item__unit", "line__sales_line__order", "line__sales_line__unit", "line__call_off", "lot",
            "location", "by",
        ).order_by("line_id", "pk")
    )  # fmt: skip


def pick_or_missing(dispatch: Dispatch, pick_id: int) -> Pick:
    """A pick of a dispatch that the asker was shown. Raises NoSuchDispatchPage."""
    found = Pick.objects.filter(line__dispatch=dispatch, pk=pick_id).select_related("line__item__unit").first()
    if found is None:
        raise NoSuchDispatchPage(_("%(dispatch)s has no such pick.") % {"dispatch": dispatch})
    return found


def line_or_missing(dispatch: Dispatch, line_id: int) -> DispatchLine:
    """A line of a dispatch that the asker was shown. Raises NoSuchDispatchPage."""
    found = dispatch.lines.filter(pk=line_id).first()
    if found is None:
        raise NoSuchDispatchPage(_("%(dispatch)s has no such line.") % {"dispatch": dispatch})
    return found


def with_lines() -> QuerySet[Dispatch]:
    """Dispatches with everything the API tells of them."""
    picks = Pick.objects.select_related("lot", "location").order_by("pk")
    lines = DispatchLine.objects.select_related("item__unit", "sales_line__order", "call_off").order_by("pk")
    return (
        Dispatch.objects.select_related("customer", "site", "staging")
        .prefetch_related(Prefetch("lines", lines.prefetch_related(Prefetch("picks", picks))))
        .order_by("-pk")
    )
