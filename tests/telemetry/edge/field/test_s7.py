"""An S7 control: python-snap7's server is read, and npm's nodes7 reads the same from it."""

import json
import subprocess
import sys
from contextlib import ExitStack

import pytest

from telemetry.edge.devices import S7, Tag
from telemetry.edge.drivers import s7
from telemetry.edge.drivers.plan import BadAddress, groups, readable
from telemetry.edge.drivers.s7.blocks import Place, limits, place
from telemetry.edge.drivers.session import MissingLibrary, Trouble
from telemetry.edge.questions import Question
from tests.patience import wait_until
from tests.ports import free_port
from tests.telemetry.edge.field.peers import FIELD, PEERS, node_package, peer
from tests.telemetry.edge.recording_out import framed, kept_by, raised_by

# Address, type, value, and the same place in the words of nodes7.
SAMPLES = [
    ("DB1.DBX0.3", "", True, "DB1,X0.3"),
    ("DB1.DBX0.2", "bool", False, "DB1,X0.2"),
    ("DB1.DBB2", "", 200, "DB1,BYTE2"),
    ("DB1.DBW4", "int", -12345, "DB1,INT4"),
    ("DB1.DBW6", "uint", 54321, "DB1,WORD6"),
    ("DB1.DBD8", "real", 3.25, "DB1,REAL8"),
    ("DB1.DBD12", "int", -123_456_789, "DB1,DINT12"),
    ("DB1.DBD16", "uint", 4_000_000_000, "DB1,DWORD16"),
    ("DB1.DBD20", "lreal", -0.1, "DB1,LREAL20"),
    ("DB1.DBB28", "string:20", "MILLWRIGHT 7", "DB1,S28.20"),
    ("MW6", "", 0x1234, "MW6"),
    ("M4.0", "", True, "M4.0"),
    ("I0.7", "", True, "I0.7"),
    ("E0.6", "", False, "I0.6"),
    ("Q0.1", "", True, "Q0.1"),
]


@pytest.fixture(scope="module")
def control():
    port = free_port()
    with peer(sys.executable, FIELD / "snap7_device.py", port) as running:
        running.port = port
        yield running


def a_device(port: int, samples: list) -> S7:
    tags = [Tag(name=one, address=one, type=kind, period_s=0.1) for one, kind, *_rest in samples]
    return S7(code="oven", host="127.0.0.1", port=port, timeout_s=1.0, tags=tags)


def test_every_type_is_read_in_one_request_a_block(control):
    with kept_by(s7.session, a_device(control.port, SAMPLES)) as out:
        wait_until(lambda: len(out.of("Q0.1")) > 1)
    assert {one: out.last(one) for one, *_rest in SAMPLES} == {one: value for one, _type, value, _other in SAMPLES}
    assert {quality for _name, _value, quality, _at in out.values} == {192}
    assert len(out.polls) == pytest.approx(4 * len(out.of("Q0.1")), abs=4)
    assert (out.faults, out.raised) == ([], None)


def test_another_program_reads_the_same_from_the_same_control(control):
    node_package("nodes7")
    command = ["node", PEERS / "s7_client.js", str(control.port), *(other for *_rest, other in SAMPLES)]
    other = json.loads(subprocess.run(command, cwd=PEERS, check=True, capture_output=True, timeout=20).stdout)
    device = a_device(control.port, SAMPLES)
    ours = s7.ask(device, Question(kind="read", device={}, addresses=[one for one, *_rest in SAMPLES]))
    assert len(ours.found) == len(SAMPLES)
    for found, (_address, _type, _value, name) in zip(ours.found, SAMPLES, strict=True):
        assert (found.value, found.quality, found.meaning) == (other[name], 192, "S7 (beta)")


def test_what_does_not_exist_does_not_stop_the_rest(control):
    samples = [(f"DB1.DBD{100 + 4 * number}", "", 1_000_000 + number) for number in range(20)]
    missing = [("DB1.DBD198", "", None), ("DB7.DBW0", "", None), ("DB1.DBB60", "string:20", None)]
    with kept_by(s7.session, a_device(control.port, [*samples, *missing])) as out:
        wait_until(lambda: len(out.of("DB1.DBD176")) >= 3 and all(out.of(one) for one, *_rest in missing))
    assert {one: out.last(one) for one, *_rest in samples} == {one: value for one, _type, value in samples}
    assert {quality for _name, value, quality, _at in out.values if value is None} == {4}
    assert any("oven refuses DB7.DBW0: return code 0x0a (the block does not exist" in one for one in out.faults)
    assert any("return code 0x05 (the address does not exist" in one for one in out.faults)


def test_a_control_that_comes_back_is_read_again():
    port = free_port()
    command = (sys.executable, FIELD / "snap7_device.py", port)
    with ExitStack() as stack:
        with peer(*command):
            driver = stack.enter_context(framed([a_device(port, SAMPLES[:3])]))
            wait_until(lambda: driver.values("DB1.DBB2") == [200])
        wait_until(lambda: driver.values("DB1.DBB2") == [200, None])
        with peer(*command):
            wait_until(lambda: driver.values("DB1.DBB2") == [200, None, 200])
    assert [reading.quality for reading in driver.of("DB1.DBB2")][:3] == [192, 24, 192]


def test_a_control_that_is_not_there_is_named():
    port = free_port()
    trouble = raised_by(s7.session, a_device(port, SAMPLES))
    assert isinstance(trouble, Trouble)
    assert str(trouble).startswith(f"127.0.0.1:{port} takes no S7 connection at rack 0, slot 1: ")


def test_names_cannot_be_browsed(control):
    with pytest.raises(Trouble, match="does not tell the names of its data"):
        s7.ask(a_device(control.port, []), Question(kind="browse", device={}))


def test_a_missing_library_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "snap7.client", None)
    trouble = raised_by(s7.session, a_device(1, SAMPLES))
    assert isinstance(trouble, MissingLibrary)
    assert str(trouble).endswith("Install the extra `s7`.")


@pytest.mark.parametrize(
    ("address", "type_name", "expected"),
    [
        ("db12.dbx3.7", "", Place("DB12", 3, 1, "bool", 7)),
        ("DB1.DBD8", "lreal", Place("DB1", 8, 8, "lreal")),
        ("DB1.DBB8", "string:198", Place("DB1", 8, 200, "string:198")),
        ("AW2", "int", Place("Q", 2, 2, "int")),
    ],
)
def test_an_address_and_a_type_name_a_place(address, type_name, expected):
    assert place(address, type_name) == expected


@pytest.mark.parametrize(
    ("address", "type_name", "sentence"),
    [
        ("DB1,REAL8", "", "'DB1,REAL8' is not an S7 address. Expected 'DB1.DBX0.3',"),
        ("DB1.DBX0.8", "", "is not an S7 address"),
        ("DB1.DBX0.3", "int", "is one bit. Expected type bool, found 'int'"),
        ("DB1.DBW4", "real", "real and lreal at a double word (DBD)"),
        ("DB1.DBW4", "bool", "bool at a bit"),
        ("DB1.DBB4", "string:199", "a string of 1 to 198 characters"),
        ("MD65533", "", "ends behind byte 65535"),
    ],
)
def test_what_cannot_be_meant_is_said(address, type_name, sentence):
    with pytest.raises(BadAddress) as refusal:
        place(address, type_name)
    assert sentence in str(refusal.value)


def test_a_request_has_at_most_200_bytes_and_reads_gaps_of_16_along():
    addresses = ("DB1.DBB0", "DB1.DBB17", "DB1.DBD196", "DB1.DBD200", "DB1.DBB35", "DB2.DBB0", "MB0")
    tags = [Tag(name=one, address=one) for one in addresses]
    planned = groups(readable(tags, place)[0], limits)
    assert [str(group) for group in planned] == ["DB1:0 to 17", "DB1.DBB35", "DB1:196 to 203", "DB2.DBB0", "MB0"]
    tags = [Tag(name=str(at), address=f"DB1.DBD{at}") for at in range(0, 400, 4)]
    assert [str(group) for group in groups(readable(tags, place)[0], limits)] == ["DB1:0 to 199", "DB1:200 to 399"]
