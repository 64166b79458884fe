"""An EtherNet/IP control: cpppo's simulator is read by name, with values cpppo's own client wrote into it.

The simulator lists no tags, so the list of tags is proved with the form pycomm3 documents for it only.
"""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from telemetry.edge.devices import EthernetIp, Tag
from telemetry.edge.drivers import ethernetip
from telemetry.edge.drivers.ethernetip.asking import members
from telemetry.edge.drivers.ethernetip.names import NotAValue, Place, groups, place, value
from telemetry.edge.drivers.plan import BadAddress, Field
from telemetry.edge.drivers.session import MissingLibrary, Trouble
from telemetry.edge.questions import Question
from tests.patience import PATIENCE_S, wait_until
from tests.ports import free_port
from tests.telemetry.edge.helpers import REPOSITORY
from tests.telemetry.edge.recording_out import framed, kept_by, raised_by

CPPPO = REPOSITORY / ".make" / "peers-environment" / "bin"
TAGS = ("Counts=DINT[10]", "Speed=REAL", "Level=INT", "Fine=LREAL", "Small=SINT", "Order=SSTRING", "Running=BOOL")
WRITES = (
    "Counts[0-2]=(DINT)7,-8,2000000000",
    "Speed=(REAL)3.25",
    "Level=(INT)-12345",
    "Fine=(LREAL)-0.1",
    "Small=(SINT)-5",
    'Order=(SSTRING)"MILLWRIGHT 7"',
    "Running=(BOOL)1",
)
EXPECTED = {
    "Counts": 7,
    "Counts[1]": -8,
    "Counts[2]": 2_000_000_000,
    "Speed": 3.25,
    "Level": -12345,
    "Level.0": True,
    "Level.1": True,
    "Level.3": False,
    "Fine": -0.1,
    "Small": -5,
    "Order": "MILLWRIGHT 7",
    "Running": True,
}


@contextmanager
def simulator(port: int):
    if not (CPPPO / "enip_server").exists():
        pytest.skip("cpppo is not installed in .make/peers-environment")
    command = [CPPPO / "enip_server", "--no-config", "-U", "-a", f"127.0.0.1:{port}", *TAGS]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        write(port)
        yield port
    finally:
        running.kill()
        running.wait(PATIENCE_S)


def write(port: int) -> None:
    """By cpppo's own client, once the simulator listens."""
    wait_until(lambda: listens(port))
    command = [CPPPO / "enip_client", "-a", f"127.0.0.1:{port}", *WRITES]
    subprocess.run(command, capture_output=True, timeout=30, check=True)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def control():
    with simulator(free_port()) as port:
        yield port


def a_device(port: int, names, **settings) -> EthernetIp:
    tags = [Tag(name=one, address=one, period_s=0.1) for one in names]
    return EthernetIp(code="line", host="127.0.0.1", port=port, timeout_s=1.0, tags=tags, **settings)


def test_tags_are_read_by_name_and_the_control_says_their_types(control):
    with kept_by(ethernetip.session, a_device(control, EXPECTED)) as out:
        wait_until(lambda: len(out.of("Running")) > 2)
    assert (out.faults, out.raised) == ([], None)
    got = {name: out.last(name) for name in EXPECTED}
    assert got == EXPECTED
    assert {name: type(one) for name, one in got.items()} == {name: type(one) for name, one in EXPECTED.items()}
    assert {quality for _name, _value, quality, _at in out.values} == {192}
    assert len(out.polls) == pytest.approx(len(out.of("Running")), abs=1)


def test_a_name_the_control_does_not_have_does_not_stop_the_others(control):
    with kept_by(ethernetip.session, a_device(control, ["Speed", "Nothing", "Counts[1]", "Speed.4", "1st"])) as out:
        wait_until(lambda: len(out.of("Counts[1]")) > 2 and out.of("Nothing") and out.of("Speed.4"))
    assert {out.last(one) for one in ("Nothing", "Speed.4", "1st")} == {None}
    assert {quality for name, one, quality, _at in out.values if one is None} == {4}
    assert set(out.of("Speed")) == {3.25}
    assert any("line refuses Nothing: Nothing: there is no tag of this name" in one for one in out.faults)
    assert any("Speed.4: it has no bit 4. Expected a whole number" in one for one in out.faults)
    assert any("'1st' is not the name of a tag in a control." in one for one in out.faults)


@pytest.mark.skipif(not os.environ.get("LONG_FAULTS"), reason="starts the simulator twice: with LONG_FAULTS=1")
def test_a_control_that_comes_back_is_read_again():
    port = free_port()
    with framed([a_device(port, ["Speed"])]) as driver:
        with simulator(port):
            wait_until(lambda: 3.25 in driver.values("Speed"))
        wait_until(lambda: driver.values("Speed")[-1] is None)
        lost = len(driver.values("Speed"))
        with simulator(port):
            wait_until(lambda: 3.25 in driver.values("Speed")[lost:])


def test_values_can_be_asked_for_and_a_control_without_a_list_says_so(control):
    device = a_device(control, [])
    answer = ethernetip.ask(device, Question(kind="read", device={}, addresses=["Speed", "Nothing", "?"]))
    assert [(one.address, one.value, one.quality) for one in answer.found] == [
        ("Speed", 3.25, 192),
        ("Nothing", None, 4),
        ("?", None, 4),
    ]
    assert answer.found[0].meaning == "EtherNet/IP (beta)"
    with pytest.raises(Trouble, match=r"does not give the list of its tags\. Type their names"):
        ethernetip.ask(device, Question(kind="browse", device={}))


def test_a_control_that_is_not_there_is_named():
    port = free_port()
    trouble = raised_by(ethernetip.session, a_device(port, ["Speed"]))
    assert isinstance(trouble, Trouble)
    assert str(trouble).startswith(f"127.0.0.1:{port} takes no EtherNet/IP connection at slot 0: ")


def test_a_missing_library_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "pycomm3", None)
    trouble = raised_by(ethernetip.session, a_device(1, ["Speed"]))
    assert isinstance(trouble, MissingLibrary)
    assert str(trouble).endswith("Install the extra `ethernetip`.")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("PartCount", Place("PartCount")),
        ("Program:Main.PartCount", Place("Program:Main.PartCount")),
        ("Motors[2].Current", Place("Motors[2].Current")),
        ("Grid[1,2,3].5", Place("Grid[1,2,3]", 5)),
    ],
)
def test_an_address_names_a_tag(address, expected):
    assert place(address) == expected


@pytest.mark.parametrize(
    "address", ["", "1st", "Motor.", "Motor..Current", "Speeds[x]", "Speeds[]", "Program:.X", "a b"]
)
def test_what_cannot_be_a_name_is_said(address):
    with pytest.raises(BadAddress, match="is not the name of a tag in a control"):
        place(address)


@pytest.mark.parametrize(
    ("answer", "bit", "expected"),
    [
        ("c1 00 ff", None, True),
        ("c4 00 ff ff ff ff", None, -1),
        ("c4 00 00 00 00 80", 31, True),
        ("d3 00 08 00 00 00", 3, True),
        ("ca 00 00 00 50 40", None, 3.25),
        ("a0 02 ce 0f 03 00 00 00 41 62 63 00 00", None, "Abc"),
    ],
)
def test_answers_become_values(answer, bit, expected):
    assert value(bytes.fromhex(answer), bit) == (expected, 192)


@pytest.mark.parametrize(
    ("answer", "bit", "sentence"),
    [
        ("c4 00 ff ff", None, "the answer is cut off"),
        ("c3 00 ff ff", 16, "no bit 16"),
        ("c1 00 ff", 0, "no bit 0"),
        ("a0 02 34 12 00 00", None, "it is a structure. Expected one of its members"),
        ("ff 00 00", None, "its type 0x00ff is not known"),
        ("a0 02 ce 0f 09 00 00 00 41", None, "a string longer than its answer"),
    ],
)
def test_answers_that_are_no_value_are_said(answer, bit, sentence):
    with pytest.raises(NotAValue, match=sentence):
        value(bytes.fromhex(answer), bit)


def test_twenty_tags_of_a_period_share_a_request():
    fields = [Field(Tag(name=f"t{at}", address=f"T{at}", period_s=1 + at % 2), Place(f"T{at}")) for at in range(42)]
    planned = groups(fields)
    assert [(group.period_s, len(group.fields)) for group in planned] == [(1, 20), (1, 1), (2, 20), (2, 1)]
    starts = [one.place.start for group in planned for one in group.fields]
    assert starts == list(range(42))
    assert [one.place.name for one in planned[0].halves()[1].fields] == [f"T{at}" for at in range(20, 40, 2)]


def listed(name: str, type_name: str, dimensions=(0, 0, 0)) -> dict:
    size = sum(1 for one in dimensions if one)
    tag = {"tag_name": name, "dim": size, "dimensions": list(dimensions), "tag_type": "atomic"}
    return {**tag, "data_type": type_name, "data_type_name": type_name}


def test_an_uploaded_list_is_offered_branch_by_branch():
    current = {"offset": 0, "array": 0, "tag_type": "atomic", "data_type": "REAL", "data_type_name": "REAL"}
    faults = {"offset": 4, "array": 3, "tag_type": "atomic", "data_type": "DINT", "data_type_name": "DINT"}
    motor = {
        "name": "Motor",
        "attributes": ["Current", "Faults"],
        "internal_tags": {"Current": current, "Faults": faults},
    }
    drive = {"tag_name": "Drive", "dim": 0, "dimensions": [0, 0, 0], "tag_type": "struct"}
    tags = [
        listed("PartCount", "DINT"),
        listed("Speeds", "REAL", (2, 0, 0)),
        listed("Program:Main.Ready", "BOOL"),
        {**drive, "data_type": motor, "data_type_name": "Motor"},
        {**drive, "tag_name": "Name", "data_type": {"name": "STRING"}, "data_type_name": "STRING"},
    ]
    assert [(one.address, one.kind, one.type, one.has_children) for one in members(tags, "")] == [
        ("PartCount", "number", "DINT", False),
        ("Speeds", "", "REAL", True),
        ("Program:Main.Ready", "bool", "BOOL", False),
        ("Drive", "", "Motor", True),
        ("Name", "text", "STRING", False),
    ]
    assert [one.address for one in members(tags, "Speeds")] == ["Speeds[0]", "Speeds[1]"]
    inside = [(one.address, one.kind, one.has_children) for one in members(tags, "Drive")]
    assert inside == [("Drive.Current", "number", False), ("Drive.Faults", "", True)]
    assert [one.address for one in members(tags, "Drive.Faults")] == [f"Drive.Faults[{at}]" for at in range(3)]
    with pytest.raises(Trouble, match="no tag 'Gone' any more"):
        members(tags, "Gone")
