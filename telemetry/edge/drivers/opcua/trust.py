"""Certificates: this gateway's own, made once, and those of the servers somebody has accepted."""

from __future__ import annotations

import fcntl
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from telemetry.edge.drivers.session import Trouble
from telemetry.edge.identity import write_private

_VALID = timedelta(days=3650)
_SMALLEST_KEY = 2048
_MOST_REJECTED = 50
_KINDS = {".der", ".cer", ".crt", ".pem"}


class Own(NamedTuple):
    """This gateway's certificate and key, both DER, and the application's URI the certificate names."""

    certificate: bytes
    key: bytes
    uri: str
    file: Path


def own(folder: Path) -> Own:
    """The gateway's certificate, made at the first call. Raises Trouble if the folder cannot be used.

    It is valid for ten years, because each server has to be told of a new one by hand.
    """
    place = folder / "own"
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(place):
            certificate, key = place / "certificate.der", place / "key.der"
            if not (certificate.is_file() and key.is_file()):
                _make(certificate, key)
            shown = x509.load_der_x509_certificate(certificate.read_bytes())
            return Own(certificate.read_bytes(), key.read_bytes(), _uri_of(shown), certificate)
    except (OSError, ValueError) as error:
        raise Trouble(
            f"The gateway's own OPC UA certificate in {place} cannot be used: {error}. "
            "Remove the folder; a new one is made."
        ) from error


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    # Devices connect at the same time, also from other processes; only one may make the key.
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(certificate: Path, key_file: Path) -> None:
    host = socket.gethostname() or "gateway"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Millwright gateway {host}"[:64])])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A control's clock may be a little behind; the certificate must be valid there too.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.UniformResourceIdentifier(f"urn:{host}:millwright:gateway"), x509.DNSName(host)]
            ),
            critical=False,
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=True,
                data_encipherment=True,
                key_agreement=False,
                # The standard asks for this bit in certificates that sign themselves (OPC 10000-6, 6.2.2).
                key_cert_sign=True,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=False,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    secret = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(key_file, secret)
    write_private(certificate, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))


def _uri_of(certificate: x509.Certificate) -> str:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return str(names.get_values_for_type(x509.UniformResourceIdentifier)[0])


def days_left(certificate: bytes) -> int:
    """Whole days until a certificate ends; below zero when it has ended."""
    return (x509.load_der_x509_certificate(certificate).not_valid_after_utc - datetime.now(UTC)).days


def check(folder: Path, certificate: bytes, url: str) -> None:
    """Raises Trouble unless somebody has put exactly this certificate into the folder.

    A certificate nobody knows is kept in `rejected`, so that accepting it is moving one file.
    """
    try:
        shown = x509.load_der_x509_certificate(certificate)
    except ValueError as error:
        raise Trouble(f"The server at {url} shows a certificate that cannot be read: {error}.") from error
    key = shown.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _SMALLEST_KEY:
        raise Trouble(
            f"The server at {url} has a weak key. Give it an RSA certificate of {_SMALLEST_KEY} bits or more."
        )
    if certificate in _accepted(folder):
        return
    rejected = _reject(folder, shown, certificate)
    raise Trouble(
        f"The server at {url} shows a certificate nobody here has accepted: {_title(shown)}, fingerprint SHA-256 "
        f"{fingerprint(certificate)}. Compare it at the machine, then move {rejected} to {folder}."
    )


def fingerprint(certificate: bytes, kind: str = "sha256") -> str:
    """As people compare it. OPC UA tools show SHA-1, everyone else SHA-256."""
    digest = hashes.Hash(hashes.SHA1() if kind == "sha1" else hashes.SHA256())  # noqa: S303  # shown, not relied on
    digest.update(certificate)
    return digest.finalize().hex().upper()


def _accepted(folder: Path) -> set[bytes]:
    found: set[bytes] = set()
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        if file.suffix.lower() not in _KINDS or not file.is_file():
            continue
        content = file.read_bytes()
        try:
            if b"-----BEGIN" in content:
                loaded = x509.load_pem_x509_certificates(content)
            else:
                loaded = [x509.load_der_x509_certificate(content)]
        except ValueError as error:
            raise Trouble(f"{file} is no certificate ({error}). Remove it.") from error
        found.update(one.public_bytes(serialization.Encoding.DER) for one in loaded)
    return found


def _title(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return repr(str(names[0].value)) if names else "without a name"


def _reject(folder: Path, shown: x509.Certificate, certificate: bytes) -> Path:
    place = folder / "rejected"
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", _title(shown).strip("'\""))[:40].strip("._") or "server"
    file = place / f"{name}-{fingerprint(certificate, 'sha1')}.der"
    try:
        place.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            # Whoever answers at the address decides what is shown, so there must not be room for everything.
            old = sorted(place.glob("*.der"), key=lambda one: one.stat().st_mtime)
            for one in old[: max(len(old) - _MOST_REJECTED + 1, 0)]:
                one.unlink()
            file.write_bytes(certificate)
    except OSError as error:
        raise Trouble(f"The certificate of an unknown server cannot be kept in {place}: {error}.") from error
    return file
