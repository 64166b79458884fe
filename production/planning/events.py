"""What happens in planning, and how its words read."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from production.planning.states import PlanKind, RunStatus

PLANNED = EventType("planning.planned", _("Net requirements of {about[1]} were computed: {proposals} proposals"))
PLAN_FAILED = EventType("planning.failed", _("Net requirements of {about[1]} could not be computed: {reason}"))
FIRMED = EventType("planning.firmed", _("The proposal of {quantity} {unit} of {about[1]} became {about[0]}"))

KIND_WORDS = {PlanKind.MAKE: _("make"), PlanKind.BUY: _("buy")}
RUN_WORDS = {RunStatus.RUNNING: _("running"), RunStatus.DONE: _("done"), RunStatus.FAILED: _("failed")}
