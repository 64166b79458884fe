"""The report of losses over a period: where the time went, stops, short stops, speed, what nobody explained."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Invalid
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine
from factory_core.reporting.content import Bars, Column, Content, Kind, Part, Table, Value
from factory_core.reporting.parameters import day_window
from production.oee.queries.accounts import targets_of
from production.oee.rules.figures import Sums, total
from production.oee.states import RuleSet
from production.reports.queries.account import (
    account_table,
    figures_part,
    findings_of,
    machine_figures,
    period_sums,
)
from production.reports.queries.shift import losses_table, reasons_table
from production.reports.queries.stops import stops_by_reason

MOST_BARS = 15
VIEW = "production.report.view"


class NoMachines(Invalid):
    """There is no machine of which a report could be made."""

    code = "no_machines_for_report"


def build_losses(actor: User, parameters: Mapping[str, str], at: datetime) -> Content:
    """What a period lost, of one line or of the whole site. Raises NoMachines."""
    machines = _machines(actor, parameters.get("line", ""))
    if not machines:
        raise NoMachines(_("There is no machine of which you may make reports. Choose another line."))
    site = machines[0].line.area.site
    machines = [machine for machine in machines if machine.line.area.site_id == site.pk]
    first, last = (date.fromisoformat(parameters[name]) for name in ("period_from", "period_until"))
    by_machine = period_sums(machines, first, last, at)
    sums = {machine.name: by_machine[machine.pk] for machine in machines}
    whole, rule_set = total(sums.values()), RuleSet(targets_of(site.pk).rule_set)
    start = day_window(site, first).started_at
    end = min(day_window(site, last + timedelta(days=1)).started_at, at)
    keys = [machine.pk for machine in machines]
    stops = stops_by_reason(keys, start, end, at) if end > start else []
    unplanned = [(one.name, one.seconds) for one in stops if not one.is_planned and one.seconds]
    parts: list[Part] = [
        figures_part(whole, rule_set),
        *findings_of(whole, rule_set),
        _losses(whole),
        Bars("pareto", _("Stops nobody planned, the longest first"), unplanned[:MOST_BARS]),
        reasons_table(stops),
        _by_machine(sums),
        machine_figures(sums, rule_set),
        account_table(sums),
        losses_table(keys, start, end),
    ]
    line = machines[0].line if parameters.get("line") else None
    days = f"{date_format(first, 'SHORT_DATE_FORMAT')} – {date_format(last, 'SHORT_DATE_FORMAT')}"
    return Content(
        title=_("Loss report"),
        subtitle=f"{line.name if line else _('all lines')} · {days}",
        site=site.code,
        site_name=site.name,
        zone=site.time_zone,
        line=line.code if line else "",
        parts=tuple(parts),
    )


def _machines(actor: User, line_code: str) -> list[Machine]:
    rows = visible(actor, Machine.objects.filter(is_active=True), VIEW).select_related("line__area__site")
    if line_code:
        rows = rows.filter(line=Line.objects.get(code=line_code))
    return list(rows.order_by("line__area__site__code", "line__code", "position", "code"))


def _losses(sums: Sums) -> Table:
    """The time of shifts that made nothing good, as hours and as a share of the time inside shifts."""
    quality = sums.ideal_s * (sums.scrap + sums.rework) / sums.produced if sums.produced else Decimal(0)
    speed = sums.speed_loss_s if sums.produced_with_ideal else Decimal(0)
    named = [
        (_("Unplanned stops"), sums.unplanned_s),
        (_("Short stops"), sums.micro_s),
        (_("Set-up"), sums.setup_s),
        (_("Speed: slower than the ideal cycles"), max(speed, Decimal(0))),
        (_("Scrap and rework, at ideal speed"), quality.quantize(Decimal("0.001"))),
        (_("Planned stops"), sums.planned_s),
        (_("No order"), sums.no_order_s),
        (_("Unknown: no data"), sums.no_data_s),
    ]
    columns = [
        Column("loss", _("Loss")),
        Column("seconds", _("How long"), Kind.DURATION),
        Column("share", _("Of the shift time"), Kind.PERCENT),
    ]
    base = sums.shift_s
    rows: list[list[Value]] = [
        [name, lost, (100 * lost / base).quantize(Decimal("0.001")) if base else None]
        for name, lost in sorted(named, key=lambda one: -one[1])
        if lost
    ]
    return Table("where", _("Where the time went"), columns, rows, empty=_("No time was lost."))


def _by_machine(sums: Mapping[str, Sums]) -> Table:
    columns = [
        Column("machine", _("Machine")),
        Column("stops", _("Stops"), Kind.QUANTITY),
        Column("micro", _("Short stops"), Kind.QUANTITY),
        Column("micro_s", _("Time of short stops"), Kind.DURATION),
        Column("unplanned", _("Unplanned stops"), Kind.DURATION),
        Column("speed", _("Speed loss"), Kind.DURATION),
        Column("unexplained", _("Without a reason"), Kind.QUANTITY),
    ]
    rows: list[list[Value]] = [
        [
            name,
            Decimal(one.stops),
            Decimal(one.micro_stops),
            one.micro_s,
            one.unplanned_s,
            one.speed_loss_s if one.produced_with_ideal else None,
            Decimal(one.unexplained),
        ]
        for name, one in sums.items()
    ]
    return Table("by-machine", _("Losses by machine"), columns, rows, empty=_("No machine to show."))
