"""What a host does with the messages of one node: table by table, without a broker or a database."""

from typing import Any

from telemetry.sparkplug.rules.codec import decode
from telemetry.sparkplug.rules.node import Message
from telemetry.sparkplug.rules.schema import Payload
from telemetry.sparkplug.rules.tables import Counts, unpacked
from telemetry.sparkplug.rules.topics import Topic
from telemetry.sparkplug.rules.values import Datatype
from tests.telemetry.sparkplug.payloads import birth, death, metric, payload
from tests.telemetry.sparkplug.scripts import NOON_MS, Story


def _message(story: Story, verb: str, made: Any) -> Message:
    return Message(Topic("g", verb, "n", ""), decode(made.SerializeToString()), repr(made), story.at_us, story.now)


def a_born_node(**values: float) -> Story:
    story = Story()
    story.says("NBIRTH", birth(story.ms(0), 5, speed=1.0, **values))
    return story


def test_births_data_and_deaths_of_devices() -> None:
    story = a_born_node()
    assert story.says("DBIRTH", payload(story.ms(0), 1, temp=20.0), "oven") == [("oven/temp", 20.0)]
    assert story.says("NDATA", payload(story.ms(0), 2, speed=2.0)) == [("/speed", 2.0)]
    assert story.says("DDATA", payload(story.ms(0), 3, temp=21.0), "oven") == [("oven/temp", 21.0)]
    assert story.says("DDEATH", payload(story.ms(0), 4), "oven") == [("oven/temp", None, 24)]
    assert story.says("NDEATH", death(5)) == [("/speed", None, 24)]
    assert (story.node.need, story.counted(), story.node.tables.born) == ("", {}, False)


def test_numbers_go_round_after_255() -> None:
    story = a_born_node()
    for number in range(1, 600):
        assert story.says("NDATA", payload(story.ms(number), number % 256, speed=float(number))) == [
            ("/speed", float(number))
        ]
    assert (story.node.need, story.counted()) == ("", {})


def test_a_message_too_early_waits_for_the_one_before() -> None:
    story = a_born_node()
    assert story.says("NDATA", payload(story.ms(2), 2, speed=3.0), token="second") == []
    assert story.says("NDATA", payload(story.ms(3), 3, speed=4.0), token="third") == []
    assert "second" not in story.node.done
    story.now += 1.9
    assert story.says("NDATA", payload(story.ms(1), 1, speed=2.0), token="first") == [
        ("/speed", 2.0), ("/speed", 3.0), ("/speed", 4.0),
    ]  # fmt: skip
    assert story.node.done[-3:] == ["first", "second", "third"]
    assert (story.node.need, story.counted()) == ("", {})


def test_a_message_that_never_comes_is_waited_for_two_seconds() -> None:
    story = a_born_node()
    story.says("NDATA", payload(story.ms(1), 1, speed=2.0))
    assert story.says("NDATA", payload(story.ms(2), 4, speed=5.0)) == []
    assert story.waits(1.9) == []
    story.node.changed = False
    assert story.waits(0.2) == [("/speed", 5.0)]
    assert story.node.changed
    assert (story.node.need, story.counted()) == ("messages are missing", {"seq_jumps": 1})
    (loss,) = story.node.losses
    told = (loss.from_us - NOON_MS * 1000, loss.to_us - NOON_MS * 1000, loss.reason)
    assert told == (1_000_000, 2_000_000, "2 messages are missing")
    assert story.says("NDATA", payload(story.ms(3), 5, speed=6.0)) == [("/speed", 6.0)]
    story.says("NBIRTH", birth(story.ms(4), 5, speed=7.0))
    assert (story.node.need, story.counted()) == ("", {"seq_jumps": 1})


def test_a_gap_before_a_burst_is_seen_although_the_numbers_come_round() -> None:
    story = a_born_node()
    values = [
        sample
        for number in range(16, 316)
        for sample in story.says("NDATA", payload(story.ms(0), number % 256, speed=float(number)))
    ]
    assert values == [("/speed", float(number)) for number in range(16, 316)]
    assert (story.node.need, story.counted()) == ("messages are missing", {"seq_jumps": 1})
    assert [loss.reason for loss in story.node.losses] == ["15 messages are missing"]
    # Gaps in quick succession are declared together.
    story.says("NDATA", payload(story.ms(3), 100, speed=1.0))
    story.waits(2.1)
    assert len(story.node.losses) == 1
    story.waits(10)
    assert [(loss.to_us - loss.from_us) // 1_000_000 for loss in story.node.losses] == [0, 3]


def test_a_late_message_with_a_used_number_is_kept_and_the_numbering_goes_on() -> None:
    story = a_born_node()
    for number in range(1, 4):
        story.says("NDATA", payload(story.ms(number), number, speed=float(number)))
    assert story.says("NDATA", payload(story.ms(1.5), 2, speed=99.0)) == []
    assert story.says("NDATA", payload(story.ms(4), 4, speed=4.0)) == [("/speed", 4.0)]
    assert story.waits(2.1) == [("/speed", 99.0)]
    assert story.says("NDATA", payload(story.ms(5), 5, speed=5.0)) == [("/speed", 5.0)]
    assert story.counted() == {"seq_jumps": 1}


def test_the_same_bytes_again_change_nothing() -> None:
    story = a_born_node()
    once = payload(story.ms(1), 1, speed=2.0)
    assert story.says("NDATA", once) == [("/speed", 2.0)]
    assert story.says("NDATA", once, token="again") == []
    assert (story.counted(), story.node.done[-1]) == ({"repeated": 1}, "again")
    assert story.says("NDATA", payload(story.ms(2), 2, speed=2.0)) == [("/speed", 2.0)]


def test_a_birth_given_twice_by_the_broker_does_not_begin_anew() -> None:
    story = Story()
    born = birth(story.ms(0), 5, speed=1.0)
    story.says("NBIRTH", born)
    story.says("NDATA", payload(story.ms(1), 1, speed=2.0))
    assert story.says("NBIRTH", born, again=True) == []
    assert story.says("NDATA", payload(story.ms(2), 2, speed=3.0)) == [("/speed", 3.0)]


def test_only_the_death_of_this_life_counts() -> None:
    story = a_born_node()
    story.says("NBIRTH", birth(story.ms(10), 6, speed=1.0))
    assert story.says("NDEATH", death(5)) == []
    assert (story.node.tables.born, story.counted()) == (True, {"old_deaths": 1})
    assert story.says("NDEATH", death(None)) == []
    assert story.says("NDEATH", death(6)) == [("/speed", None, 24)]
    assert story.says("NDEATH", death(6)) == []
    assert story.counted() == {"old_deaths": 2}


def test_a_birth_number_that_does_not_grow_is_tolerated() -> None:
    story = a_born_node()
    assert story.says("NDEATH", death(5)) == [("/speed", None, 24)]
    assert story.says("NBIRTH", birth(story.ms(3), 5, speed=1.0)) == [("/speed", 1.0)]
    # Byte for byte the same will as before: it is a new death all the same.
    assert story.says("NDEATH", death(5)) == [("/speed", None, 24)]
    assert story.counted() == {}


def test_a_death_is_never_older_than_the_values_before_it() -> None:
    story = Story()
    story.says("NBIRTH", birth(NOON_MS + 1500, 5, speed=1.0))
    samples = story.node.take(_message(story, "NDEATH", death(5)))
    assert [(s.at_us, s.value) for s in samples] == [((NOON_MS + 1501) * 1000, None)]


def test_data_after_a_death_is_kept_and_a_birth_asked_for() -> None:
    story = a_born_node()
    story.says("NDEATH", death(5))
    assert story.says("NDATA", payload(story.ms(1), 1, speed=2.0)) == [("/speed", 2.0)]
    assert story.node.need == "data after a death"


def test_data_before_any_birth() -> None:
    story = Story()
    made = payload(story.ms(0), 7, speed=2.0)
    metric(made, "count", 4294967291, Datatype.INT8, told=False)
    metric(made, "level", 4294967291, Datatype.INT8)
    assert story.says("NDATA", made) == [("/speed", 2.0), ("/level", -5)]
    assert story.node.need == "no birth yet"
    born = birth(story.ms(1), 1, speed=2.0)
    metric(born, "count", 4294967292, Datatype.INT8)
    assert story.says("NBIRTH", born) == [("/speed", 2.0), ("/count", -4), ("/count", -5)]
    assert (story.node.need, story.counted()) == ("", {})


def test_a_device_without_a_birth() -> None:
    story = a_born_node()
    assert story.says("DDATA", payload(story.ms(1), 1, temp=20.0), "oven") == [("oven/temp", 20.0)]
    assert story.node.need == "data of something without a birth"


def test_aliases_belong_to_the_source_that_told_them() -> None:
    story = Story()
    story.says("NBIRTH", birth(story.ms(0), 1, aliases={"speed": 1}, speed=1.0))
    born = payload(story.ms(0), 1, temp=20.0)
    born.metrics[0].alias = 1
    story.says("DBIRTH", born, "oven")
    told = payload(story.ms(1), 2)
    metric(told, "", 2.0, alias=1, told=False)
    assert story.says("NDATA", told) == [("/speed", 2.0)]
    told.seq = 3
    assert story.says("DDATA", told, "oven") == [("oven/temp", 2.0)]


def test_an_alias_for_two_metrics_names_neither() -> None:
    story = Story()
    story.says("NBIRTH", birth(story.ms(0), 1, aliases={"a": 1, "b": 1}, a=1.0, b=2.0))
    told = payload(story.ms(1), 1)
    metric(told, "", 5.0, alias=1, told=False)
    assert story.says("NDATA", told) == []
    assert story.node.need == "an unknown alias"
    assert story.waits(10.1) == []
    assert story.counted() == {"unknown_aliases": 1}


def test_an_unknown_alias_is_parked_ten_seconds() -> None:
    story = a_born_node()
    told = payload(story.ms(1), 1)
    metric(told, "", 7.0, alias=7, told=False)
    metric(told, "speed", 2.0)
    assert story.says("NDATA", told) == [("/speed", 2.0)]
    assert (story.node.need, story.waits(9.9), story.counted()) == ("an unknown alias", [], {})
    again = birth(story.ms(11), 5, aliases={"late": 7}, speed=3.0, late=8.0)
    assert story.says("NBIRTH", again) == [("/speed", 3.0), ("/late", 8.0), ("/late", 7.0)]
    assert (story.waits(20), story.counted()) == ([], {})


def test_a_birth_that_gives_an_alias_to_another_metric() -> None:
    story = Story()
    story.says("NBIRTH", birth(story.ms(0), 1, aliases={"a": 1}, a=1.0))
    assert story.says("NBIRTH", birth(story.ms(1), 2, aliases={"b": 1}, b=1.0)) == [("/a", None, 24), ("/b", 1.0)]
    told = payload(story.ms(2), 1)
    metric(told, "", 5.0, alias=1, told=False)
    assert story.says("NDATA", told) == [("/b", 5.0)]


def test_signs_nulls_history_and_what_does_not_fit() -> None:
    story = Story()
    born = birth(story.ms(0), 1)
    metric(born, "level", 0, Datatype.INT8)
    metric(born, "name", "a", Datatype.STRING)
    born.metrics.add(name="file", datatype=Datatype.BYTES, bytes_value=b"xyz")
    story.says("NBIRTH", born)
    told = payload(story.ms(1), 1)
    metric(told, "level", 4294967291, told=False, kind=Datatype.INT8)
    metric(told, "level", 300, told=False, kind=Datatype.INT8)
    metric(told, "level", None)
    metric(told, "level", 4, Datatype.INT8, is_historical=True)
    metric(told, "name", "00123", Datatype.STRING)
    assert story.says("NDATA", told) == [
        ("/level", -5), ("/level", None, 4), ("/level", None, 0), ("/level", 4, "old"), ("/name", "00123"),
    ]  # fmt: skip
    assert story.counted() == {"refused_values": 2}


def test_templates_take_their_types_from_the_birth() -> None:
    story = Story()
    born = birth(story.ms(0), 1)
    axis = born.metrics.add(name="axis", alias=3, datatype=Datatype.TEMPLATE).template_value
    axis.metrics.add(name="load", datatype=Datatype.INT16, int_value=1)
    assert story.says("NBIRTH", born) == [("/axis/load", 1)]
    told = payload(story.ms(1), 1)
    told.metrics.add(alias=3).template_value.metrics.add(name="load", int_value=65535)
    assert story.says("NDATA", told) == [("/axis/load", -1)]


def test_a_clock_that_runs_ahead_is_put_right_and_one_that_lags_is_not() -> None:
    story = Story()
    story.says("NBIRTH", birth(NOON_MS + 3_600_000, 1, speed=1.0))
    assert story.node.tables.memory.shift_ms == -3_600_000
    samples = story.node.take(_message(story, "NDATA", payload(NOON_MS + 3_601_000, 1, speed=2.0)))
    assert [(s.at_us, s.quality) for s in samples] == [((NOON_MS + 1000) * 1000, 64)]
    late = Story()
    samples = late.node.take(_message(late, "NBIRTH", birth(late.ms(-3600), 1, speed=1.0)))
    assert [(s.at_us, s.quality) for s in samples] == [((NOON_MS - 3_600_000) * 1000, 192)]


def test_the_metrics_own_time_counts() -> None:
    story = a_born_node()
    told = payload(story.ms(1), 1)
    metric(told, "speed", 2.0, timestamp=story.ms(0.25))
    assert [s.at_us for s in story.node.take(_message(story, "NDATA", told))] == [(NOON_MS + 250) * 1000]
    untimed = Payload(seq=2)
    metric(untimed, "speed", 3.0)
    assert [s.at_us for s in story.node.take(_message(story, "NDATA", untimed))] == [story.at_us]


def test_devices_that_do_not_come_back_with_their_node_are_stale() -> None:
    story = a_born_node()
    story.says("DBIRTH", payload(story.ms(0), 1, temp=20.0), "oven")
    story.says("DBIRTH", payload(story.ms(0), 2, force=1.0), "press")
    story.says("NBIRTH", birth(story.ms(1), 6, speed=1.0))
    assert story.says("DBIRTH", payload(story.ms(1), 1, temp=20.0), "oven") == [("oven/temp", 20.0)]
    assert (story.waits(9.9), story.waits(0.2)) == ([], [("press/force", None, 24)])


def test_a_restart_of_the_host_needs_no_birth() -> None:
    story = Story()
    story.says("NBIRTH", birth(story.ms(0), 5, aliases={"speed": 1}, speed=1.0))
    last = payload(story.ms(1), 1, speed=2.0)
    story.says("NDATA", last)
    again = story.restarted()
    told = payload(story.ms(2), 2)
    metric(told, "", 3.0, alias=1, told=False)
    # What was committed but not acknowledged comes again first.
    assert again.says("NDATA", last, again=True) == []
    assert again.says("NDATA", told) == [("/speed", 3.0)]
    assert (again.node.need, again.counted()) == ("", {"repeated": 1})
    assert again.says("NDEATH", death(5)) == [("/speed", None, 24)]


def test_what_was_missed_while_the_host_was_away() -> None:
    story = Story()
    story.says("NBIRTH", birth(story.ms(0), 5, aliases={"speed": 1}, speed=1.0))
    named = story.restarted()
    named.says("NDATA", payload(named.ms(9), 9, speed=3.0))
    assert (named.waits(2.1), named.node.need, named.counted()) == ([("/speed", 3.0)], "", {"seq_jumps": 1})
    # An alias could mean something else by now: then the births must be told again.
    aliased = story.restarted()
    told = payload(aliased.ms(9), 9)
    metric(told, "", 3.0, alias=1, told=False)
    aliased.node.tables.counts = Counts()
    aliased.says("NDATA", told)
    assert (aliased.waits(2.1), aliased.node.need) == ([("/speed", 3.0)], "messages are missing")


def test_a_lost_broker_makes_everything_stale_until_it_is_told_again() -> None:
    story = a_born_node()
    assert [s.quality for s in story.node.lose(story.at_us)] == [24]
    assert story.node.lose(story.at_us) == []
    assert story.restarted().node.need == "the host had lost the broker"
    story.says("NBIRTH", birth(story.ms(1), 6, speed=1.0))
    assert (story.node.tables.memory.unheard, story.restarted().node.need) == (False, "")


def test_tables_survive_the_way_through_the_database() -> None:
    story = a_born_node()
    story.says("DBIRTH", payload(story.ms(0), 1, temp=20.0), "oven")
    tables = story.node.tables
    kept = unpacked("g", "n", tables.pack_births(), tables.counts, tables.pack_memory())
    assert (kept.sources, kept.memory, kept.digests) == (tables.sources, tables.memory, tables.digests)
