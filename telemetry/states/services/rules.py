"""Acts on state rules. A rule is never edited: a new version takes over from a moment on."""

from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.clock import now
from factory_core.errors import Invalid, Refused
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Machine
from telemetry.readings.models import DirtyRange
from telemetry.states.events import STATE_RULE_SET
from telemetry.states.models import StateCheckpoint, StateRule
from telemetry.states.rules.definition import RuleMistake, read_definition


class UnusableRule(Invalid):
    """The definition has mistakes; ``errors`` has a sentence for each."""

    code = "unusable_rule"


class RuleAlreadyThere(Refused):
    """Another rule of the machine takes over at the very same moment."""

    code = "rule_already_there"


def set_state_rule(
    *, actor: User, machine: Machine, definition: dict[str, Any], valid_from: datetime, at: datetime | None = None
) -> StateRule:
    """Let ``definition`` decide the machine's states from ``valid_from`` on (a moment in the past is fine).

    What is derived from then on is derived again. Refuses: UnusableRule, RuleAlreadyThere, Forbidden.
    """
    require(actor, "telemetry.rule.edit", machine)
    moment = at or now()
    try:
        read_definition(definition)
    except RuleMistake as mistake:
        errors = [{"pointer": "/definition", "code": "unusable_rule", "sentence": s} for s in mistake.sentences]
        raise UnusableRule(str(mistake), errors=errors) from mistake
    # Not the whole row: readings and intervals of the machine may be written meanwhile.
    machine = Machine.objects.select_for_update(no_key=True).get(pk=machine.pk)
    rules = StateRule.objects.filter(machine=machine)
    if rules.filter(valid_from=valid_from).exists():
        raise RuleAlreadyThere(
            _("%(machine)s already has a rule from %(moment)s on; choose another moment.")
            % {"machine": machine, "moment": valid_from.isoformat()}
        )
    number = (rules.aggregate(highest=Max("number"))["highest"] or 0) + 1
    rule = StateRule.objects.create(machine=machine, number=number, valid_from=valid_from, definition=definition)
    # What was remembered under the old rule is worth nothing from the new one's first moment on.
    StateCheckpoint.objects.filter(machine=machine, at__gte=valid_from).delete()
    DirtyRange.objects.create(
        machine=machine, started_at=valid_from, ended_at=max(moment, valid_from), created_at=moment
    )
    publish(
        STATE_RULE_SET,
        about=[rule, machine],
        at=moment,
        actor=actor,
        machine_id=machine.pk,
        number=number,
        valid_from=valid_from.isoformat(),
    )
    return rule
