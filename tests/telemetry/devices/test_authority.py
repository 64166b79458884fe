"""The plant's own authority: what it makes, whom it signs, and that its keys stay its own."""

import base64
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from telemetry.devices.authority import certificates
from telemetry.devices.authority.keeper import Authority, AuthorityError

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path / "authority")
    assert made.ensure(AT)
    return made


def a_request(name: str = "", key: object = None, spoil: bool = False) -> bytes:
    """A certificate request as a gateway makes it."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())  # type: ignore[arg-type]  # keys of every kind are tried
    der = request.public_bytes(serialization.Encoding.DER)
    if spoil:
        der = der[:-1] + bytes([der[-1] ^ 1])
        return (
            b"-----BEGIN CERTIFICATE REQUEST-----\n"
            + base64.encodebytes(der)
            + (b"-----END CERTIFICATE REQUEST-----\n")
        )
    return request.public_bytes(serialization.Encoding.PEM)


def test_keys_are_readable_by_their_owner_alone(authority: Authority) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in authority.folder.iterdir()}
    assert {name: mode for name, mode in modes.items() if name.endswith(".key")} == {
        "root.key": 0o600, "issuing.key": 0o600,
    }  # fmt: skip
    assert not authority.ensure(AT), "an authority is made once"
    assert len(authority.fingerprint()) == 64


def test_a_gateway_certificate_leads_to_the_root_and_is_for_clients_only(authority: Authority) -> None:
    request = certificates.read_request(a_request("press-1"), "press-1")
    certificate = authority.sign_gateway(request, "press-1", AT)
    assert certificate.not_valid_after_utc == AT + timedelta(days=90)
    assert certificates.common_name(certificate.subject) == "press-1"
    assert authority.chain(certificate).count(b"BEGIN CERTIFICATE") == 2
    policy = PolicyBuilder().store(Store([authority.root()])).time(AT + timedelta(days=89))
    # The verifier of the library wants an alternative name in clients' certificates; a server's has one.
    chain, key = authority.issue_server_certificate(["localhost", "127.0.0.1"], AT)
    server, issuing = x509.load_pem_x509_certificates(chain)
    policy.build_server_verifier(x509.DNSName("localhost")).verify(server, [issuing])
    certificate.verify_directly_issued_by(issuing)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]
    assert b"PRIVATE KEY" in key


def test_every_issue_is_logged_and_no_key_stands_in_the_log(authority: Authority) -> None:
    certificate = authority.sign_gateway(certificates.read_request(a_request(), "press-1"), "press-1", AT)
    lines = [json.loads(line) for line in (authority.folder / "issued.log").read_text().splitlines()]
    assert [line["name"].rsplit(" ", 1)[0] for line in lines] == ["Millwright root", "Millwright issuing", "press-1"]
    assert lines[-1]["serial"] == certificates.serial_text(certificate.serial_number)
    assert set(lines[-1]) == {"at", "serial", "name", "until", "sha256"}


@pytest.mark.parametrize(
    ("pem", "word"),
    [
        (b"x" * 8193, "8193 bytes"),
        (b"nonsense", "cannot be read"),
        (a_request("press-1", rsa.generate_private_key(65537, 2048)), "P-256"),
        (a_request("press-1", ec.generate_private_key(ec.SECP384R1())), "P-256"),
        (a_request("press-1", ec.generate_private_key(ec.SECP192R1())), "P-256"),
        (a_request("press-2"), "'press-2'"),
        (a_request("press-1", spoil=True), "own key"),
    ],
    ids=["oversized", "nonsense", "RSA", "another curve", "weak curve", "another name", "signature"],
)
def test_other_requests_are_refused_with_a_sentence(pem: bytes, word: str) -> None:
    with pytest.raises(certificates.BadRequest, match=word):
        certificates.read_request(pem, "press-1")


def test_the_list_names_the_revoked_and_is_signed_by_the_issuing_certificate(authority: Authority) -> None:
    assert authority.revoked_serials() == set()
    authority.write_revocations([(77, AT)], AT)
    assert authority.revoked_serials() == {77}
    found = x509.load_pem_x509_crl(authority.crl_file.read_bytes())
    assert found.is_signature_valid(authority.issuing().key.public_key())
    assert found.next_update_utc == AT + timedelta(days=30)


def test_renewing_the_issuing_certificate_keeps_what_it_signed(authority: Authority) -> None:
    request = certificates.read_request(a_request(), "press-1")
    certificate = authority.sign_gateway(request, "press-1", AT)
    later = AT + timedelta(days=4 * 365 + 30)
    assert authority.needs_renewal(later)
    renewed = authority.renew(later)
    assert not authority.needs_renewal(later)
    certificate.verify_directly_issued_by(renewed)
    renewed.verify_directly_issued_by(authority.root())


def test_without_the_roots_key_everything_works_but_renewing(authority: Authority, tmp_path: Path) -> None:
    (authority.folder / "root.key").rename(tmp_path / "safe")
    authority.issue_server_certificate(["localhost"], AT)
    with pytest.raises(AuthorityError, match="safe place"):
        authority.renew(AT)


def test_a_passphrase_protects_the_keys(tmp_path: Path, authority: Authority) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("a long enough one\n")
    guarded = Authority.of(tmp_path, str(secret))
    assert not guarded.ensure(AT), "keys that lay open are protected, not made anew"
    for name in ("root.key", "issuing.key"):
        assert b"ENCRYPTED" in (guarded.folder / name).read_bytes()
    guarded.issue_server_certificate(["localhost"], AT)
    with pytest.raises(AuthorityError, match="passphrase"):
        Authority(guarded.folder).issuing()
    with pytest.raises(AuthorityError, match="wrong passphrase"):
        Authority(guarded.folder, b"another one").issuing()
    secret.write_text("short")
    with pytest.raises(AuthorityError, match="too short"):
        Authority.of(tmp_path, str(secret))


def test_a_servers_files_are_kept_until_two_thirds_are_over_or_the_names_change(authority: Authority) -> None:
    chain, key = authority.server_files("ingest", ["localhost"], AT)
    first = chain.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    authority.server_files("ingest", ["localhost"], AT + timedelta(days=59))
    assert chain.read_bytes() == first
    authority.server_files("ingest", ["localhost"], AT + timedelta(days=61))
    second = chain.read_bytes()
    assert second != first
    authority.server_files("ingest", ["localhost", "10.0.0.1"], AT + timedelta(days=61))
    assert chain.read_bytes() != second
