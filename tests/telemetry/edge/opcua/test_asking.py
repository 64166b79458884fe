"""What an engineer sees of a server before there is a single tag."""

import asyncio
import sys

import pytest

from telemetry.edge.asking import answered
from telemetry.edge.drivers import opcua
from telemetry.edge.drivers.session import MissingLibrary, Trouble
from telemetry.edge.places import Place
from telemetry.edge.questions import Question
from tests.telemetry.edge.opcua.peers import MANY, PRESS, device, needs_node


def looked(server, tmp_path, address="", **more):
    return opcua.ask(device(server, tmp_path), Question(id=7, device={}, address=address, **more))


@needs_node
def test_the_top_shows_objects_that_go_deeper(shared, tmp_path):
    answer = looked(shared, tmp_path)
    assert answer.id == 7
    assert not answer.more
    by_name = {one.name: one for one in answer.found}
    assert {"Server", "Press", "Many"} <= set(by_name)
    assert by_name["Press"].address == PRESS
    assert by_name["Press"].has_children
    assert by_name["Press"].meaning == "Press: BaseObjectType"
    assert by_name["Server"].address == "i=2253"
    assert (by_name["Press"].kind, by_name["Press"].path) == ("", "")


@needs_node
def test_variables_show_type_unit_value_and_quality(shared, tmp_path):
    answer = looked(shared, tmp_path, PRESS)
    shown = {one.name: (one.type, one.kind, one.unit, one.value, one.quality, one.has_children) for one in answer.found}
    expected = {
        "State": ("PressState", "number", "", 2, 192, False),
        "Current": ("Float", "number", "A", 5.25, 192, False),
        "PartCount": ("UInt32", "number", "", 1207, 192, False),
        "Running": ("Boolean", "bool", "", True, 192, False),
        "OrderNo": ("String", "text", "", "00123", 192, False),
        "Started": ("DateTime", "text", "", "2026-11-20T06:00:00.250Z", 192, False),
        "Temperatures": ("Double[]", "", "", None, 192, True),
        "Sensor": ("Double", "number", "", 1.5, 16, False),
        "Blob": ("ByteString", "", "", None, 4, False),
    }
    assert {name: shown[name] for name in expected} == expected
    current = next(one for one in answer.found if one.name == "Current")
    assert (current.path, current.meaning, current.address) == (
        "Press", "Current: AnalogItemType", f"{PRESS}.Current",
    )  # fmt: skip


@needs_node
def test_an_array_shows_its_elements(shared, tmp_path):
    found = looked(shared, tmp_path, f"{PRESS}.Temperatures").found
    assert [(one.address, one.path, one.kind, one.type, one.value) for one in found] == [
        (f"{PRESS}.Temperatures[{at}]", "Press/Temperatures", "number", "Double", value)
        for at, value in enumerate((20.5, 21.5, 22.5))
    ]


@needs_node
def test_of_a_thousand_500_are_shown_and_that_there_are_more(shared, tmp_path):
    answer = looked(shared, tmp_path, MANY)
    assert answer.more
    assert [one.value for one in answer.found] == list(range(500))
    assert len({one.address for one in answer.found}) == 500


@needs_node
def test_values_are_read_and_what_cannot_be_read_says_why(shared, tmp_path):
    addresses = [f"{PRESS}.Current", f"{PRESS}.Temperatures[2]", f"{PRESS}.Speed[1]", f"{PRESS}.Nope", "junk"]
    found = looked(shared, tmp_path, kind="read", addresses=addresses).found
    assert [(one.address, one.value, one.quality) for one in found] == list(
        zip(addresses, [5.25, 22.5, 7.5, None, None], [192, 192, 192, 4, 4], strict=True)
    )
    assert [one.meaning for one in found[:4]] == ["", "", "", "The server says BadNodeIdUnknown."]
    assert found[4].meaning.startswith("'junk' is no node id.")


@needs_node
def test_the_agent_looks_in_a_process_of_its_own(shared, tmp_path):
    settings = {"driver": "opcua", "code": "press", "url": shared.url, "security": "none"}
    place = Place(tmp_path)
    answer = answered(Question(id=3, device=settings, address=PRESS), place)
    assert answer.trouble == ""
    assert {"State": 2, "OrderNo": "00123"}.items() <= {one.name: one.value for one in answer.found}.items()
    refused = answered(Question(id=4, device={**settings, "security": "sign"}), place)
    assert "nobody here has accepted" in refused.trouble
    assert f"to {tmp_path}/trust/opcua." in refused.trouble
    assert refused.found == []


@needs_node
def test_a_node_that_is_not_there_is_trouble(shared, tmp_path):
    with pytest.raises(Trouble, match="does not show what lies under this node: BadNodeIdUnknown"):
        looked(shared, tmp_path, "ns=1;i=99999")
    with pytest.raises(Trouble, match="is no node id"):
        looked(shared, tmp_path, "Press")


def test_looking_is_limited_in_time(tmp_path, monkeypatch):
    from telemetry.edge.drivers.opcua import connecting, looking

    async def never(client, device):
        await asyncio.sleep(60)

    class Somebody:
        url = "opc.tcp://127.0.0.1:4840"

    monkeypatch.setattr(looking, "LONGEST_S", 0.1)
    monkeypatch.setattr(connecting, "_connect", never)
    with pytest.raises(Trouble, match=r"took longer than 0\.1 s"):
        looked(Somebody, tmp_path)


def test_a_gateway_without_the_library_says_what_to_install(tmp_path, monkeypatch):
    class Somebody:
        url = "opc.tcp://127.0.0.1:4840"

    for name in list(sys.modules):
        if name == "asyncua" or name.startswith(("asyncua.", "telemetry.edge.drivers.opcua.")):
            monkeypatch.delitem(sys.modules, name)
            package, _, part = name.rpartition(".")
            if package == "telemetry.edge.drivers.opcua":
                monkeypatch.delattr(opcua, part)
    monkeypatch.setitem(sys.modules, "asyncua", None)
    with pytest.raises(MissingLibrary, match=r"cannot speak OPC UA: .*asyncua.*Install the extra `opcua`"):
        looked(Somebody, tmp_path)
    with pytest.raises(MissingLibrary, match="extra `opcua`"):
        opcua.session(device(Somebody, tmp_path), None)
