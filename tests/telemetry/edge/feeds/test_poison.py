"""Whatever bytes come: an expected refusal or values, never another error, and never a value no packet can carry."""

from __future__ import annotations

import json
import random

import pytest

from telemetry.edge.devices import Folder, Mqtt, Push, Scanner, Tag
from telemetry.edge.drivers.folder import tables
from telemetry.edge.drivers.folder.moments import Times
from telemetry.edge.drivers.mqtt import messages
from telemetry.edge.drivers.mtconnect import document
from telemetry.edge.drivers.push import posts
from telemetry.edge.drivers.scanner.keys import Keys
from telemetry.edge.drivers.scanner.scans import Scans, utf8_or_latin1
from telemetry.edge.drivers.session import Trouble
from telemetry.edge.drivers.shaping import shaped
from telemetry.edge.sealing import Reading, seal, unseal
from telemetry.wire import Clock, row_problem
from tests.peers.mtconnect_agent import Agent, Item

ROUNDS = 400
TAGS = [Tag(name="a", address="a"), Tag(name="b", address="b[0].c")]


def spoilt(good: bytes, dice: random.Random) -> bytes:
    """The bytes with some of them changed, cut, doubled, or quite other ones."""
    body = bytearray(good)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(body) + 1)
        match dice.randrange(5):
            case 0:
                body[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del body[at : at + dice.randrange(40)]
            case 2:
                body[at:at] = body[at : at + 60]
            case 3:
                body[at:at] = dice.choice(
                    [b"\0", b"<", b"&x;", b"1e999", b'"', b"[" * 200, b"\xed\xa0\x80", b"\r", b"NaN"]
                )
            case _:
                return dice.randbytes(dice.randrange(300))
    return bytes(body)


def can_be_sent(values: list[tuple[Tag, object, int | None, int]]) -> None:
    """The frame and the packet take what the driver says."""
    readings = []
    for tag, value, at_us, quality in values:
        kept, quality = shaped(tag, value, quality)
        readings.append(Reading(tag.name, at_us or 1_795_168_800_000_000, kept, quality))
    for sealed in seal(("0" * 16, "s"), 1, readings, Clock(), 1_795_168_800_000):
        packet = unseal(sealed)
        assert [row_problem(packet, index) for index in range(packet.count)] == [""] * packet.count


def test_mtconnect_documents():
    agent = Agent([Item("x", "SAMPLE", "LOAD", "c"), Item("y", "CONDITION", "SYSTEM", "c")])
    agent.close()
    agent.put("x", "12.5")
    agent.put("y", "hot", level="FAULT", code="F1")
    good = agent.answer("/current")[1]
    dice, understood = random.Random(1), 0
    for _ in range(ROUNDS):
        conditions = document.Conditions()
        try:
            root = document.read(spoilt(good, dice), "The agent")
            document.refusal(root)
            read = document.streams(root, "The agent")
        except Trouble:
            continue
        understood += 1
        said = [
            conditions.level(each) if each.level else (each.value, None, each.quality) for each in read.observations
        ]
        can_be_sent([(TAGS[0], value, None, quality) for value, _, quality in said])
    assert 0 < understood < ROUNDS


@pytest.mark.parametrize("path", ["", "#a"])
def test_mqtt_messages(path):
    good = json.dumps({"a": 1, "at": 1795168800, "b": [{"c": "word"}]}).encode()
    device = Mqtt(code="X", host="h", time_path="at", tags=[Tag(name="t", address=f"topic{path}")])
    dice, understood = random.Random(2), 0
    tags = messages.Map(device)
    for _ in range(ROUNDS):
        said, faults = tags.read("topic", spoilt(good, dice), retained=dice.random() < 0.5)
        assert all(isinstance(fault, str) for fault in faults)
        understood += bool(said)
        can_be_sent([tuple(each) for each in said])
    assert understood > 0


def test_posts():
    good = json.dumps([{"a": 1, "at": "2026-11-20T10:00:00Z", "b": [{"c": "word"}]}] * 2).encode()
    tags = posts.Map(Push(code="X", port=1, token_file="t", time_path="at", tags=TAGS))
    dice, understood = random.Random(3), 0
    for _ in range(ROUNDS):
        try:
            said = tags.read(spoilt(good, dice))
        except posts.Refused:
            continue
        understood += 1
        can_be_sent([(*each, 192) for each in said])
    assert 0 < understood < ROUNDS


def test_tables(tmp_path):
    good = b'time,a,b[0].c\n2026-11-20T10:00:00Z,1.5,"a word"\n' + b"2026-11-20T10:00:01+01:00,2,x\n" * 5
    device = Folder(code="X", path="", time_column="time", time_zone="Europe/Berlin", tags=TAGS)
    dice, path, understood = random.Random(4), tmp_path / "x.csv", 0
    for _ in range(ROUNDS):
        path.write_bytes(spoilt(good, dice))
        try:
            _, encoding = tables.fingerprint(path, "cp1252" if dice.random() < 0.3 else "utf-8", lambda: None)
            found = tables.shape(path, encoding, device)
            read = list(tables.rows(path, device, found, Times("", device.time_zone)))
        except tables.Unreadable:
            continue
        cells = [cell for row in read if not isinstance(row, tables.Bad) for cell in row]
        understood += bool(cells)
        can_be_sent([(cell.tag, cell.value, cell.at_us, 192) for cell in cells])
    assert 0 < understood < ROUNDS


def test_scans():
    dice = random.Random(5)
    scans, keys = Scans(Scanner(code="X", port="p"), utf8_or_latin1), Keys("de")
    codes = []
    for moment in range(ROUNDS):
        codes += scans.put(spoilt(b"]C10104012345123456\x1d10LOT7\r", dice).decode("latin-1"), moment / 10)
        typed = "".join(keys.key(dice.randrange(260), dice.randrange(3)) for _ in range(30))
        codes += [typed] if typed else []
    assert len(codes) > ROUNDS
    can_be_sent([(TAGS[0], code, None, 192) for code in codes])
