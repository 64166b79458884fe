"""Today as a report: the answers of one moment, kept."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from factory_core.people.models import User
from factory_core.reporting.content import Content, Figure, Figures
from production.reports.queries.loss import NoMachines
from production.reports.queries.today import Day, answers


def build_today(actor: User, parameters: Mapping[str, str], at: datetime) -> Content:
    """Question, answer and detail of each row. Raises NoMachines."""
    day = Day(actor, at, parameters.get("line", ""))
    lines = list(day.lines.values())
    if not lines:
        raise NoMachines(_("There is no machine of which you may make reports. Choose another line."))
    site = lines[0].area.site
    line = lines[0] if parameters.get("line") else None
    items = [Figure(one.key, one.question, one.answer, detail=one.detail, needs=one.needs) for one in answers(day)]
    when = date_format(at.astimezone(site.zone), "SHORT_DATETIME_FORMAT")
    return Content(
        title=_("Today"),
        subtitle=f"{line.name if line else _('all lines')} · {when}",
        site=site.code,
        site_name=site.name,
        zone=site.time_zone,
        line=line.code if line else "",
        parts=(Figures("answers", _("Answers"), items),),
    )
