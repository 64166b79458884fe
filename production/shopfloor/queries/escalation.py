"""Chains of escalation: who hears of a call that nobody answered."""

from datetime import datetime

from django.db.models import Q

from production.shopfloor.models import EscalationStep, HelpCall
from production.shopfloor.rules.escalation import Step, reached


def steps_reached(call: HelpCall, at: datetime) -> list[Step]:
    """The steps of the call's chain whose time has come; a chain of the line stands instead of the site's."""
    line = call.machine.line
    rows = EscalationStep.objects.filter(Q(line=None) | Q(line=line), site_id=line.area.site_id, kind=call.kind)
    steps = list(rows)
    chain = [row for row in steps if row.line_id is not None] or steps
    return reached([Step(row.step, row.after_minutes, row.role) for row in chain], call.at, at)


def unanswered_calls() -> list[int]:
    """The calls that wait for somebody, the longest waiting first."""
    return list(HelpCall.objects.filter(answered_at=None).order_by("at", "id").values_list("pk", flat=True))
