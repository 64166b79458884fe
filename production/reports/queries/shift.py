"""The report of one shift of one line: time account, pieces by order, stops by reason, losses, calls, open points."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from factory_core.calendar.rules import ShiftWindow
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine
from factory_core.reporting.content import Bars, Column, Content, Kind, Note, Part, Table, Value
from factory_core.reporting.parameters import WHOLE_DAY, day_window, shifts_on, window_of
from production.downtime.queries import stops_to_explain
from production.downtime.queries.corrections import proposed_on
from production.oee.queries.accounts import targets_of
from production.oee.rules.figures import total
from production.oee.rules.rows import Made, Row
from production.oee.states import RuleSet
from production.orders.models import ProductionOrder
from production.reports.queries.account import (
    account_table,
    figures_part,
    findings_of,
    machine_figures,
    machines_of,
    shift_account,
)
from production.reports.queries.pieces import kind_name, losses_of_machines
from production.reports.queries.stops import ReasonSum, inside, stops_by_reason
from production.shopfloor.models import HelpCall
from production.shopfloor.queries.calls import KIND_NAMES


def build_shift(actor: User, parameters: Mapping[str, str], at: datetime) -> Content:
    """Everything about one shift of a line, as far as it has passed at `at`."""
    line = Line.objects.select_related("area__site").get(code=parameters["line"])
    on = date.fromisoformat(parameters["on"])
    site, name, windows = line.area.site, "", _windows(line, on, parameters["shift"])
    name = ", ".join(window.name for window, _is_shift in windows if window.name) or _("whole day")
    machines = machines_of(line)
    accounts = {machine: shift_account(machine, windows, at) for machine in machines}
    sums = {machine.name: found for machine, (found, _rows) in accounts.items()}
    whole, rule_set = total(sums.values()), RuleSet(targets_of(site.pk).rule_set)
    start, end = windows[0][0].started_at, min(windows[-1][0].ended_at, at)
    keys = [machine.pk for machine in machines]
    stops = stops_by_reason(keys, start, end, at)
    parts: list[Part] = [
        *([Note(_("The shift still runs: figures up to now."))] if at < windows[-1][0].ended_at else []),
        figures_part(whole, rule_set),
        *findings_of(whole, rule_set),
        machine_figures(sums, rule_set),
        account_table(sums),
        pieces_by_order([row for _sums, rows in accounts.values() for row in rows]),
        Bars("stops", _("Stops by reason"), [(one.name, one.seconds) for one in stops]),
        reasons_table(stops),
        losses_table(keys, start, end),
        _calls(machines, start, end, at),
        _open_points(machines, start, end, at),
    ]
    return Content(
        title=_("Shift report"),
        subtitle=f"{line.name} · {name} · {date_format(on, 'SHORT_DATE_FORMAT')}",
        site=site.code,
        site_name=site.name,
        zone=site.time_zone,
        line=line.code,
        parts=tuple(parts),
    )


def _windows(line: Line, on: date, key: str) -> list[tuple[ShiftWindow, bool]]:
    """The shift asked for; of a whole day all its shifts, or the local day where it has none."""
    if key != WHOLE_DAY:
        window = window_of(line, on, key)
        return [(window, True)] if window else []
    shifts = [(window, True) for window in shifts_on(line, on)]
    has_shifts = line.shifts.exists() or line.area.site.shifts.filter(line=None).exists()
    return shifts or [(day_window(line.area.site, on), not has_shifts)]


def pieces_by_order(rows: Sequence[Row]) -> Table:
    """Made, scrap and rework by order, in each order's unit."""
    made: dict[int | None, Made] = defaultdict(Made)
    for row in rows:
        if row.made != Made():
            made[row.order_id] += row.made
    orders = ProductionOrder.objects.in_bulk([key for key in made if key is not None])
    columns = [
        Column("order", _("Order")),
        Column("item", _("Item")),
        Column("unit", _("Unit")),
        Column("produced", _("Produced"), Kind.QUANTITY),
        Column("good", _("Good"), Kind.QUANTITY),
        Column("scrap", _("Scrap"), Kind.QUANTITY),
        Column("rework", _("Rework"), Kind.QUANTITY),
    ]
    told: list[list[Value]] = []
    for key in sorted(made, key=lambda one: (one is None, one or 0)):
        order, one = orders.get(key) if key is not None else None, made[key]
        head = [order.number, order.item_text, order.unit] if order else [_("without an order"), "", ""]
        told.append([*head, one.produced, one.good, one.scrap, one.rework])
    return Table("orders", _("Made by order"), columns, told, empty=_("Nothing was counted."))


def reasons_table(stops: Sequence[ReasonSum]) -> Table:
    """The stops by reason with how often they were, and where the most time went."""
    columns = [
        Column("reason", _("Reason")),
        Column("category", _("Category")),
        Column("kind", _("Kind")),
        Column("stops", _("How often"), Kind.QUANTITY),
        Column("seconds", _("How long"), Kind.DURATION),
        Column("each", _("On average"), Kind.DURATION),
        Column("worst", _("Most of it at")),
    ]
    rows: list[list[Value]] = [
        [
            one.name,
            one.category,
            _("planned") if one.is_planned else _("not planned"),
            Decimal(one.stops),
            one.seconds,
            (one.seconds / one.stops).quantize(Decimal("0.001")),
            one.worst,
        ]
        for one in stops
    ]
    lost = sum((one.seconds for one in stops), Decimal(0))
    often = sum(one.stops for one in stops)
    last: list[Value] = [_("Sum"), "", "", Decimal(often), lost, None, ""]
    return Table("reasons", _("Stops"), columns, rows, last if rows else None, _("No stop."))


def losses_table(keys: Sequence[int], start: datetime, end: datetime) -> Table:
    """Scrap and rework that people reported, by reason."""
    columns = [
        Column("kind", _("Kind")),
        Column("reason", _("Reason")),
        Column("quantity", _("Pieces"), Kind.QUANTITY),
    ]
    found = losses_of_machines(keys, start, end)
    rows: list[list[Value]] = [[kind_name(one.kind), one.reason, one.quantity] for one in found]
    return Table("losses", _("Scrap and rework people reported"), columns, rows, empty=_("None."))


def _calls(machines: Sequence[Machine], start: datetime, end: datetime, at: datetime) -> Table:
    rows = HelpCall.objects.filter(machine__in=list(machines), at__gte=start, at__lt=end)
    columns = [
        Column("at", _("Called at"), Kind.TIME),
        Column("machine", _("Machine")),
        Column("kind", _("Who should come")),
        Column("waited", _("Waited"), Kind.DURATION),
        Column("by", _("Answered by")),
    ]
    told: list[list[Value]] = []
    for call in rows.select_related("machine", "answered_by").order_by("at", "id"):
        answered = call.answered_at if call.answered_at and call.answered_at <= at else None
        waited = Decimal(str(((answered or at) - call.at).total_seconds())).quantize(Decimal("0.001"))
        by = call.answered_by.name if call.answered_by and answered else _("still waiting")
        told.append([call.at, call.machine.name, str(KIND_NAMES[call.kind]), waited, by])
    return Table("calls", _("Calls for help"), columns, told, empty=_("None."))


def _open_points(machines: Sequence[Machine], start: datetime, end: datetime, at: datetime) -> Table:
    columns = [
        Column("what", _("What")),
        Column("machine", _("Machine")),
        Column("since", _("Since"), Kind.TIME),
        Column("length", _("Length"), Kind.DURATION),
    ]
    keys = [machine.pk for machine in machines]
    rows: list[list[Value]] = [
        [_("stop without a reason"), stop.machine.name, stop.started_at, inside(stop, start, end, at)]
        for stop in stops_to_explain(keys, start, end)
    ]
    rows += [
        [_("correction by late data to decide"), one.machine.name, one.downtime.started_at, None]
        for one in proposed_on(keys)
        if start <= one.downtime.started_at < end
    ]
    return Table("open", _("Open points"), columns, rows, empty=_("None."))
