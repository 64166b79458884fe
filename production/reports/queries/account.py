"""Time accounts summed for reports: of one shift as the data tell it, of a period as it was kept."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.calendar.rules import ShiftWindow
from factory_core.plant.models import Line, Machine
from factory_core.reporting.content import Column, Figure, Figures, Kind, Note, Part, Table, Value
from production.oee.models import ShiftAccount
from production.oee.panels import CLASSES, FINDINGS, NAMES, RULES
from production.oee.queries.inputs import told_now
from production.oee.queries.sums import cut, sums_of_accounts, sums_of_rows
from production.oee.rules.figures import Sums, figures_of, total
from production.oee.rules.rows import Row
from production.oee.states import RuleSet, TimeClass

FIELDS = {
    TimeClass.PRODUCING: "producing_s",
    TimeClass.SETUP: "setup_s",
    TimeClass.MICRO_STOP: "micro_s",
    TimeClass.UNPLANNED_STOP: "unplanned_s",
    TimeClass.PLANNED_STOP: "planned_s",
    TimeClass.NO_ORDER: "no_order_s",
    TimeClass.NO_DATA: "no_data_s",
    TimeClass.NO_SHIFT: "no_shift_s",
}
FACTORS = ("oee", "availability", "effectiveness", "quality")


def rule_set_name(rule_set: RuleSet) -> str:
    """What a rule set is called."""
    return str(RULES[rule_set][0])


def shift_account(
    machine: Machine, windows: Sequence[tuple[ShiftWindow, bool]], at: datetime
) -> tuple[Sums, list[Row]]:
    """The account of a machine over windows (with whether each is a shift), as far as they have passed."""
    sums, rows = Sums(), []
    for window, is_shift in windows:
        end = min(window.ended_at, at)
        if end > window.started_at:
            told = told_now(machine, (window.started_at, end), window.breaks, at, is_shift=is_shift)
            sums += sums_of_rows(told.rows, is_shift=is_shift)
            rows += told.rows
    return sums, rows


def period_sums(machines: Sequence[Machine], first: date, last: date, at: datetime) -> dict[int, Sums]:
    """The accounts of machines over days, by machine: ended ones as kept, the one that ran at `at` as far as it was.

    Later on, a report for the same moment comes to the same: what ended after `at` is cut there again.
    """
    keys = [machine.pk for machine in machines]
    accounts = ShiftAccount.objects.filter(machine__among=keys, on__gte=first, on__lte=last, started_at__lt=at)
    ended = accounts.filter(ended_at__lte=at).order_by().values_list("pk", flat=True)
    sums: dict[int, Sums] = sums_of_accounts(list(ended), "machine")
    for account in accounts.filter(ended_at__gt=at).select_related("machine__line__area__site"):
        sums[account.machine_id] = sums.get(account.machine_id, Sums()) + cut(account, account.started_at, at, at)
    return {key: sums.get(key, Sums()) for key in keys}


def figures_part(sums: Sums, rule_set: RuleSet) -> Part:
    """OEE and what it is made of, the rule set named, the formula beside each figure."""
    figures = figures_of(sums, rule_set)
    items = [
        Figure(key, str(NAMES[key]), _percent(figures.value(key)), Kind.PERCENT, "", figures[key].formula)
        for key in (*FACTORS, "scrap_ratio")
    ]
    pieces = [("good", _("Good"), sums.good), ("scrap", _("Scrap"), sums.scrap), ("rework", _("Rework"), sums.rework)]
    items += [Figure(key, label, value, Kind.QUANTITY) for key, label, value in pieces]
    items.append(Figure("stops", _("Stops"), Decimal(sums.stops), Kind.QUANTITY))
    items.append(Figure("unexplained", _("Stops without a reason"), Decimal(sums.unexplained), Kind.QUANTITY))
    if sums.energy_kwh is not None:
        items.append(Figure("energy", _("Energy"), sums.energy_kwh, Kind.QUANTITY, "kWh"))
    return Figures("figures", _("Figures by the rule set: %(name)s") % {"name": rule_set_name(rule_set)}, items)


def findings_of(sums: Sums, rule_set: RuleSet) -> list[Part]:
    """What wants a look about the figures, in sentences."""
    found = figures_of(sums, rule_set).findings
    return [Note(str(FINDINGS[one]), is_finding=True) for one in found]


def account_table(sums: dict[str, Sums]) -> Table:
    """The time account by machine name: every second in one class; the last column is the whole."""
    used = [one for one, name in FIELDS.items() if any(getattr(sum_, name) for sum_ in sums.values())]
    columns = [Column("machine", _("Machine"))]
    columns += [Column(one.value, str(CLASSES[one][0]), Kind.DURATION) for one in used]
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
        *(Column(key, str(NAMES[key]), Kind.PERCENT) for key in FACTORS),
        Column("good", _("Good"), Kind.QUANTITY),
        Column("scrap", _("Scrap"), Kind.QUANTITY),
    ]

    def row(name: str, one: Sums) -> list[Value]:
        figures = figures_of(one, rule_set)
        shares = [_percent(figures.value(key)) for key in FACTORS]
        return [name, *shares, one.good, one.scrap]

    rows = [row(name, one) for name, one in sums.items()]
    last = row(_("Together"), total(sums.values())) if len(sums) > 1 else None
    return Table("figures-by-machine", _("Figures by machine"), columns, rows, last, _("No machine to show."))


def machines_of(line: Line) -> list[Machine]:
    """The machines in use of a line in flow order."""
    return list(line.machines.filter(is_active=True).select_related("line__area__site").order_by("position", "code"))


def _percent(share: Decimal | None) -> Decimal | None:
    return None if share is None else (100 * share).quantize(Decimal("0.001"))
