"""A rule is tried on readings that are there, and put into force from the page by those who may."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from telemetry.readings.models import DirtyRange
from telemetry.states.models import StateRule
from telemetry.states.queries.preview import preview, values_of
from telemetry.states.rules.definition import read_definition
from tests.telemetry.states.machines import EXECUTION, NOON, a_watched_machine, after

pytestmark = pytest.mark.django_db

RUNS = {"sources": [{"kind": "words", "tag": "execution", "words": {"ACTIVE": "PRODUCING"}, "otherwise": "FAULT"}]}
URL = "/machines/{}/rule/"
HELD = {"otherwise": "STOPPED", "for_s": "0"}


@pytest.fixture
def press(plant):
    press = a_watched_machine(plant)
    press.send("execution", (-300, "READY"), (0, "ACTIVE"), (60, "FEED_HOLD"), (90, "ACTIVE"), (120, "ODD"))
    press.send("pieces", (-10, 5.0), (30, 6.0), (80, 8.0))
    press.send("amps", *((second, 8.0 if second < 60 else 1.0) for second in range(120)))
    return press


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_it_equals_what_deriving_would_make(press):
    press.rule(EXECUTION)
    press.derive(180)
    seen = preview(press.machine.pk, read_definition(EXECUTION), NOON, after(180))
    assert [(span.started_at, span.state, span.word) for span in seen.after] == [
        (max(span.started_at, NOON), span.state, span.word) for span in seen.before
    ]
    assert seen.changed == timedelta()
    assert seen.unknown_words == ["ODD"]


def test_the_difference_is_told_to_the_second(press):
    press.rule(EXECUTION)
    press.derive(180)
    seen = preview(press.machine.pk, read_definition(RUNS), NOON, after(180))
    assert seen.changed == timedelta(seconds=30 + 60)
    assert seen.totals() == [("PRODUCING", 90.0, 90.0), ("STOPPED", 90.0, 0.0), ("FAULT", 0.0, 90.0)]


def test_pieces_are_counted_with_the_rule_and_silent_tags_are_named(press):
    rule = read_definition({"sources": [{"kind": "current", "tag": "missing"}], "counters": [{"tag": "pieces"}]})
    seen = preview(press.machine.pk, rule, NOON, after(180))
    assert seen.pieces == (0.0, 3.0)
    assert seen.unheard == ["missing"]


def test_nothing_is_stored(press):
    DirtyRange.objects.all().delete()
    preview(press.machine.pk, read_definition(RUNS), NOON, after(180))
    assert press.line() == []
    assert not DirtyRange.objects.exists()
    assert not StateRule.objects.exists()


def test_the_values_of_a_tag_come_in_their_order(press):
    assert values_of(press.machine.pk, "amps", after(58), after(62)) == [8.0, 8.0, 1.0, 1.0]
    assert values_of(press.machine.pk, "execution", NOON, after(180)) == []


def test_the_page_previews_and_sets(press, cast, clock):
    clock.set(after(180))
    client, url = signed_in(cast.it_admin), URL.format(press.machine.code)
    assert "No rule yet" in client.get(url).text
    wish = {
        "kind": "words",
        "tag": "execution",
        "words": "ACTIVE = PRODUCING\nready = idle",
        "otherwise": "STOPPED",
        "for_s": "0",
    }
    tried = client.post(f"{url}preview/", wish)
    assert tried.status_code == 200
    assert "would be told differently" in tried.text
    assert "FEED_HOLD" in tried.text
    assert not StateRule.objects.exists()
    done = client.post(f"{url}set/", {**wish, "valid_from": "", "reason": "first rule"})
    assert done.status_code == 302
    rule = StateRule.objects.get(machine=press.machine)
    assert rule.valid_from == after(180)
    source = rule.definition["sources"][0]
    assert source["words"] == {"ACTIVE": "PRODUCING", "ready": "IDLE"}
    assert "&quot;ready&quot;: &quot;IDLE&quot;" in client.get(url).text


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"kind": "words", "tag": "execution", "words": "ACTIVE", **HELD}, "does not say WORD = STATE"),
        ({"kind": "words", "tag": "", "words": "A = IDLE", **HELD}, "This field is required"),
        ({"kind": "json", "document": "{"}, "The rule is not JSON"),
        ({"kind": "json", "document": '{"sources": []}'}, "names no source and no counter"),
        ({"kind": "bits", **HELD}, "bits is empty"),
    ],
)  # fmt: skip
def test_mistakes_come_back_as_sentences_and_change_nothing(press, cast, wish, sentence):
    answer = signed_in(cast.it_admin).post(URL.format(press.machine.code) + "set/", wish)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not StateRule.objects.exists()


@pytest.mark.parametrize("moment", ["yesterday", "1999-01-01T00:00", "2099-01-01T00:00"])
def test_a_moment_out_of_reach_is_refused(press, cast, moment):
    wish = {"kind": "json", "document": json.dumps(EXECUTION), "valid_from": moment}
    answer = signed_in(cast.it_admin).post(URL.format(press.machine.code) + "set/", wish)
    assert answer.status_code == 422
    assert not StateRule.objects.exists()


@pytest.mark.parametrize(
    "kind", ["words", "bits", "current", "counter", "mtconnect", "packml_opc30060", "machinery", "umati", "json"]
)
def test_every_kind_has_a_form(press, cast, kind):
    page = signed_in(cast.it_admin).get(URL.format(press.machine.code), {"kind": kind})
    assert page.status_code == 200
    assert f'name="kind" value="{kind}"' in page.text


def test_thresholds_are_proposed_from_the_last_day(press, cast, clock):
    clock.set(after(180))
    answer = signed_in(cast.it_admin).get(URL.format(press.machine.code) + "learn/", {"tag": "amps"})
    assert "Proposed: runs above" in answer.text
    assert "run_above=" in answer.text
    few = signed_in(cast.it_admin).get(URL.format(press.machine.code) + "learn/", {"tag": "pieces"})
    assert "too few values" in few.text


@pytest.mark.parametrize("who", ["stranger", "operator", "supervisor", "neighbour"])
def test_others_find_no_such_page(press, cast, who):
    client, url = signed_in(getattr(cast, who)), URL.format(press.machine.code)
    assert client.get(url).status_code in (403, 404)
    for act in ("preview/", "set/"):
        assert client.post(url + act, {"kind": "json", "document": json.dumps(EXECUTION)}).status_code in (403, 404)
    assert client.get(url + "learn/", {"tag": "amps"}).status_code in (403, 404)
    assert not StateRule.objects.exists()
