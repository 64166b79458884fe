"""The agent's own identity: key, first contact, enrolment, renewal, and asking to be let in."""

# Fixtures are found by name, which looks like a redefinition.
# ruff: noqa: F811

import json
import stat
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from telemetry.devices import services
from telemetry.devices.models import Gateway, GatewayCertificate, Newcomer
from telemetry.edge import identity as identity_module
from telemetry.edge.config import ConfigError, load
from telemetry.edge.enrolling import Enrolling, EnrolRefused
from telemetry.edge.health import RemoteConfig
from telemetry.edge.net import Link
from telemetry.edge.report import config_digest
from telemetry.models import RefusedSender
from tests.telemetry.edge import helpers
from tests.telemetry.edge.recording import RecordingIngest
from tests.telemetry.ingest.behind_tls import (  # noqa: F401 - fixtures are found by name
    act,
    data_dir,
    fresh_allowances,
    gateway,
    tls_server,
    until,
)
from tests.telemetry.ingest.conftest import plant  # noqa: F401 - fixtures are found by name


def configured(folder: Path, **lines: str) -> Path:
    """A gateway's file with these lines about the server."""
    path = folder / "gateway.toml"
    path.write_text("[server]\ntimeout_s = 5\n" + "".join(f'{name} = "{value}"\n' for name, value in lines.items()))
    return path


def linked(path: Path) -> Link:
    """The agent's way to the server, closed after the test."""
    link = Link(load(path))
    helpers.OPEN.append(link)
    return link


@pytest.fixture
def three_lines(tls_server, data_dir, gateway, tmp_path) -> Path:
    """What an administrator gives: address, fingerprint, code."""
    code = act(services.issue_enrolment_code, gateway_id=gateway.pk)
    fingerprint = services.authority(gateway.created_at).fingerprint()
    return configured(tmp_path, url=tls_server, ca_fingerprint=fingerprint, enrol_code=code)


def serial_in(folder: Path) -> str:
    pem = (folder / "identity.pem").read_bytes()
    certificate = x509.load_pem_x509_certificate(pem[pem.index(b"-----BEGIN CERTIFICATE") :])
    return f"{certificate.serial_number:X}".rjust(2, "0")


def test_three_lines_become_an_identity_nobody_else_can_read(three_lines, tmp_path):
    link = linked(three_lines)
    assert Enrolling(link).enrol() == "gw-1"
    private = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir() if path != three_lines}
    assert private == {
        "identity.pem": 0o600, "plant-ca.pem": 0o600, "gateway.token": 0o600, "enrol_code.used": 0o600,
    }  # fmt: skip
    assert int(GatewayCertificate.objects.get().serial, 16) == int(serial_in(tmp_path), 16)
    again = linked(three_lines)
    assert again.has_token
    assert not Enrolling(again).wants, "a code is tried once"
    assert "authorization" not in again._headers(), "who shows a certificate shows no token"
    assert again.get("/ingest/v1/config").status_code == 200


def test_a_server_with_another_fingerprint_hears_nothing(three_lines, tmp_path):
    text = three_lines.read_text()
    told = load(three_lines).server.ca_fingerprint
    three_lines.write_text(text.replace(told, "ab" * 32))
    with pytest.raises(EnrolRefused, match="Nothing was sent to it"):
        Enrolling(linked(three_lines)).enrol()
    assert [path.name for path in tmp_path.iterdir()] == ["gateway.toml"]
    assert Gateway.objects.get().enrol_code_hash, "the code is as good as before"
    assert not RefusedSender.objects.exists()


def test_a_code_that_was_spent_is_said_and_not_tried_again(three_lines):
    Enrolling(linked(three_lines)).enrol()
    (three_lines.parent / "identity.pem").unlink()
    (three_lines.parent / "gateway.token").unlink()
    (three_lines.parent / "enrol_code.used").unlink()
    enrolling = Enrolling(linked(three_lines))
    assert enrolling.wants
    with pytest.raises(EnrolRefused, match="each code works once"):
        enrolling.enrol()
    assert not enrolling.wants


def test_a_new_code_enrols_a_gateway_that_has_an_identity(three_lines, gateway, tmp_path):
    Enrolling(linked(three_lines)).enrol()
    first = serial_in(tmp_path)
    old = load(three_lines).server.enrol_code
    code = act(services.issue_enrolment_code, gateway_id=gateway.pk)
    three_lines.write_text(three_lines.read_text().replace(old, code))
    enrolling = Enrolling(linked(three_lines))
    assert enrolling.wants
    enrolling.enrol()
    assert serial_in(tmp_path) != first
    assert dict(GatewayCertificate.objects.values_list("reason", "issued_for")) == {
        "enrolled again": "enrolment", "": "enrolment",
    }  # fmt: skip


def test_the_certificate_is_renewed_by_itself_and_the_old_stays_until_the_new_worked(
    three_lines, tmp_path, monkeypatch
):
    link = linked(three_lines)
    enrolling = Enrolling(link)
    enrolling.enrol()
    first = (tmp_path / "identity.pem").read_bytes()
    assert not enrolling.renew_if_due(), "not before two thirds are over"
    life = link.identity.life
    assert round((life.ends - life.begins) / 86400) == 90
    assert (life.is_due(life.begins + 59 * 86400), life.is_due(life.begins + 61 * 86400)) == (False, True)
    monkeypatch.setattr(identity_module.Life, "is_due", lambda life, at: True)

    monkeypatch.setattr(link, "meet_with", lambda shown: (_ for _ in ()).throw(httpx.ConnectError("gone")))
    assert not enrolling.renew_if_due()
    assert (tmp_path / "identity.pem").read_bytes() == first
    assert not (tmp_path / "identity.pem.next").exists()
    monkeypatch.undo()

    monkeypatch.setattr(identity_module.Life, "is_due", lambda life, at: True)
    assert not enrolling.renew_if_due(), "not again at once"
    again = Enrolling(link)
    assert again.renew_if_due()
    assert (tmp_path / "identity.pem").read_bytes() != first
    assert link.get("/ingest/v1/config").status_code == 200
    shown = [row.serial for row in GatewayCertificate.objects.filter(issued_for="renewal")]
    assert int(serial_in(tmp_path), 16) in [int(serial, 16) for serial in shown]


def test_without_a_code_it_asks_to_be_let_in(tls_server, data_dir, gateway, tmp_path):
    fingerprint = services.authority(gateway.created_at).fingerprint()
    path = configured(tmp_path, url=tls_server, ca_fingerprint=fingerprint, name="gw-hall-9")
    link = linked(path)
    with pytest.raises(EnrolRefused, match="asked to be let in as 'gw-hall-9'"):
        Enrolling(link).enrol()
    assert not link.has_token
    until(lambda: Newcomer.objects.exists())
    found = Newcomer.objects.get()
    assert (found.name, found.mark, found.source) == ("gw-hall-9", link.identity.fingerprint(), "agent")


def test_without_the_library_the_token_is_enough(three_lines, tmp_path, monkeypatch):
    link = linked(three_lines)
    monkeypatch.setattr(link.identity, "request", lambda name: (_ for _ in ()).throw(ImportError("cryptography")))
    assert Enrolling(link).enrol() == "gw-1"
    assert not (tmp_path / "identity.pem").exists()
    assert link.get("/ingest/v1/config").status_code == 200


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ({"url": "https://x", "ca_fingerprint": "abc", "name": "x"}, "64 hexadecimal digits"),
        ({"url": "https://x"}, "enrol_code from an administrator, or name"),
        ({"url": "https://x", "token": "t", "enrol_code": "c"}, "needs server.token_file"),
    ],
)
def test_what_cannot_be_is_said(tmp_path, lines, sentence):
    with pytest.raises(ConfigError, match=sentence):
        load(configured(tmp_path, **lines))


def test_a_bad_or_damaged_configuration_keeps_the_last_good_one(tmp_path):
    server = RecordingIngest()
    link = linked(configured(tmp_path, url=f"http://127.0.0.1:{server.port}", token="secret"))
    taken = []

    def use(config):
        if "bad" in config:
            raise ConfigError("the configuration from the server: 'bad' is not a setting.")
        taken.append(config)

    remote = RemoteConfig(tmp_path / "gateway.remote.json", use)
    good = {"devices": [{"code": "a", "driver": "simulator"}]}
    server.config = {"config_version": 1, "config": good, "digest": config_digest(good)}
    remote.pull(link)
    kept = (tmp_path / "gateway.remote.json").read_bytes()
    server.config = {"config_version": 2, "config": {"bad": 1}, "digest": config_digest({"bad": 1})}
    remote.pull(link)
    assert (remote.version, remote.in_use, remote.digest) == (2, 1, config_digest(good))
    assert "'bad' is not a setting" in remote.trouble
    server.config = {"config_version": 3, "config": {"devices": []}, "digest": config_digest(good)}
    remote.pull(link)
    assert (remote.version, remote.in_use) == (2, 1), "what arrived damaged is fetched again"
    assert taken == [good]
    assert (tmp_path / "gateway.remote.json").read_bytes() == kept
    restarted = RemoteConfig(tmp_path / "gateway.remote.json", use)
    restarted.load_kept()
    assert (restarted.in_use, restarted.digest, taken) == (1, config_digest(good), [good, good])
    assert json.loads(kept)["config_version"] == 1
    server.close()
