"""A rule is set by those who may, checked, numbered and never edited."""

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from telemetry.readings.models import DirtyRange
from telemetry.states.models import StateRule
from telemetry.states.services import RuleAlreadyThere, UnusableRule, set_state_rule
from tests.telemetry.states.machines import CURRENT, EXECUTION, NOON, a_watched_machine, after

pytestmark = pytest.mark.django_db


def put(actor, machine, definition=EXECUTION, valid_from=NOON):
    with acting(actor, channel="test"):
        return set_state_rule(actor=actor, machine=machine, definition=definition, valid_from=valid_from, at=after(60))


def test_rules_are_numbered_and_make_their_time_dirty(cast, plant):
    first, second = put(cast.it_admin, plant.press), put(cast.it_admin, plant.press, CURRENT, after(-3600))
    assert (first.number, second.number) == (1, 2)
    ranges = DirtyRange.objects.filter(machine=plant.press).order_by("id").values_list("started_at", "ended_at")
    assert list(ranges) == [(NOON, after(60)), (after(-3600), after(60))]
    assert Event.objects.filter(name="telemetry.state_rule_set", machine=plant.press).count() == 2


@pytest.mark.parametrize("who", ["stranger", "operator", "supervisor", "owner", "auditor", "neighbour"])
def test_others_may_not(cast, plant, who):
    with pytest.raises(Forbidden):
        put(getattr(cast, who), plant.press)
    assert not StateRule.objects.exists()
    assert not DirtyRange.objects.exists()


def test_an_unusable_rule_is_refused_with_a_sentence_a_mistake(cast, plant):
    with pytest.raises(UnusableRule) as refused:
        put(cast.it_admin, plant.press, {"sources": [{"kind": "bits", "bits": []}, {"kind": "words", "tag": ""}]})
    assert [error["sentence"] for error in refused.value.details["errors"]] == [
        "Source 1: bits is empty; name at least one bit.",
        "Source 2: tag is empty; give the tag's name.",
    ]
    assert not StateRule.objects.exists()


def test_two_rules_cannot_begin_at_one_moment(cast, plant):
    put(cast.it_admin, plant.press)
    with pytest.raises(RuleAlreadyThere):
        put(cast.it_admin, plant.press, CURRENT)
    assert [rule.definition for rule in StateRule.objects.all()] == [EXECUTION]


def test_a_pass_that_fails_leaves_the_dirt_and_the_old_line(plant):
    press = a_watched_machine(plant)
    press.rule(EXECUTION)
    press.send("execution", (0, "READY"))
    press.derive()
    press.send("execution", (10, "ACTIVE"))

    def derive_and_fail():
        with acting(press.deriver, channel="derive"):
            press.derive()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        derive_and_fail()
    assert press.line() == [(0, None, "IDLE", "READY")]
    assert DirtyRange.objects.filter(machine=press.machine).count() == 1
    press.derive()
    assert press.line() == [(0, 10, "IDLE", "READY"), (10, None, "PRODUCING", "ACTIVE")]
