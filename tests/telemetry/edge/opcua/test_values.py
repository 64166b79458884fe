"""Addresses, status codes, values and times, without a server."""

import logging
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from telemetry.edge.drivers.opcua import library as ua
from telemetry.edge.drivers.opcua import noise, values
from telemetry.edge.drivers.opcua.addresses import BadAddress, Place, node_id, places, written
from telemetry.edge.drivers.opcua.items import Group

NAMESPACES = ["http://opcfoundation.org/UA/", "urn:server", "http://maker.example/a;b%"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("i=2258", ua.node(2258)),
        ("ns=7;i=5", ua.node(5, 7)),
        ("nsu=urn:server;s=Press.Current", ua.node("Press.Current", 1)),
        ("nsu=http://maker.example/a%3Bb%25;s=x;y=z", ua.node("x;y=z", 2)),
        ("ns=1;g=1b4e28ba-2fa1-11d2-883f-0016d3cca427", ua.node(uuid.UUID("1b4e28ba-2fa1-11d2-883f-0016d3cca427"), 1)),
        ("ns=1;b=AQID", ua.node(b"\1\2\3", 1)),
        ("s=00123", ua.node("00123")),
    ],
)
def test_addresses_are_read_and_written_alike(address, expected):
    node = node_id(address, NAMESPACES)
    assert node == expected
    assert node_id(written(node, NAMESPACES), NAMESPACES) == expected
    assert (node.NamespaceIndex in (1, 2)) == written(node, NAMESPACES).startswith("nsu=")


@pytest.mark.parametrize(
    "address",
    ["", "Press.Current", "ns=x;i=1", "i=-1", "i=1.5", "i=4294967296", "ns=1;g=junk", "ns=1;b=***", "nsu=urn:x;i=1",
     "x=1"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_a_sentence(address):
    with pytest.raises(BadAddress, match=r"^'.*\.$"):
        node_id(address, NAMESPACES)


def test_brackets_mean_an_element_or_a_part_of_the_name():
    assert places("ns=1;i=5[3]", NAMESPACES) == [Place(ua.node(5, 1), "3")]
    assert places("ns=1;s=a[0]", NAMESPACES) == [Place(ua.node("a[0]", 1)), Place(ua.node("a", 1), "0")]
    assert places("ns=1;s=a[1,2]", NAMESPACES)[1] == Place(ua.node("a", 1), "1,2")
    assert places("ns=1;s=a[x]", NAMESPACES) == [Place(ua.node("a[x]", 1))]


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        (0x00000000, 192), (0x00960000, 216), (0x00A70000, 192),
        (0x40000000, 64), (0x40900000, 68), (0x408F0000, 68), (0x40930000, 80), (0x40940000, 84), (0x40950000, 88),
        (0x80000000, 0), (0x80890000, 4), (0x80340000, 4), (0x808A0000, 8), (0x808B0000, 12), (0x808C0000, 16),
        (0x80310000, 24), (0x808D0000, 28), (0x80320000, 32), (0xC0000000, 0), (0x80010000, 0),
        # Limits: low, high, constant; without the mark of a data value the bits mean nothing.
        (0x00000500, 193), (0x00000600, 194), (0x40940600, 86), (0x00000700, 195), (0x00000100, 192),
    ],
)  # fmt: skip
def test_status_codes_become_the_quality_byte(code, quality):
    assert values.quality_of(code) == quality


def test_the_overflow_bit_counts_only_in_a_data_value():
    assert values.overflowed(0x00000480)
    assert values.overflowed(0x40930480)
    assert not values.overflowed(0x00000080)
    assert not values.overflowed(0x00000400)


def test_values_stay_what_they_are():
    same = [1, 1.5, True, "00123", "", None]
    assert [values.plain(value) for value in same] == same
    assert [type(values.plain(value)) for value in same] == [type(value) for value in same]
    number = values.plain(ua.UserTokenType.UserName)
    assert (number, type(number)) == (1, int)
    at = datetime(2026, 11, 20, 6, 0, 0, 250_000, UTC)
    assert values.plain(at) == values.plain(at.replace(tzinfo=None)) == "2026-11-20T06:00:00.250Z"
    assert values.plain(datetime(1601, 1, 1, tzinfo=UTC)) is None
    assert values.plain(ua.LocalizedText("Tür")) == "Tür"
    assert values.plain(ua.QualifiedName("Name")) == "Name"
    assert values.plain(ua.node("x", 2)) == "ns=2;s=x"
    assert values.plain(uuid.UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert values.plain(ua.StatusCode(0x80890000)) == "BadConfigurationError"


def test_elements_are_taken_also_from_servers_that_send_the_whole_array():
    assert values.plain([7], "5") == 7
    assert values.plain([1, 2, 3], "2") == 3
    assert values.plain([[1, 2], [3, 4]], "1,0") == 3
    assert values.plain(None, "2") is None
    for value, element in (([1, 2], "2"), ("text", "0"), ([1, 2], "0,1"), ([], "0")):
        with pytest.raises(values.NoValue):
            values.plain(value, element)


@pytest.mark.parametrize(
    ("value", "words"),
    [(b"abc", "a ByteString of 3 bytes"), ([1, 2], "an array of 2"), (object(), "a structure (object)")],
)  # fmt: skip
def test_what_no_tag_can_hold_is_refused_with_a_sentence(value, words):
    with pytest.raises(values.NoValue) as refusal:
        values.plain(value)
    assert words in str(refusal.value)


NOW = 1_795_170_000_000_000
TIME = datetime.fromtimestamp(NOW / 1e6, UTC)


def clock_off_by(seconds: float) -> tuple[values.ServerClock, str]:
    clock = values.ServerClock()
    return clock, clock.measured(TIME + timedelta(seconds=seconds), NOW - 1000, NOW + 1000)


def test_the_sources_time_is_used_where_it_can_be_true():
    clock, said = clock_off_by(0.5)
    assert said == ""

    def believed(seconds, *, first=False, last=0):
        at = clock.believed(TIME + timedelta(seconds=seconds), NOW, last, first=first)
        return None if at is None else (at - NOW) / 1e6

    assert [believed(age) for age in (0, -0.25, 1.9, -3599)] == [0, -0.25, 1.9, -3599]
    assert [believed(age) for age in (2.1, -3601)] == [None, None]
    # The first value stands since long and holds now; later ones never go back behind what was said.
    assert [believed(age, first=True) for age in (-4, -6)] == [-4, None]
    assert believed(-1, last=NOW) is None
    assert believed(0, last=NOW) == 0
    assert clock.believed(None, NOW, 0, first=False) is None
    assert values.ServerClock().believed(TIME, NOW, 0, first=False) is None


def test_a_wrong_clock_is_said_once_and_its_times_are_not_used():
    clock, said = clock_off_by(-600)
    assert said.startswith("The server's clock is 600 s behind; its times are not used")
    assert clock.believed(TIME, NOW, 0, first=False) is None
    assert clock.measured(TIME - timedelta(seconds=601), NOW, NOW) == ""
    assert clock.measured(TIME, NOW, NOW) == ""
    assert clock.believed(TIME, NOW, 0, first=False) == NOW
    assert "900 s ahead" in clock.measured(TIME + timedelta(seconds=900), NOW, NOW)


def test_missing_messages_are_counted():
    group = Group([], 1.0)
    assert [group.missed(number) for number in (1, 2, 5, 5, 6)] == [0, 0, 2, 0, 0]
    group.last_sequence = 0xFFFFFFFF
    assert group.missed(1) == 0


def test_a_heartbeat_that_has_beaten_must_go_on_beating():
    heart, tags = Group([], 1.0), Group([], 1.0)
    heart.heard_at = tags.heard_at = 0.0
    for _ in range(2):
        heart.hears(values=True, must_beat=True)
    heart.heard_at = 0.0
    # A server whose clock does not run would be cut off for ever; its other signs count until the third beat.
    heart.hears(values=False, must_beat=True)
    assert heart.heard_at > 0
    heart.hears(values=True, must_beat=True)
    heart.heard_at = 0.0
    heart.hears(values=False, must_beat=True)
    assert heart.heard_at == 0
    tags.hears(values=False, must_beat=False)
    assert tags.heard_at > 0


def test_the_librarys_messages_are_warnings_without_traceback_once_a_minute(caplog):
    noise.calm()
    noise.calm()
    caplog.set_level(logging.DEBUG, logger="millwright.edge.opcua")
    library = logging.getLogger("asyncua.client.test")
    library.info("not heard")
    for number in (1, 2):
        try:
            raise ValueError("broken\nlong")
        except ValueError:
            library.exception("request %s went wrong\nin many lines", number)
    ours = [record for record in caplog.records if record.name == "millwright.edge.opcua"]
    assert [(record.levelname, record.getMessage(), record.exc_info) for record in ours] == [
        ("WARNING", "asyncua: request 1 went wrong (ValueError('broken\\nlong'))", None),
    ]
