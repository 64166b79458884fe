"""The vocabularies of the standards: each word and number stands for the machine state of the published tables."""

import pytest

from telemetry.states.rules.definition import RuleMistake, tags_of
from telemetry.states.rules.fold import timeline
from telemetry.states.rules.templates import TEMPLATES, from_template
from tests.telemetry.states.readings import said


def state(template: str, values: dict, **tags: str) -> str:
    """The state of a machine whose slots say `values`, each slot's tag named as the slot."""
    rule = from_template(template, {slot: slot for slot in values} | tags)
    readings = [reading for slot, value in values.items() for reading in said(slot, (0, value))]
    return timeline(readings, rule)[-1].state


PACKTAGS = {
    1: "FAULT", 2: "STOPPED", 3: "PRODUCING", 4: "IDLE", 5: "STARVED", 6: "PRODUCING", 7: "STOPPED", 8: "FAULT",
    9: "FAULT", 10: "STOPPED", 11: "STOPPED", 12: "STOPPED", 13: "STARVED", 14: "STARVED", 15: "IDLE",
    16: "PRODUCING", 17: "IDLE",
}  # fmt: skip
OPC_30060 = {
    0: "STOPPED", 1: "IDLE", 2: "IDLE", 3: "PRODUCING", 4: "PRODUCING", 5: "PRODUCING", 6: "IDLE", 7: "FAULT",
    8: "FAULT", 9: "STOPPED", 10: "FAULT", 11: "STARVED", 12: "STARVED", 13: "STARVED", 14: "STOPPED", 15: "STOPPED",
    16: "STOPPED",
}  # fmt: skip


@pytest.mark.parametrize(("number", "expected"), PACKTAGS.items())
def test_packtags_numbers(number, expected):
    assert state("packml_packtags", {"state": number}) == expected
    assert state("packml_opc30050", {"state": float(number)}) == expected


@pytest.mark.parametrize(("number", "expected"), OPC_30060.items())
def test_opc_30060_numbers(number, expected):
    assert state("packml_opc30060", {"state": number}) == expected


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [
        ("packml_opc30050", {"state": 18}, "PRODUCING"),
        ("packml_opc30050", {"state": 19}, "STOPPED"),
        ("packml_opc30050", {"state": "Execute"}, "PRODUCING"),
        ("packml_packtags", {"state": 6, "mode": 1}, "PRODUCING"),
        ("packml_packtags", {"state": 6, "mode": 2}, "MAINTENANCE"),
        ("packml_packtags", {"state": 6, "mode": 3}, "SETUP"),
        ("packml_packtags", {"state": 99}, "STOPPED"),
        ("machinery", {"item_state": 3, "mode": 3}, "PRODUCING"),
        ("machinery", {"item_state": "Executing", "mode": "Processing"}, "PRODUCING"),
        ("machinery", {"item_state": 2, "mode": 3}, "IDLE"),
        ("machinery", {"item_state": 2, "mode": 0}, "STOPPED"),
        ("machinery", {"item_state": 3, "mode": 0}, "PRODUCING"),
        ("machinery", {"item_state": 3, "mode": 2}, "SETUP"),
        ("machinery", {"item_state": 2, "mode": 1}, "MAINTENANCE"),
        ("machinery", {"item_state": 1, "mode": 2}, "FAULT"),
        ("machinery", {"item_state": 0}, "NO_DATA"),
        ("machinery", {"item_state": 2}, "IDLE"),
        ("umati", {"program_state": 1}, "PRODUCING"),
        ("umati", {"program_state": "Interrupted"}, "STOPPED"),
        ("umati", {"program_state": 4}, "FAULT"),
        ("umati", {"program_state": 1, "mode": "Setup"}, "SETUP"),
        ("umati", {"program_state": 2, "mode": 4}, "MAINTENANCE"),
        ("mtconnect", {"execution": "ACTIVE", "mode": "AUTOMATIC"}, "PRODUCING"),
        ("mtconnect", {"execution": "READY", "mode": "MANUAL"}, "SETUP"),
        ("mtconnect", {"execution": "ACTIVE", "emergency_stop": "TRIGGERED"}, "FAULT"),
        ("mtconnect", {"execution": "ACTIVE", "emergency_stop": "ARMED"}, "PRODUCING"),
        ("mtconnect", {"execution": "READY", "condition": "FAULT"}, "FAULT"),
        ("mtconnect", {"execution": "READY", "functional_mode": "TEARDOWN"}, "SETUP"),
        ("mtconnect", {"execution": "UNAVAILABLE"}, "NO_DATA"),
    ],
)
def test_words_and_modes(template, values, expected):
    assert state(template, values) == expected


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_required_slot_without_a_tag_is_named(key):
    with pytest.raises(RuleMistake, match="tag is empty"):
        from_template(key, {})


def test_slots_left_empty_are_left_out_and_counters_follow():
    rule = from_template("mtconnect", {"execution": "cnc.exec", "mode": "", "part_count": "cnc.parts"}, for_s=2)
    assert tags_of(rule) == ["cnc.exec", "cnc.parts"]
    assert [counted.counts for counted in rule.counters] == ["pieces"]
    assert rule.sources[0].for_s == 2
