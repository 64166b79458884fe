"""Bytes of a payload: meanings by datatype, flattening, and limits that nothing breaks through."""

import gzip
import json
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.sparkplug.rules.codec import COMPRESSED, MAX_BYTES, MAX_METRICS, Undecodable, decode, rebirth_command
from telemetry.sparkplug.rules.schema import Payload
from telemetry.sparkplug.rules.topics import address_of, name_of, parse
from telemetry.sparkplug.rules.values import Datatype, NeedsType, NotAValue, kind_of, value_of
from tests.telemetry.sparkplug.payloads import birth, metric, payload

PEERS = Path(__file__).resolve().parents[2] / "peers"


@pytest.mark.parametrize(
    ("field", "raw", "kind", "value"),
    [
        ("int_value", 4294967291, Datatype.INT8, -5),
        ("int_value", 251, Datatype.INT8, -5),
        ("int_value", 127, Datatype.INT8, 127),
        ("int_value", 4294934528, Datatype.INT16, -32768),
        ("int_value", 65535, Datatype.INT16, -1),
        ("int_value", 4294967295, Datatype.INT32, -1),
        ("long_value", 2**64 - 7, Datatype.INT64, -7),
        ("long_value", 2**64 - 7, Datatype.INT32, -7),
        ("int_value", 7, Datatype.INT64, 7),
        ("int_value", 255, Datatype.UINT8, 255),
        ("int_value", 4294967295, Datatype.UINT32, 4294967295),
        ("long_value", 2**64 - 1, Datatype.UINT64, 2**64 - 1),
        ("long_value", 1795170000123, Datatype.DATETIME, 1795170000123),
        ("int_value", 1, Datatype.BOOLEAN, True),
        ("int_value", 12, Datatype.FLOAT, 12.0),
        ("boolean_value", False, Datatype.UNKNOWN, False),
        ("double_value", 1.5, Datatype.UNKNOWN, 1.5),
        ("string_value", "00123", Datatype.STRING, "00123"),
        ("string_value", "00123", Datatype.UNKNOWN, "00123"),
    ],
)
def test_a_value_by_its_datatype(field: str, raw: object, kind: int, value: object) -> None:
    found = value_of(field, raw, kind)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("field", "raw", "kind"),
    [
        ("int_value", 300, Datatype.INT8), ("int_value", 256, Datatype.UINT8),
        ("int_value", 4294967291, Datatype.INT64), ("int_value", 4294967291, Datatype.FLOAT),
        ("string_value", "5", Datatype.INT32), ("double_value", float("nan"), Datatype.DOUBLE),
        ("double_value", float("inf"), Datatype.UNKNOWN), ("boolean_value", True, Datatype.INT8),
        ("bytes_value", b"abc", Datatype.BYTES), ("int_value", 5, Datatype.STRING), ("int_value", 5, 99),
    ],
)  # fmt: skip
def test_a_doubtful_value_is_refused(field: str, raw: object, kind: int) -> None:
    with pytest.raises(NotAValue):
        value_of(field, raw, kind)


def test_a_whole_number_without_a_datatype_waits_for_it() -> None:
    with pytest.raises(NeedsType):
        value_of("int_value", 4294967291, 0)
    assert [kind_of(kind) for kind in (1, 13, 10, 11, 12, 16, 17, 22, 0)] == [
        "number", "number", "number", "bool", "text", "", "", "", "",
    ]  # fmt: skip


def test_templates_and_data_sets_become_flat() -> None:
    made = payload(1_795_170_000_000, 3)
    table = made.metrics.add(name="recipe", datatype=Datatype.DATASET, alias=9).dataset_value
    table.num_of_columns = 2
    table.columns.extend(["step", "note"])
    table.types.extend([Datatype.INT8, Datatype.STRING])
    row = table.rows.add()
    row.elements.add(int_value=251)
    row.elements.add(string_value="warm")
    template = made.metrics.add(name="axis", datatype=Datatype.TEMPLATE).template_value
    template.metrics.add(name="speed", datatype=Datatype.FLOAT, float_value=2.5)
    inner = template.metrics.add(name="drive", datatype=Datatype.TEMPLATE).template_value
    inner.metrics.add(name="on", datatype=Datatype.BOOLEAN, boolean_value=True)
    template.parameters.add(name="maker", type=Datatype.STRING, string_value="X")
    found = decode(made.SerializeToString())
    assert (found.at_ms, found.seq) == (1_795_170_000_000, 3)
    assert [(m.name, m.inner, m.datatype, m.raw, m.alias) for m in found.metrics] == [
        ("recipe", "0/step", 1, 251, 9), ("recipe", "0/note", 12, "warm", 9), ("axis", "speed", 9, 2.5, None),
        ("axis", "drive/on", 11, True, None), ("axis", "maker", 12, "X", None),
    ]  # fmt: skip


def test_quality_unit_and_null() -> None:
    made = payload()
    told = metric(made, "current", 1.0)
    told.properties.keys.extend(["Quality", "engUnit", "Description"])
    told.properties.values.add(type=3, int_value=500)
    told.properties.values.add(type=12, string_value="A")
    told.properties.values.add(type=12, string_value="spindle")
    metric(made, "empty", None)
    current, empty = decode(made.SerializeToString()).metrics
    assert (current.quality, current.unit, current.meaning, current.null) == (24, "A", "spindle", False)
    assert (empty.quality, empty.null, empty.raw) == (None, True, None)


@pytest.mark.parametrize(
    ("pack", "algorithm"), [(gzip.compress, "GZIP"), (zlib.compress, "DEFLATE"), (zlib.compress, "")]
)
def test_packed_payloads(pack: object, algorithm: str) -> None:
    outer = Payload(uuid=COMPRESSED, body=pack(payload(5, None, a=1.0).SerializeToString()), seq=7)
    if algorithm:
        outer.metrics.add(name="algorithm", datatype=12, string_value=algorithm)
    found = decode(outer.SerializeToString())
    assert [(m.name, m.raw) for m in found.metrics] == [("a", 1.0)]
    assert (found.seq, found.at_ms) == (7, 5)


def _packed(body: bytes, algorithm: str = "GZIP") -> bytes:
    outer = Payload(uuid=COMPRESSED, body=body)
    outer.metrics.add(name="algorithm", datatype=12, string_value=algorithm)
    return outer.SerializeToString()


def _deep(levels: int) -> bytes:
    made = Payload()
    here = made.metrics.add(name="a")
    for _level in range(levels):
        here = here.template_value.metrics.add(name="a")
    here.int_value = 1
    return made.SerializeToString()


@pytest.mark.parametrize(
    "body",
    [
        b"\xff", b"hello", b"\x12\x05ab", bytes(MAX_BYTES + 1), b"\x12\x00" * (MAX_METRICS + 1), _deep(9), _deep(40),
        _packed(b"no gzip"), _packed(gzip.compress(b"x" * 100_000_000)), _packed(gzip.compress(b"")[:-5]),
        _packed(gzip.compress(payload(a=1.0).SerializeToString()), "LZ4"),
        _packed(gzip.compress(_packed(gzip.compress(b"")))), Payload(seq=256).SerializeToString(),
        payload(**{"n" * 400: 1.0}).SerializeToString(), payload(**{"a\0b": 1.0}).SerializeToString(),
        b"\x12\x04\x0a\x02\xff\xfe",
    ],
    ids=lambda body: f"{len(body)}:{body[:6].hex()}",
)  # fmt: skip
def test_what_cannot_be_read_is_said_so(body: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(body)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_never_crash(body: bytes) -> None:
    try:
        decode(body)
    except Undecodable:
        return


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_payload_never_crashes(data: st.DataObject) -> None:
    whole = bytearray(birth(1_795_170_000_000, 3, speed=1.5, aliases={"speed": 4}).SerializeToString() + _deep(4))
    for _change in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = decode(bytes(whole))
    except Undecodable:
        return
    for each in found.metrics:
        try:
            value_of(each.field, each.raw, each.datatype)
        except (NeedsType, NotAValue):
            continue


def test_topics_and_addresses() -> None:
    assert parse("spBv1.0/g/NBIRTH/n") == ("g", "NBIRTH", "n", "")
    assert parse("spBv1.0/g/DDATA/n/d") == ("g", "DDATA", "n", "d")
    for foreign in (
        "spBv1.0/g/NCMD/n", "spBv1.0/g/DDATA/n", "spBv1.0/g/NDATA/n/d", "spBv1.0/STATE/h", "spAv1.0/g/NDATA/n",
        "spBv1.0//NDATA/n", "spBv1.0/g/NDATA/n/d/e", f"spBv1.0/{'g' * 100}/NDATA/{'n' * 100}", "spBv1.0/g\0/NDATA/n",
    ):  # fmt: skip
        assert parse(foreign) is None, foreign
    assert (address_of("", "a/b"), address_of("press", "a b")) == ("/a/b", "press/a b")
    assert (name_of("/a/b"), name_of("press/a b")) == ("a/b", "press/a_b")


@pytest.mark.skipif(not (PEERS / "node_modules/sparkplug-payload").is_dir(), reason="npm sparkplug-payload is missing")
def test_the_peers_library_writes_and_reads_the_same_bytes() -> None:
    script = """
const spb = require('sparkplug-payload').get('spBv1.0');
const made = spb.encodePayload({timestamp: 1795170000000, seq: 12, metrics: [
  {name: 'i8', type: 'Int8', value: -5}, {name: 'i64', type: 'Int64', value: -7},
  {name: 'f', type: 'Float', value: 1.5}, {name: 's', type: 'String', value: '00123'},
  {name: 'b', type: 'Boolean', value: true},
  {name: 'n', type: 'Int32', value: null, isNull: true}, {name: 'al', alias: 7, type: 'UInt32', value: 4294967295}]});
const asked = spb.decodePayload(Buffer.from(process.argv[1], 'hex'));
console.log(JSON.stringify({made: Buffer.from(made).toString('hex'), asked: asked.metrics[0]},
  (k, v) => typeof v === 'bigint' ? Number(v) : v));
"""
    done = subprocess.run(
        ["node", "-e", script, rebirth_command(1_795_170_000_000).hex()], cwd=PEERS, capture_output=True, timeout=30
    )
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    found = decode(bytes.fromhex(told["made"]))
    values = [None if m.null else value_of(m.field, m.raw, m.datatype) for m in found.metrics]
    assert values == [-5, -7, 1.5, "00123", True, None, 4294967295]
    assert (told["asked"]["name"], told["asked"]["value"]) == ("Node Control/Rebirth", True)
