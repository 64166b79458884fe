"""A rule that cannot work is refused with a sentence per mistake."""

import pytest

from telemetry.states.rules.definition import RuleMistake, known_words, read_definition, tags_of
from tests.telemetry.states.readings import a_rule


def sentences(document):
    with pytest.raises(RuleMistake) as refused:
        read_definition(document)
    return refused.value.sentences


def test_a_short_rule_has_the_usual_values():
    [source] = a_rule({"kind": "current", "tag": "amps"}).sources
    assert (source.run_above, source.run_for_s, source.idle_below, source.idle_for_s) == (3, 2, 2, 5)
    assert (source.off_below, source.off_for_s, source.stale_after_s) == (0.2, 5, 10)


def test_json_text_is_read_too():
    assert read_definition('{"sources":[{"kind":"words","tag":"x"}]}') == a_rule({"kind": "words", "tag": "x"})


def test_every_mistake_has_its_own_sentence():
    found = sentences(
        {
            "sources": [
                {"kind": "current", "tag": "", "run_above": 1, "idle_below": 2, "stale_after_s": 0, "run_for_s": -1},
                {"kind": "words", "tag": "x", "words": {"A": "IDLE", "a ": "FAULT"}},
                {"kind": "words", "tag": "x", "words": {}},
                {"kind": "bits", "bits": []},
                {"kind": "counter", "tag": "n", "cycle_s": 0, "k": 0.5},
            ],
            "counters": [{"tag": "n", "modulus": -1}, {"tag": "n"}],
        }
    )
    assert found == [
        "Source 1: stale_after_s is 0; it must be more than 0.",
        "Source 1: tag is empty; give the tag's name.",
        "Source 1: off_below 0.2, idle_below 2 and run_above 1 must rise in this order.",
        "Source 1: run_for_s is -1; it must be 0 or more seconds.",
        'Source 2: the word "A" stands for two states; case does not make a difference.',
        "Source 3: words is empty; leave it out for the MTConnect table or name at least one word.",
        "Source 4: bits is empty; name at least one bit.",
        "Source 5: cycle_s is 0; it must be more than 0.",
        "Source 5: k is 0.5; it must be at least 1 cycle.",
        'Counter "n": modulus is -1; it must be more than 0.',
        'Counter "n" is named twice.',
    ]


@pytest.mark.parametrize(
    ("document", "part"),
    [
        ({}, "sources"),
        ({"sources": []}, "names no source"),
        ({"sources": [{"kind": "magic", "tag": "x"}]}, "magic"),
        ({"sources": [{"kind": "words", "tag": "x", "words": {"A": "DANCING"}}]}, "DANCING"),
        ({"sources": [{"kind": "words", "tag": "x", "wrods": {}}]}, "wrods"),
        ({"sources": [{"kind": "words", "tag": "x"}], "schema": "other/9"}, "other/9"),
        ("{", "not JSON"),
        ([], "expected form"),
    ],
)
def test_a_wrong_form_is_named(document, part):
    [sentence] = sentences(document)
    assert part in sentence


def test_the_tags_of_a_rule_are_named_once():
    rule = a_rule(
        {"kind": "bits", "bits": [{"tag": "fault", "state": "FAULT"}, {"tag": "run", "state": "PRODUCING"}]},
        {"kind": "counter", "tag": "n", "cycle_s": 5},
        counters=[{"tag": "n"}],
    )
    assert tags_of(rule) == ["fault", "run", "n"]


def test_a_rule_tells_the_words_it_knows():
    assert known_words(a_rule({"kind": "words", "tag": "x", "words": {"läuft": "PRODUCING"}})) == {"LÄUFT"}
