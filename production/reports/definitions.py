"""The reports production offers."""

from django.utils.translation import gettext_lazy as _

from factory_core.reporting.definition import Parameter, ParameterKind, Report, offer_report
from production.reports.queries.loss import build_losses
from production.reports.queries.order import build_order
from production.reports.queries.past import build_past
from production.reports.queries.shift import build_shift
from production.reports.queries.snapshot import build_today

VIEW = "production.report.view"

REPORTS = (
    Report(
        "shift",
        _("Shift report"),
        _("One shift of a line: time account, OEE, pieces by order, stops by reason, calls, open points."),
        (
            Parameter("line", _("Line"), ParameterKind.LINE),
            Parameter("on", _("Day"), ParameterKind.DAY),
            Parameter("shift", _("Shift"), ParameterKind.SHIFT),
        ),
        VIEW,
        build_shift,
    ),
    Report(
        "losses",
        _("Loss report"),
        _("Where the time of a period went: Pareto of stops, short stops, speed, scrap, what nobody explained."),
        (
            Parameter("line", _("Line"), ParameterKind.LINE, required=False),
            Parameter("period", _("Period"), ParameterKind.PERIOD),
        ),
        VIEW,
        build_losses,
    ),
    Report(
        "order",
        _("Order report"),
        _("One order: steps planned and done, pieces, material and lots, scrap, stops, working time."),
        (Parameter("order", _("Order number"), ParameterKind.ORDER),),
        VIEW,
        build_order,
    ),
    Report(
        "past",
        _("History of the old system"),
        _("Orders that were ended in the old system: ordered, good, scrap by reason and by item."),
        (Parameter("line", _("Line"), ParameterKind.LINE, required=False),),
        VIEW,
        build_past,
    ),
    Report(
        "today",
        _("Today"),
        _("The questions of the owner's board and their answers at this moment."),
        (Parameter("line", _("Line"), ParameterKind.LINE, required=False),),
        VIEW,
        build_today,
    ),
)


def offer_reports() -> None:
    """Tell the floor about them (called when the app starts)."""
    for report in REPORTS:
        offer_report(report)
