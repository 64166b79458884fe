"""The report of one order: its steps planned and done, pieces, lots, losses, stops, working time, and its cost."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.people.models import User
from factory_core.reporting.content import Bars, Column, Content, Figure, Figures, Kind, Note, Part, Table, Value
from inventory.lots.models import Lot
from production.downtime.queries import downtimes_in
from production.labour.queries.hours import hours_of_operations
from production.labour.states import LabourKind
from production.materials.queries.booked import lots_made, lots_used
from production.materials.queries.rows import issued_of
from production.orders.models import OrderOperation, OrderRun, ProductionOrder
from production.orders.queries import counts_of_operations, counts_of_orders, order_or_missing
from production.orders.states import OrderStatus
from production.reports.queries.cost import cost_parts
from production.reports.queries.pieces import kind_name, losses_of_order
from production.reports.queries.stops import ZERO, inside, seconds_between

LABOUR = "production.labour.view"


def build_order(actor: User, parameters: Mapping[str, str], at: datetime) -> Content:
    """Everything about one order until a moment. Raises NoSuchOrderPage for an order the asker may not see."""
    order = order_or_missing(actor, parameters["order"])
    steps = list(order.operations.select_related("machine", "work_centre").order_by("number"))
    site = order.line.area.site
    runs = list(
        OrderRun.objects.filter(order=order, started_at__lt=at).select_related("machine").order_by("started_at", "id")
    )
    parts: list[Part] = [
        _head(order, steps, runs, at),
        _steps(order, steps, runs, at),
        *_stops(order, runs, at),
        _losses(order, at),
        _material(order, at),
        _lots_in(order),
        _lots_out(order),
        _labour(steps, at),
        *cost_parts(actor, order, at),
    ]
    late = [*_past(order), *_lateness(order, at)]
    return Content(
        title=_("Order report"),
        subtitle=f"{order.number} · {order.item_text}",
        site=site.code,
        site_name=site.name,
        zone=site.time_zone,
        line=order.line.code,
        parts=(*late, *parts),
    )


def _past(order: ProductionOrder) -> list[Part]:
    if order.past_good is None:
        return []
    return [Note(_("It was ended in the old system; good and scrap are that system’s word."))]


def _head(order: ProductionOrder, steps: list[OrderOperation], runs: list[OrderRun], at: datetime) -> Part:
    counts = counts_of_orders([order], at)[order.pk]
    produced = counts.good + counts.scrap + counts.rework
    return Figures(
        "head",
        _("The order"),
        [
            Figure("wanted", _("Wanted"), order.quantity, Kind.QUANTITY, order.unit),
            Figure("good", _("Good"), counts.good, Kind.QUANTITY, order.unit),
            Figure("scrap", _("Scrap"), counts.scrap, Kind.QUANTITY, order.unit),
            Figure("rework", _("Rework"), counts.rework, Kind.QUANTITY, order.unit),
            Figure("scrap_ratio", _("Scrap ratio"), _share(counts.scrap, produced), Kind.PERCENT, "", "SQ ÷ PQ"),
            Figure("due", _("Due"), order.due_at, Kind.TIME),
            Figure("began", _("Begun"), runs[0].started_at if runs else None, Kind.TIME),
            Figure("finished", _("Finished"), _finished(order, at), Kind.TIME),
        ],
    )


def _finished(order: ProductionOrder, at: datetime) -> datetime | None:
    return order.finished_at if order.finished_at and order.finished_at <= at else None


def _lateness(order: ProductionOrder, at: datetime) -> list[Part]:
    finished = _finished(order, at)
    if order.due_at is None or order.status == OrderStatus.CANCELLED or (finished or at) <= order.due_at:
        return []
    late = seconds_between(order.due_at, finished or at)
    hours = (late / 3600).quantize(Decimal("0.1"))
    said = _("Finished %(hours)s hours after it was due.") if finished else _("%(hours)s hours late and not finished.")
    return [Note(said % {"hours": hours}, is_finding=True)]


def _steps(order: ProductionOrder, steps: list[OrderOperation], runs: list[OrderRun], at: datetime) -> Part:
    ran: dict[int, Decimal] = defaultdict(Decimal)
    for run in runs:
        ran[run.operation_id] += seconds_between(run.started_at, min(run.ended_at or at, at))
    counts = counts_of_operations(steps, at)
    columns = [
        Column("number", _("No.")),
        Column("name", _("Step")),
        Column("where", _("Machine")),
        Column("planned", _("Planned time"), Kind.DURATION),
        Column("ran", _("On the machine"), Kind.DURATION),
        Column("into", _("In"), Kind.QUANTITY, order.unit),
        Column("good", _("Good"), Kind.QUANTITY, order.unit),
        Column("scrap", _("Scrap"), Kind.QUANTITY, order.unit),
        Column("rework", _("Rework"), Kind.QUANTITY, order.unit),
    ]
    rows: list[list[Value]] = []
    for step in steps:
        made = counts[step.pk]
        where = step.machine.name if step.machine else step.work_centre.name if step.work_centre else ""
        planned = step.setup_s + step.run_s * step.quantity
        told: list[Value] = [str(step.number), step.name, where, planned, ran.get(step.pk, ZERO)]
        rows.append([*told, step.quantity, made.good, made.scrap, made.rework])
    total: list[Value] = [_("Sum"), "", "", _sum(rows, 3), _sum(rows, 4), None, None, _sum(rows, 7), _sum(rows, 8)]
    return Table("steps", _("Steps"), columns, rows, total if rows else None, _("The order has no steps."))


def _stops(order: ProductionOrder, runs: list[OrderRun], at: datetime) -> list[Part]:
    rows: list[list[Value]] = []
    sums: dict[str, Decimal] = defaultdict(Decimal)
    machines = sorted({run.machine_id for run in runs})
    if runs:
        stops = list(downtimes_in(machines, runs[0].started_at, at))
        for run in runs:
            end = min(run.ended_at or at, at)
            for stop in (one for one in stops if one.machine_id == run.machine_id):
                seconds = inside(stop, run.started_at, end, at)
                if not seconds:
                    continue
                why = stop.reason.name if stop.reason else _("Short stops") if stop.is_micro else _("No reason given")
                sums[why] += seconds
                if not stop.is_micro:
                    rows.append([run.machine.name, max(stop.started_at, run.started_at), seconds, why, stop.note])
    columns = [
        Column("machine", _("Machine")),
        Column("began", _("Began"), Kind.TIME),
        Column("length", _("Length"), Kind.DURATION),
        Column("why", _("Reason")),
        Column("note", _("Note")),
    ]
    bars = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    return [
        Bars("stops", _("Stops while the order ran, by reason"), bars),
        Table("stop-rows", _("Stops longer than the limit"), columns, rows, empty=_("None.")),
    ]


def _losses(order: ProductionOrder, at: datetime) -> Part:
    columns = [Column("kind", _("Kind")), Column("reason", _("Reason")), _quantity("quantity", _("Pieces"), order.unit)]
    rows: list[list[Value]] = [[kind_name(one.kind), one.reason, one.quantity] for one in losses_of_order(order, at)]
    return Table("losses", _("Scrap and rework people reported"), columns, rows, empty=_("None."))


def _material(order: ProductionOrder, at: datetime) -> Part:
    columns = [
        Column("item", _("Item")),
        Column("name", _("Name")),
        Column("unit", _("Unit")),
        Column("needed", _("Needed"), Kind.QUANTITY),
        Column("used", _("Used"), Kind.QUANTITY),
        Column("difference", _("More than needed"), Kind.QUANTITY),
    ]
    rows: list[list[Value]] = []
    for one in issued_of(order, at):
        item = one.material.item
        rows.append([item.number, item.name, item.unit.code, one.needed, one.used, one.used - one.needed])
    return Table("material", _("Material"), columns, rows, empty=_("The order uses no material."))


def _lots_in(order: ProductionOrder) -> Part:
    return Table("lots-in", _("Lots used"), _lot_columns(), _lot_rows(lots_used(order)), empty=_("None."))


def _lots_out(order: ProductionOrder) -> Part:
    return Table("lots-out", _("Lots made"), _lot_columns(), _lot_rows(lots_made(order)), empty=_("None."))


def _lot_columns() -> list[Column]:
    named = [("lot", _("Lot")), ("item", _("Item")), ("name", _("Name")), ("unit", _("Unit"))]
    return [*(Column(key, label) for key, label in named), Column("quantity", _("Quantity"), Kind.QUANTITY)]


def _lot_rows(lots: Mapping[Lot, Decimal]) -> list[list[Value]]:
    return [[lot.number, lot.item.number, lot.item.name, lot.item.unit.code, net] for lot, net in lots.items()]


def _labour(steps: list[OrderOperation], at: datetime) -> Part:
    """Working time by step and kind, as the rule of each step counts it; of people only how many they were."""
    hours = hours_of_operations([step.pk for step in steps], at)
    columns = [
        Column("number", _("No.")),
        Column("name", _("Step")),
        Column("kind", _("Kind")),
        Column("people", _("People"), Kind.QUANTITY),
        Column("seconds", _("Working time"), Kind.DURATION),
    ]
    rows: list[list[Value]] = []
    for step in steps:
        worked = hours.get(step.pk)
        for kind, seconds in sorted(worked.seconds.items()) if worked else ():
            people = sum(1 for kinds in worked.persons.values() if kind in kinds) if worked else 0
            rows.append([str(step.number), step.name, _labour_word(kind), Decimal(people), seconds])
    total: list[Value] = [_("Sum"), "", "", None, _sum(rows, 4)]
    empty = _("Nobody recorded working time.")
    return Table("labour", _("Working time"), columns, rows, total if rows else None, empty, needs=LABOUR)


def _labour_word(kind: str) -> str:
    return {LabourKind.SETUP: _("set-up"), LabourKind.RUN: _("running"), LabourKind.REWORK: _("rework")}[
        LabourKind(kind)
    ]


def _quantity(key: str, label: str, unit: str) -> Column:
    return Column(key, label, Kind.QUANTITY, unit)


def _sum(rows: list[list[Value]], place: int) -> Decimal:
    numbers = (row[place] for row in rows)
    return sum((number for number in numbers if isinstance(number, Decimal)), ZERO)


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return (100 * part / whole).quantize(Decimal("0.001")) if whole else None
