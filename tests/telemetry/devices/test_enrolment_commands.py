"""The words at the server: authority, enrolment code with its three lines, and local gateways' files."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from factory_core.processes.specs import ingest_url, plant_settings, process_table
from telemetry.devices.authority.keeper import Authority
from telemetry.devices.local_gateways import keep_address
from tests.world.plant import Plant


@pytest.fixture(autouse=True)
def _own_authority(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def test_the_authority_is_made_once_shown_and_renewed(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="authority init"):
        call_command("authority", "show")
    call_command("authority", "init")
    fingerprint = Authority(tmp_path / "authority").fingerprint()
    assert f"Fingerprint (SHA-256): {fingerprint}" in capsys.readouterr().out
    call_command("authority", "init")
    assert "already; nothing was changed" in capsys.readouterr().out
    call_command("authority", "renew")
    shown = capsys.readouterr().out
    assert fingerprint in shown
    assert "PRIVATE" not in shown
    (tmp_path / "authority" / "root.key").unlink()
    with pytest.raises(CommandError, match="safe place"):
        call_command("authority", "renew")


@pytest.mark.parametrize("tls", [True, False])
def test_a_code_comes_with_what_to_write(
    plant: Plant, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], tls: bool
) -> None:
    settings.INGEST_TLS = tls
    call_command("gateway_enrol", "gw-7", "--place", plant.press.code, "--code")
    told = capsys.readouterr()
    code = told.out.strip()
    lines = told.err.splitlines()
    assert lines[-1] == f'enrol_code = "{code}"'
    assert lines[0].startswith('url = "https://' if tls else 'url = "http://')
    found = re.findall(r'ca_fingerprint = "([0-9a-f]{64})"', told.err)
    assert found == ([Authority(tmp_path / "authority").fingerprint()] if tls else [])


def test_gateways_are_served_over_tls_wherever_others_reach_them(tmp_path: Path) -> None:
    def ingest(**environment: str) -> tuple[str, ...]:
        plant = plant_settings({"DATA_DIR": str(tmp_path), **environment})
        return next(spec.command for spec in process_table(plant) if spec.name == "ingest")

    for bind in ("127.0.0.1", "::1", "localhost", "127.0.0.9"):
        assert "--tls" not in ingest(BIND=bind), bind
    for bind in ("0.0.0.0", "::", "10.0.0.5", "plant.local"):  # what an administrator may write
        assert "--tls" in ingest(BIND=bind), bind
    assert "--tls" in ingest(INGEST_TLS="1")
    assert "--tls" not in ingest(BIND="10.0.0.5", INGEST_TLS="0")
    assert ingest_url("::", 8001, True) == "https://[::1]:8001"


def test_local_gateways_follow_the_servers_address(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    keep_address(path, "http://127.0.0.1:1", tmp_path)
    assert not path.exists()
    first = '# mine\n[server]\nurl = "http://127.0.0.1:1"\ntoken_file = "t"\n\n[spool]\ndir = "spool"\n'
    path.write_text(first)
    keep_address(path, "https://127.0.0.1:2", tmp_path)
    trust = f'ca_file = "{tmp_path}/authority/ca.pem"\n'
    assert path.read_text() == first.replace('http://127.0.0.1:1"\n', f'https://127.0.0.1:2"\n{trust}')
    keep_address(path, "https://127.0.0.1:3", tmp_path)
    assert path.read_text().count("ca_file") == 1
    keep_address(path, "http://127.0.0.1:1", tmp_path)
    assert path.read_text() == first
