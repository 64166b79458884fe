"""The authority's files: made once, read by every process, keys readable by their owner alone. Plain Python.

`authority/` in the data directory holds root.key, root.pem, issuing.key, issuing.pem, ca.pem (root and issuing, what
everybody who checks a certificate of this plant needs), crl.pem (who is revoked) and issued.log (every certificate
that was ever signed). root.key may be moved to a safe place: it is needed again only for `renew`.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from factory_core.processes.data_dir import write_whole
from telemetry.devices.authority import certificates
from telemetry.devices.authority.certificates import Key, Signer

PASSPHRASE_SETTING = "AUTHORITY_PASSPHRASE_FILE"  # noqa: S105  # the name of a setting
# The issuing certificate must outlive everything it signs.
RENEW_BEFORE_END = timedelta(days=365)


class AuthorityError(Exception):
    """The authority cannot do this; the message says why and what to do."""


class Authority:
    """The authority of one plant."""

    def __init__(self, folder: Path, passphrase: bytes = b"") -> None:
        self.folder = folder
        self._passphrase = passphrase

    @classmethod
    def of(cls, data_dir: Path, passphrase_file: str = "") -> "Authority":
        """The authority in a data directory, with the passphrase of its keys if one is set. Raises AuthorityError."""
        passphrase_file = passphrase_file or os.environ.get(PASSPHRASE_SETTING, "")
        if not passphrase_file:
            return cls(data_dir / "authority")
        try:
            passphrase = Path(passphrase_file).read_bytes().strip()
        except OSError as error:
            raise AuthorityError(
                f"{PASSPHRASE_SETTING} names {passphrase_file}, which cannot be read: {error.strerror}."
            ) from error
        if len(passphrase) < 12:
            raise AuthorityError(f"The passphrase in {passphrase_file} is too short. Expected 12 characters or more.")
        return cls(data_dir / "authority", passphrase)

    @property
    def ca_file(self) -> Path:
        """Root and issuing certificate: for whoever checks certificates of gateways and servers."""
        return self.folder / "ca.pem"

    @property
    def crl_file(self) -> Path:
        """The list of revoked certificates, signed by the issuing certificate."""
        return self.folder / "crl.pem"

    @property
    def exists(self) -> bool:
        """Whether it was made."""
        return self.ca_file.exists()

    def ensure(self, at: datetime) -> bool:
        """Make the authority where there is none, and protect keys that lie open though a passphrase is set.

        True when it was made now. Raises AuthorityError.
        """
        with self._held():
            if self.exists:
                self._protect()
                return False
            fresh = self.folder.with_name(self.folder.name + ".new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True, mode=0o755)
            Authority(fresh, self._passphrase)._make(at)
            # In one step: a crash leaves no authority or a whole one.
            fresh.rename(self.folder)
            return True

    def root(self) -> x509.Certificate:
        """The certificate everything hangs on. Raises AuthorityError."""
        return self._certificate("root.pem")

    def issuing(self) -> Signer:
        """The certificate that signs, with its key. Raises AuthorityError."""
        return Signer(self._key("issuing.key"), self._certificate("issuing.pem"))

    def issuing_certificate(self) -> x509.Certificate:
        """The certificate that signs, for those who only look. Raises AuthorityError."""
        return self._certificate("issuing.pem")

    def fingerprint(self) -> str:
        """SHA-256 of the root: what a gateway is told together with its code. Raises AuthorityError."""
        return certificates.fingerprint(self.root())

    def has_root_key(self) -> bool:
        """False when the root's key was taken to a safe place."""
        return (self.folder / "root.key").exists()

    def renew(self, at: datetime) -> x509.Certificate:
        """A new issuing certificate for the same key: everything it signed stays good. Raises AuthorityError."""
        with self._held():
            if not self.has_root_key():
                raise AuthorityError(
                    f"The root's key is not in {self.folder}. Bring root.key back from its safe place, renew, and take "
                    "it away again."
                )
            root = Signer(self._key("root.key"), self.root())
            mark = certificates.common_name(root.certificate.subject).rsplit(" ", 1)[-1]
            issuing = certificates.new_issuing(root, mark, at, self._key("issuing.key"))
            self._write_certificates(root.certificate, issuing.certificate)
            self._note(issuing.certificate, at)
            return issuing.certificate

    def needs_renewal(self, at: datetime) -> bool:
        """Whether the issuing certificate ends within a year."""
        return self.issuing_certificate().not_valid_after_utc - at < RENEW_BEFORE_END

    def sign_gateway(self, request: x509.CertificateSigningRequest, code: str, at: datetime) -> x509.Certificate:
        """A gateway's certificate for a checked request. Raises AuthorityError."""
        certificate = certificates.gateway_certificate(self.issuing(), request, code, at)
        self._note(certificate, at)
        return certificate

    def chain(self, certificate: x509.Certificate) -> bytes:
        """A certificate and what leads from it to the root, PEM, as its owner shows it."""
        return certificates.pem(certificate) + certificates.pem(self.issuing_certificate())

    def issue_server_certificate(self, names: Sequence[str], at: datetime) -> tuple[bytes, bytes]:
        """A fresh key and a certificate for a server of the plant under these names: (chain PEM, key PEM)."""
        key = certificates.new_key()
        certificate = certificates.server_certificate(self.issuing(), key, names, at)
        self._note(certificate, at)
        # The server must start without a person, so its key, which is replaced every 60 days, has no passphrase.
        return self.chain(certificate), _key_pem(key, b"")

    def server_files(self, server: str, names: Sequence[str], at: datetime) -> tuple[Path, Path]:
        """Certificate and key of one of the plant's servers in files, issued anew when two thirds are over.

        Also when the names changed. Raises AuthorityError.
        """
        chain, key = self.folder / f"{server}.pem", self.folder / f"{server}.key"
        if not (key.exists() and chain.exists() and _is_fresh(chain, names, at)):
            chain_pem, key_pem = self.issue_server_certificate(names, at)
            # Key first; whoever reads a pair that does not fit reads again.
            write_whole(key, key_pem, 0o600)
            write_whole(chain, chain_pem, 0o644)
        return chain, key

    def write_revocations(self, revoked: Iterable[tuple[int, datetime]], at: datetime) -> None:
        """Write the list of revoked certificates afresh. Raises AuthorityError."""
        write_whole(self.crl_file, certificates.revocation_list(self.issuing(), revoked, at), 0o644)

    def revoked_serials(self) -> set[int]:
        """The serial numbers in the list as it stands; none when there is no list yet."""
        if not self.crl_file.exists():
            return set()
        return {entry.serial_number for entry in x509.load_pem_x509_crl(self.crl_file.read_bytes())}

    def list_written_at(self) -> datetime | None:
        """When the list of revoked certificates was signed."""
        if not self.crl_file.exists():
            return None
        return x509.load_pem_x509_crl(self.crl_file.read_bytes()).last_update_utc

    def _make(self, at: datetime) -> None:
        mark = secrets.token_hex(4)
        root = certificates.new_root(mark, at)
        issuing = certificates.new_issuing(root, mark, at)
        write_whole(self.folder / "root.key", _key_pem(root.key, self._passphrase), 0o600)
        write_whole(self.folder / "issuing.key", _key_pem(issuing.key, self._passphrase), 0o600)
        self._write_certificates(root.certificate, issuing.certificate)
        for certificate in (root.certificate, issuing.certificate):
            self._note(certificate, at)
        self.write_revocations([], at)

    def _write_certificates(self, root: x509.Certificate, issuing: x509.Certificate) -> None:
        write_whole(self.folder / "root.pem", certificates.pem(root), 0o644)
        write_whole(self.folder / "issuing.pem", certificates.pem(issuing), 0o644)
        write_whole(self.ca_file, certificates.pem(root) + certificates.pem(issuing), 0o644)

    def _protect(self) -> None:
        for name in ("root.key", "issuing.key"):
            path = self.folder / name
            if self._passphrase and path.exists() and b"ENCRYPTED" not in path.read_bytes():
                write_whole(path, _key_pem(self._key(name), self._passphrase), 0o600)

    def _key(self, name: str) -> Key:
        content = self._read(name)
        passphrase = self._passphrase if b"ENCRYPTED" in content else None
        if passphrase == b"":
            raise AuthorityError(
                f"{self.folder / name} is protected by a passphrase. Set {PASSPHRASE_SETTING} to its file."
            )
        try:
            key: Any = serialization.load_pem_private_key(content, passphrase)
        except ValueError as error:
            raise AuthorityError(
                f"{self.folder / name} cannot be opened: wrong passphrase or damaged. Restore it from the backup."
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise AuthorityError(f"{self.folder / name} is not a key of this authority. Restore it from the backup.")
        return key

    def _certificate(self, name: str) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificate(self._read(name))
        except ValueError as error:
            raise AuthorityError(f"{self.folder / name} is damaged. Restore it from the backup.") from error

    def _read(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise AuthorityError(
                f"{self.folder / name} cannot be read ({error.strerror}). Make the authority with "
                "'manage.py authority init', or restore it from the backup."
            ) from error

    def _note(self, certificate: x509.Certificate, at: datetime) -> None:
        line = {
            "at": at.isoformat(),
            "serial": certificates.serial_text(certificate.serial_number),
            "name": certificates.common_name(certificate.subject),
            "until": certificate.not_valid_after_utc.isoformat(),
            "sha256": certificates.fingerprint(certificate),
        }
        with (self.folder / "issued.log").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        """Processes that start together must not make two authorities."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self.folder.with_name(self.folder.name + ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _key_pem(key: Key, passphrase: bytes) -> bytes:
    protection: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def _is_fresh(chain: Path, names: Sequence[str], at: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(chain.read_bytes())
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    known = {str(each.value) for each in found}
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return known == set(names) and at < begin + (end - begin) * 2 / 3
