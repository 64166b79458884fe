"""Devices from the server: added to the local ones, and never a way to files the gateway's owner did not allow."""

import msgspec
import pytest

from telemetry.edge.config import ConfigError, Place, device_from, load, remote_devices
from telemetry.edge.devices import DRIVERS, Device, Folder, Modbus, Mqtt, OpcUa, Simulator, driver_of
from tests.telemetry.edge.helpers import write_config

MQTT = {"code": "b", "driver": "mqtt", "host": "broker"}
TAG = {"name": "m.speed", "address": "holding:1"}


def remote(*devices, local=(), place=None):
    return remote_devices({"devices": list(devices)}, list(local), place)


def test_devices_of_the_server_come_to_the_local_ones_and_a_local_word_holds(tmp_path, caplog):
    local = [Simulator(code="press"), Simulator(code="b", seed=9)]
    assert remote(MQTT, {"code": "n", "driver": "simulator"}, local=local) == [*local, Simulator(code="n")]
    assert "Device b is set on the server and in gateway.toml; gateway.toml holds." in caplog.text


@pytest.mark.parametrize("name", ["password_file", "ca_file"])
@pytest.mark.parametrize("path", ["/etc/shadow", "../secret", "a/../../secret", "~/secret", "link/secret"])
def test_files_of_a_device_from_the_server_stay_in_the_gateways_folder(tmp_path, name, path):
    (tmp_path / "gw").mkdir()
    (tmp_path / "gw" / "link").symlink_to("/etc")
    place = Place(tmp_path / "gw")
    with pytest.raises(ConfigError, match=r"is not in the gateway's folder. Expected a path like 'secrets/press1'"):
        remote({**MQTT, name: path}, place=place)
    with pytest.raises(ConfigError, match="is not in the gateway's folder"):
        device_from({**MQTT, name: path}, place)


def test_the_server_itself_refuses_what_no_gateway_would_take():
    for path in ("/etc/shadow", "../secret"):
        with pytest.raises(ConfigError, match="not in the gateway's folder"):
            remote({"code": "o", "driver": "opcua", "url": "opc.tcp://x:1", "trusted": path})
    assert remote({**MQTT, "password_file": "secrets/b"})[0].password_file == "secrets/b"


def test_paths_become_whole_for_local_and_remote_devices(tmp_path):
    local = """
[[device]]
code = "o"
driver = "opcua"
url = "opc.tcp://x:4840"
password_file = "/run/secrets/o"
"""
    gateway = load(write_config(tmp_path, "http://x", local))
    opcua = gateway.device[0]
    assert isinstance(opcua, OpcUa)
    assert (opcua.password_file, opcua.trusted) == ("/run/secrets/o", str(tmp_path / "trust/opcua"))
    mqtt = remote({**MQTT, "password_file": "secrets/b"}, place=gateway.place)[0]
    assert isinstance(mqtt, Mqtt)
    assert (mqtt.password_file, mqtt.ca_file) == (str(tmp_path / "secrets/b"), "")


FOLDER = {"code": "f", "driver": "folder", "time_column": "t"}


def test_the_server_names_folders_only_below_those_the_owner_opened(tmp_path):
    config = write_config(tmp_path, "http://x", agent=f'drop = ["drop", "{tmp_path}/share"]')
    gateway = load(config)
    for path in ("drop/press", f"{tmp_path}/share/a"):
        (device,) = remote({**FOLDER, "path": path}, place=gateway.place)
        assert isinstance(device, Folder)
        assert device.path == str(tmp_path / path)
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "out").symlink_to(tmp_path)
    for path in ("spool", "/", "drop/../spool", f"{tmp_path}/shared", "~", "drop/out/spool"):
        with pytest.raises(ConfigError, match=r"may not be read. Expected one below .*agent.drop in gateway.toml"):
            remote({**FOLDER, "path": path}, place=gateway.place)
    with pytest.raises(ConfigError, match=r"reads files. Expected in gateway.toml only"):
        device_from({"code": "r", "driver": "replay", "files": ["a"]}, gateway.place)


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ({"driver": "modbus"}, "has neither host nor serial. Expected host for Modbus TCP, or serial"),
        ({"driver": "modbus", "host": "x", "serial": "/dev/ttyS0"}, "has both host and serial"),
        ({"driver": "modbus", "serial": "/dev/mem"}, "'/dev/mem' is no serial port. Expected one like /dev/ttyUSB0"),
        ({"driver": "modbus", "serial": "/etc/passwd"}, "device[0].serial (device number 1, d): expected text"),
        ({"driver": "modbus", "serial": "/dev/tty/../mem"}, "device[0].serial (device number 1, d): expected text"),
        ({"driver": "scanner", "kind": "keyboard", "port": "/dev/input/event0"}, "cannot be a scanner"),
        ({"driver": "scanner", "port": "/dev/ttyS0", "tags": [TAG, {**TAG, "name": "n"}]}, "has 2 tags. Expected one"),
        ({"driver": "modbus", "host": "x", "tags": [TAG, TAG]}, "stands at device 'd' and at 'd'"),
        ({"driver": "modbus", "host": "x", "tags": [{**TAG, "name": "a b"}]}, "device number 1, d)"),
        ({"driver": "plc"}, "invalid value 'plc', expected one of ethernetip, folder, modbus, mqtt, mtconnect, opcua"),
        ({"driver": "modbus", "host": "x", "speed": 9}, "unknown setting `speed`"),
    ],
)
def test_bad_devices_are_explained(device, sentence):
    with pytest.raises(ConfigError) as refused:
        remote({"code": "d", **device})
    assert sentence in str(refused.value)


def test_two_tags_of_one_gateway_cannot_have_one_name():
    local = msgspec.convert([{"code": "a", "driver": "modbus", "host": "x", "tags": [TAG]}], list[Device])
    with pytest.raises(ConfigError, match=r"the tag 'm.speed' stands at device 'a' and at 'b'"):
        remote({**MQTT, "tags": [{**TAG, "address": "t"}]}, local=local)


def test_every_kind_of_device_has_a_driver_of_its_own():
    assert {driver_of(Simulator(code="s")), driver_of(Modbus(code="m")), driver_of(Mqtt(code="q", host="x"))} < DRIVERS
    assert len(DRIVERS) == 11
