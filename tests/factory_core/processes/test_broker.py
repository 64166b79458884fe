"""The MQTT broker as one of the plant's processes: wanted, found, set up narrowly; or missing, and said so."""

import stat
from pathlib import Path

import pytest

from factory_core.processes import broker
from factory_core.processes.broker import BrokerFiles, Papers, broker_files, configuration, rights
from factory_core.processes.data_dir import write_whole
from factory_core.processes.specs import BadSetting, plant_settings, process_table

PAPERS = Papers(Path("/a/ca.pem"), Path("/a/broker.pem"), Path("/a/broker.key"), Path("/a/crl.pem"))


def names(environment: dict[str, str], folder: Path) -> list[str]:
    return [spec.name for spec in process_table(plant_settings({"DATA_DIR": str(folder), **environment}))]


def test_without_mqtt_there_is_no_broker(tmp_path, monkeypatch):
    monkeypatch.setattr(broker, "program", lambda: "/usr/sbin/mosquitto")

    assert not {"broker", "mqtt"} & set(names({}, tmp_path))
    assert not {"broker", "mqtt"} & set(names({"MQTT": "0"}, tmp_path))


def test_with_mqtt_the_broker_and_so_many_consumers_run(tmp_path, monkeypatch):
    monkeypatch.setattr(broker, "program", lambda: "/usr/sbin/mosquitto")
    found = names({"MQTT": "1", "MQTT_CONSUMERS": "3"}, tmp_path)

    assert [name for name in found if name.startswith(("broker", "mqtt"))] == ["broker", "mqtt", "mqtt-2", "mqtt-3"]


def test_a_broker_that_is_not_installed_leaves_the_plant_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(broker, "program", lambda: None)

    assert names({"MQTT": "1"}, tmp_path) == names({}, tmp_path)
    assert plant_settings({"MQTT": "1"}).mqtt
    assert not plant_settings({"MQTT": "1"}).has_broker


@pytest.mark.parametrize("setting", [{"MQTT_PORT": "0"}, {"MQTT_PORT": "secure"}, {"MQTT_CONSUMERS": "17"}])
def test_settings_that_make_no_sense_are_told(setting):
    with pytest.raises(BadSetting, match="expected a number from 1 to"):
        plant_settings(setting)


def test_the_network_gets_in_with_a_certificate_only(tmp_path):
    text = configuration(broker_files(tmp_path), PAPERS, "0.0.0.0", 8883)
    network, server = text.split("listener 8883 0.0.0.0")[1].split("listener 0 ")

    for line in (
        "require_certificate true", "use_identity_as_username true", "use_username_as_clientid true",
        "allow_anonymous false", "tls_version tlsv1.2", "crlfile /a/crl.pem", "cafile /a/ca.pem",
    ):  # fmt: skip
        assert line in network.splitlines()
    assert server.splitlines()[0].endswith("server.sock")
    assert text.count("\nlistener ") == 2


def test_the_servers_own_way_in_is_closed_to_other_accounts(tmp_path):
    files = broker_files(tmp_path)
    files.make()

    assert stat.S_IMODE(files.socket.parent.stat().st_mode) == 0o700


def test_a_data_directory_with_a_long_name_still_has_a_socket(tmp_path, monkeypatch):
    monkeypatch.setattr(broker.tempfile, "gettempdir", lambda: str(tmp_path / "t"))
    files = BrokerFiles(Path("/srv") / ("x" * 120))

    assert files.socket.parent.parent == tmp_path / "t"
    assert files.socket != BrokerFiles(Path("/srv") / ("y" * 120)).socket


def test_a_revoked_gateway_has_no_right_at_all():
    assert rights(["b", "a"]).splitlines() == [
        "pattern write millwright/v1/%u/up/#",
        "pattern read millwright/v1/%u/down/#",
        "user a", "topic deny #", "user b", "topic deny #",
    ]  # fmt: skip


def test_a_file_is_written_only_when_it_changes(tmp_path):
    path = tmp_path / "acl"

    assert write_whole(path, b"one")
    assert not write_whole(path, b"one")
    assert write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
