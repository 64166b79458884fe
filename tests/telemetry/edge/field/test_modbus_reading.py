"""Modbus devices written by others are read: modbus-serial from npm, and pymodbus' own server."""

import sys

import msgspec
import pytest

from telemetry.edge.devices import Modbus, Tag
from telemetry.edge.drivers import modbus
from telemetry.edge.drivers.session import MissingLibrary, Trouble
from telemetry.edge.questions import Question
from tests.patience import wait_until
from tests.ports import free_port
from tests.telemetry.edge.field.peers import npm_modbus, pymodbus_tcp, serial_line
from tests.telemetry.edge.recording_out import kept_by, raised_by

SAMPLES = {
    "holding:300": ("int16", -12345),
    "holding:302": ("float32", 3.25),
    "holding:306": ("int32", -123_456_789),
    "holding:308": ("uint64", 9_007_199_254_740_991),
    "holding:312": ("int64", -9_007_199_254_740_991),
    "holding:316": ("float64", -0.1),
    "holding:320": ("string:8", "MILLWRIGHT 7"),
    "holding:328": ("uint16", 16),
    "holding:328.4": ("", True),
    "holding:328.3": ("bool", False),
    "holding:330": ("float32", None),
    "holding:332": ("uint32", 4_000_000_000),
    "coil:6": ("", True),
    "coil:7": ("", False),
    "discrete:10": ("", True),
    "discrete:11": ("", False),
}


@pytest.fixture(scope="module")
def npm():
    with npm_modbus() as peer:
        yield peer


def tags(samples: dict, period_s: float = 0.1) -> list[Tag]:
    return [Tag(name=one, address=one, type=kind, period_s=period_s) for one, (kind, _value) in samples.items()]


def a_device(peer, samples: dict, **settings) -> Modbus:
    return Modbus(code="press", host="127.0.0.1", port=peer.port, timeout_s=1.0, tags=tags(samples), **settings)


def ask(device: Modbus, kind: str, address: str = "", addresses: tuple = ()):
    question = Question(kind=kind, device={}, address=address, addresses=list(addresses))
    return modbus.ask(device, question)


def test_every_type_is_read_in_three_requests(npm):
    with kept_by(modbus.session, a_device(npm, SAMPLES)) as out:
        wait_until(lambda: len(out.of("holding:332")) > 1)
    assert {name: out.last(name) for name in SAMPLES} == {name: value for name, (_type, value) in SAMPLES.items()}
    assert {quality for name, _value, quality, _at in out.values if name == "holding:330"} == {0}
    first = [name for name, *_rest in out.values[: len(SAMPLES)]]
    assert sorted(first) == sorted(SAMPLES)
    assert len(out.polls) == pytest.approx(3 * len(out.of("coil:6")), abs=3)
    assert out.faults == []
    assert out.raised is None


def test_the_low_word_may_come_first(npm):
    with kept_by(modbus.session, a_device(npm, {"holding:304": ("float32", 3.25)}, words="little")) as out:
        wait_until(lambda: out.values)
    assert out.values[0] == ("holding:304", 3.25, 192, None)


def test_a_register_that_does_not_exist_does_not_stop_its_neighbours(npm):
    wanted = {f"holding:{at}": ("", at) for at in range(400, 460)} | {"holding:600": ("", None)}
    with kept_by(modbus.session, a_device(npm, wanted)) as out:
        wait_until(lambda: len(out.of("holding:459")) >= 3 and out.of("holding:437") and out.of("holding:600"))
        polls, refusals = len(out.polls), len(out.faults)
        wait_until(lambda: len(out.polls) >= polls + 20)
    for name, value, quality, _at in out.values:
        missing = name in ("holding:437", "holding:600")
        assert (value, quality) == ((None, 4) if missing else (int(name[8:]), 192)), name
    assert "press refuses holding:437: exception 2 (illegal address: not all of these registers exist)." in out.faults
    # Once found, the bad ones are left alone for a minute.
    assert len(out.faults) == refusals


def test_an_address_that_cannot_be_meant_is_said_and_the_others_flow(npm):
    wanted = {"holding:302": ("float32", 3.25), "40101": ("", None)}
    with kept_by(modbus.session, a_device(npm, wanted)) as out:
        wait_until(lambda: len(out.of("holding:302")) > 1)
    assert out.of("40101") == [None]
    assert out.faults == [
        "Tag 40101: '40101' is a reference number of a manual, which mostly means 'holding:100' (counted from 0). "
        "Expected 'holding:100', 'input:3', 'coil:0', 'discrete:7', or 'holding:100.4' for one bit."
    ]


def test_a_device_that_does_not_take_connections_is_named():
    port = free_port()
    device = Modbus(code="press", host="127.0.0.1", port=port, tags=tags({"coil:0": ("", None)}))
    trouble = raised_by(modbus.session, device)
    assert isinstance(trouble, Trouble)
    assert str(trouble).startswith(f"127.0.0.1:{port} takes no connection. Expected a Modbus device there")


@pytest.mark.parametrize("settings", [{}, {"host": "10.0.0.1", "serial": "/dev/ttyUSB0"}])
def test_a_device_has_a_host_or_a_line(settings):
    device = Modbus(code="press", tags=tags({"coil:0": ("", None)}), **settings)
    assert str(raised_by(modbus.session, device)).endswith("Expected one.")


def test_a_serial_port_that_is_not_there_is_named():
    device = Modbus(code="press", serial="/dev/ttyNONE", tags=tags({"coil:0": ("", None)}))
    sentence = str(raised_by(modbus.session, device))
    assert sentence == (
        "The serial port /dev/ttyNONE is not there. Expected a name like /dev/ttyUSB0; check the adapter."
    )


def test_an_adapter_that_is_pulled_out_ends_the_session_and_is_opened_anew_later():
    wanted = tags({"holding:0": ("uint32", None)})
    with serial_line(1) as line:
        device = Modbus(code="one", serial=line.ends[0], unit=1, baud=115200, timeout_s=0.2, tags=wanted)
        with kept_by(modbus.session, device) as out:
            wait_until(lambda: out.values)
            line.unplug()
            wait_until(lambda: out.raised)
        assert isinstance(out.raised, Trouble)
        assert device.serial in str(out.raised)
        assert str(raised_by(modbus.session, device)).startswith(f"The serial port {device.serial} is not there.")
    with serial_line(1) as line:
        again = Modbus(code="one", serial=line.ends[0], unit=1, baud=115200, tags=wanted)
        with kept_by(modbus.session, again) as out:
            wait_until(lambda: out.values)


@pytest.mark.parametrize("port", ["spy:///dev/ttyUSB0?file=x", "socket://10.0.0.1:502", "/etc/passwd", "/dev/../etc/x"])
def test_a_serial_line_is_a_device_file_and_nothing_else(port):
    settings = {"driver": "modbus", "code": "press", "serial": port}
    with pytest.raises(msgspec.ValidationError, match=r"matching regex .* at `\$\.serial`"):
        msgspec.convert(settings, Modbus)
    good = {**settings, "serial": "/dev/serial/by-id/usb-FTDI_USB-RS485_A1-if00-port0"}
    assert msgspec.convert(good, Modbus).serial == good["serial"]


def test_a_missing_library_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymodbus.client", None)
    device = Modbus(code="press", host="127.0.0.1", tags=tags({"coil:0": ("", None)}))
    trouble = raised_by(modbus.session, device)
    assert isinstance(trouble, MissingLibrary)
    assert str(trouble).endswith("Install the extra `modbus`.")


def test_two_devices_of_one_line_agree_on_its_speed():
    wanted = tags({"holding:0": ("uint32", None)})
    with serial_line(1, 2) as line:
        first = Modbus(code="one", serial=line.ends[0], unit=1, baud=115200, tags=wanted)
        with kept_by(modbus.session, first) as out:
            wait_until(lambda: out.values)
            slow = Modbus(code="two", serial=line.ends[0], unit=2, baud=9600, tags=wanted)
            assert "one line has one setting" in str(raised_by(modbus.session, slow))
            same = Modbus(code="two", serial=line.ends[0], unit=1, baud=115200, tags=wanted)
            assert "Device one is unit 1 of" in str(raised_by(modbus.session, same))


def test_browsing_offers_register_maps_with_the_values_the_device_has_there(npm):
    device = a_device(npm, {})
    found = {one.address: one for one in ask(device, "browse").found}
    assert found["inputs-outputs-16"].has_children
    assert "Eastron" in found["energy-meter-sdm630"].meaning
    answer = ask(device, "browse", "inputs-outputs-16")
    assert answer.trouble == ""
    assert [one.address for one in answer.found if one.value] == [
        *(f"discrete:{at}" for at in range(0, 16, 5)),
        *(f"coil:{at}" for at in range(0, 16, 3)),
    ]
    assert {one.kind for one in answer.found} == {"bool"}


def test_a_register_map_can_be_looked_at_before_the_device_is_there():
    device = Modbus(code="meter", host="127.0.0.1", port=free_port())
    answer = ask(device, "browse", "energy-meter-sdm630")
    total = next(one for one in answer.found if one.name == "TotalEnergy")
    assert (total.address, total.type, total.unit, total.kind) == ("input:342", "float32", "kWh", "counter")
    assert (total.value, total.quality) == (None, 32)
    assert "takes no connection" in answer.trouble
    with pytest.raises(Trouble, match=r"no register map 'robot'\. Expected one of energy-meter-sdm630"):
        ask(device, "browse", "robot")


def test_a_sunspec_meter_says_itself_where_its_values_are():
    with pymodbus_tcp("sunspec") as peer:
        answer = ask(a_device(peer, {}), "browse", "sunspec-meter-float")
    assert answer.trouble == ""
    found = {one.name: one for one in answer.found}
    # The model begins at 40012; its n-th number is n by the peer.
    assert (found["A"].address, found["A"].value) == ("holding:40014", 0.0)
    assert (found["Hz"].address, found["Hz"].value, found["Hz"].unit) == ("holding:40038", 12.0, "Hz")
    assert (found["TotWhImp"].address, found["TotWhImp"].value) == ("holding:40080", 33.0)
    assert (found["Evt"].value, found["Evt"].quality) == (8, 192)


def test_a_device_without_sunspec_says_so(npm):
    answer = ask(a_device(npm, {}), "browse", "sunspec-meter-float")
    assert answer.found == []
    assert answer.trouble.startswith("No SunSpec mark at holding register 40000, 50000, 0.")


def test_addresses_are_read_with_the_type_of_their_tag_or_their_own(npm):
    device = a_device(npm, {"holding:302": ("float32", 3.25)})
    answer = ask(device, "read", addresses=("holding:302", "holding:306 int32", "holding:437", "nonsense"))
    assert [(one.address, one.value, one.quality) for one in answer.found] == [
        ("holding:302", 3.25, 192),
        ("holding:306 int32", -123_456_789, 192),
        ("holding:437", None, 4),
        ("nonsense", None, 4),
    ]
    assert answer.found[3].meaning.startswith("'nonsense' is not a Modbus address.")
