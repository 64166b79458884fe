"""Words that programs keep are read as people say them; what nobody named stays as it is."""

from factory_core.access.events import ROLE_GIVEN
from factory_core.events.types import EventType, sentence_of
from production.shopfloor.events import HELP_CALLED
from telemetry.states.events import MACHINE_STATE_CHANGED

DROPPED = EventType("test.dropped", "{about[0]} dropped {what}, {times} times", {"what": {"it": "the hammer"}})
PRESS = [{"label": "A call"}, {"label": "Press 1"}]


def test_a_named_word_is_told_and_every_other_value_is_left_alone() -> None:
    assert sentence_of("test.dropped", PRESS, {"what": "it", "times": 3}) == "A call dropped the hammer, 3 times"
    assert sentence_of("test.dropped", PRESS, {"what": "anvil", "times": 3}) == "A call dropped anvil, 3 times"


def test_roles_states_and_helpers_are_told_by_their_names() -> None:
    about = [{"label": "Ines"}, {"label": "Hall 1"}]
    assert sentence_of(ROLE_GIVEN.name, about, {"role": "it_admin"}) == "Ines became IT administrator at Hall 1"
    assert sentence_of(HELP_CALLED.name, PRESS, {"whom": "material"}) == "Press 1 calls for help: material"
    told = sentence_of(MACHINE_STATE_CHANGED.name, PRESS, {"state": "STARVED", "since": "10:00"})
    assert told == "A call: Waiting for material since 10:00"


def test_two_kinds_with_the_same_words_are_still_usable_as_keys() -> None:
    assert {DROPPED: 1}[DROPPED] == 1
