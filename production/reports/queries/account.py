"""Time accounts summed for reports: of one shift as the data tell it, of a period as it was kept."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from factory_core.calendar.rules import ShiftWindow
from factory_core.plant.models import Line, Machine
from factory_core.reporting.content import Column, Figure, Figures, Kind, Note, Part, Table, Value
from production.oee.models import AccountSlice, ShiftAccount
from production.oee.queries.accounts import breaks_of
from production.oee.queries.inputs import told_now
from production.oee.rules.figures import Sums, figures_of, total
from production.oee.rules.rows import Made, Row
from production.oee.states import RuleSet, TimeClass

FIELDS = {
    TimeClass.PRODUCING: "producing_s",
    TimeClass.MICRO_STOP: "micro_s",
    TimeClass.UNPLANNED_STOP: "unplanned_s",
    TimeClass.PLANNED_STOP: "planned_s",
    TimeClass.SETUP: "setup_s",
    TimeClass.NO_ORDER: "no_order_s",
    TimeClass.NO_SHIFT: "no_shift_s",
    TimeClass.NO_DATA: "no_data_s",
}
# In the order in which a row takes them.
_SUMMED = (
    "seconds", "stops", "unexplained", "good", "scrap", "rework", "ideal_s", "produced_with_ideal", "energy_kwh",
)  # fmt: skip


def class_names() -> dict[TimeClass, str]:
    """The words of the classes, in the order in which they are shown."""
    return {
        TimeClass.PRODUCING: _("Producing"),
        TimeClass.SETUP: _("Set-up"),
        TimeClass.MICRO_STOP: _("Short stops"),
        TimeClass.UNPLANNED_STOP: _("Unplanned stops"),
        TimeClass.PLANNED_STOP: _("Planned stops"),
        TimeClass.NO_ORDER: _("No order"),
        TimeClass.NO_DATA: _("No data"),
        TimeClass.NO_SHIFT: _("No shift"),
    }


def rule_set_names() -> dict[RuleSet, str]:
    """What the rule sets are called."""
    return {
        RuleSet.ISO22400: _("ISO 22400"),
        RuleSet.PLANNED_COUNT: _("planned stops count as a loss"),
        RuleSet.ODOO: _("Odoo style"),
    }


def shift_rows(machine: Machine, windows: Sequence[tuple[ShiftWindow, bool]], at: datetime) -> list[Row]:
    """The account of a machine over windows (with whether each is a shift), as far as they have passed."""
    rows: list[Row] = []
    for window, is_shift in windows:
        end = min(window.ended_at, at)
        if end > window.started_at:
            period = (window.started_at, end)
            rows += told_now(machine, period, window.breaks, at, is_shift=is_shift).rows
    return rows


def period_rows(machines: Sequence[Machine], first: date, last: date, at: datetime) -> dict[int, list[Row]]:
    """The accounts of machines over days, by machine: ended ones as kept, the one that ran at `at` as far as it was.

    Later on, a report for the same moment comes to the same: what ended after `at` is cut there again.
    """
    keys = [machine.pk for machine in machines]
    rows: dict[int, list[Row]] = defaultdict(list)
    kept = AccountSlice.objects.filter(machine__among=keys, on__gte=first, on__lte=last, account__ended_at__lte=at)
    grouped = kept.order_by().values_list("machine_id", "time_class", "reason_id", "order_id", "item_id")
    summed = grouped.annotate(**{f"sum_{name}": Sum(name) for name in _SUMMED})
    for machine_id, time_class, reason_id, order_id, item_id, *sums in summed:
        seconds, stops, unexplained, good, scrap, rework, ideal_s, with_ideal, energy_kwh = sums
        made = Made(good, scrap, rework, ideal_s, with_ideal)
        key = (TimeClass(time_class), reason_id, order_id, item_id)
        rows[machine_id].append(Row(*key, seconds, stops, unexplained, made, energy_kwh))
    running = ShiftAccount.objects.filter(machine__among=keys, on__gte=first, on__lte=last, started_at__lt=at)
    for account in running.filter(ended_at__gt=at).select_related("machine__line__area__site"):
        told = told_now(account.machine, (account.started_at, at), breaks_of(account), at, is_shift=account.is_shift)
        rows[account.machine_id] += told.rows
    return rows


def sums_of(rows: Iterable[Row]) -> Sums:
    """Rows of accounts as the sums every figure is made of."""
    found = Sums()
    for row in rows:
        outside = row.time_class == TimeClass.NO_SHIFT
        producing = row.time_class == TimeClass.PRODUCING
        stop = row.time_class in (TimeClass.MICRO_STOP, TimeClass.UNPLANNED_STOP, TimeClass.PLANNED_STOP)
        made = Made() if outside else row.made
        named: dict[str, Decimal] = {FIELDS[row.time_class]: row.seconds}
        found += Sums(
            **named,
            planned_named_s=row.seconds if row.time_class == TimeClass.PLANNED_STOP and row.reason_id else Decimal(0),
            ideal_base_s=row.seconds if producing and row.order_id is not None else Decimal(0),
            ideal_s=made.ideal_s,
            produced=made.produced,
            produced_with_ideal=made.produced_with_ideal,
            good=made.good,
            scrap=made.scrap,
            rework=made.rework,
            produced_outside=row.made.produced if outside else Decimal(0),
            stops=row.stops if stop else 0,
            micro_stops=row.stops if row.time_class == TimeClass.MICRO_STOP else 0,
            unexplained=row.unexplained,
            energy_kwh=row.energy_kwh,
            idle_energy_kwh=None if producing else row.energy_kwh,
        )
    return found


def figures_part(sums: Sums, rule_set: RuleSet) -> Part:
    """OEE and what it is made of, the rule set named, the formula beside each figure."""
    figures = figures_of(sums, rule_set)
    words = {
        "oee": _("OEE"),
        "availability": _("Availability"),
        "effectiveness": _("Effectiveness"),
        "quality": _("Quality ratio"),
        "scrap_ratio": _("Scrap ratio"),
    }
    items = [
        Figure(key, label, _percent(figures.value(key)), Kind.PERCENT, "", figures[key].formula)
        for key, label in words.items()
    ]
    pieces = [("good", _("Good"), sums.good), ("scrap", _("Scrap"), sums.scrap), ("rework", _("Rework"), sums.rework)]
    items += [Figure(key, label, value, Kind.QUANTITY) for key, label, value in pieces]
    items.append(Figure("stops", _("Stops"), Decimal(sums.stops), Kind.QUANTITY))
    items.append(Figure("unexplained", _("Stops without a reason"), Decimal(sums.unexplained), Kind.QUANTITY))
    if sums.energy_kwh is not None:
        items.append(Figure("energy", _("Energy"), sums.energy_kwh, Kind.QUANTITY, "kWh"))
    return Figures("figures", _("Figures by the rule set: %(name)s") % {"name": rule_set_names()[rule_set]}, items)


def findings_of(sums: Sums, rule_set: RuleSet) -> list[Part]:
    """What wants a look about the figures, in sentences."""
    words = {
        "ideal_too_long": _("Machines ran faster than their ideal cycles say: put the ideal cycles right."),
        "pieces_without_ideal": _("Some pieces have no ideal cycle and are not in the effectiveness."),
        "time_unknown": _("Of some time inside the shifts nobody knows what the machines did."),
        "stops_unexplained": _("Some stops longer than the limit have no reason."),
        "made_outside_shifts": _("Pieces were made outside the shifts; they are in no figure of a shift."),
    }
    return [Note(words[one], is_finding=True) for one in figures_of(sums, rule_set).findings if one in words]


def account_table(sums: dict[str, Sums]) -> Table:
    """The time account by machine name: every second in one class; the last column is the whole."""
    names = class_names()
    used = [one for one in names if any(getattr(sum_, FIELDS[one]) for sum_ in sums.values())]
    columns = [Column("machine", _("Machine"))]
    columns += [Column(one.value, names[one], Kind.DURATION) for one in used]
    columns.append(Column("whole", _("Together"), Kind.DURATION))

    def row(name: str, one: Sums) -> list[Value]:
        return [name, *(getattr(one, FIELDS[kind]) for kind in used), one.calendar_s]

    rows = [row(name, one) for name, one in sums.items()]
    last = row(_("Sum"), total(sums.values())) if len(sums) > 1 else None
    return Table("account", _("Time account"), columns, rows, last, _("No machine to show."))


def machine_figures(sums: dict[str, Sums], rule_set: RuleSet) -> Table:
    """The figures of each machine; the group's come from its sums, never from a mean of percentages."""
    columns = [
        Column("machine", _("Machine")),
        Column("oee", _("OEE"), Kind.PERCENT),
        Column("availability", _("Availability"), Kind.PERCENT),
        Column("effectiveness", _("Effectiveness"), Kind.PERCENT),
        Column("quality", _("Quality ratio"), Kind.PERCENT),
        Column("good", _("Good"), Kind.QUANTITY),
        Column("scrap", _("Scrap"), Kind.QUANTITY),
    ]

    def row(name: str, one: Sums) -> list[Value]:
        figures = figures_of(one, rule_set)
        shares = [_percent(figures.value(key)) for key in ("oee", "availability", "effectiveness", "quality")]
        return [name, *shares, one.good, one.scrap]

    rows = [row(name, one) for name, one in sums.items()]
    last = row(_("Together"), total(sums.values())) if len(sums) > 1 else None
    return Table("figures-by-machine", _("Figures by machine"), columns, rows, last, _("No machine to show."))


def machines_of(line: Line) -> list[Machine]:
    """The machines in use of a line in flow order."""
    return list(line.machines.filter(is_active=True).select_related("line__area__site").order_by("position", "code"))


def _percent(share: Decimal | None) -> Decimal | None:
    return None if share is None else (100 * share).quantize(Decimal("0.001"))
