"""Who this gateway is: its key, which never leaves this computer, its certificate, and the authority it trusts.

Key and certificate stand in one file (readable by this user alone), so that they always fit each other. The library
`cryptography` makes keys and requests; without it a gateway is known by its token.
"""

from __future__ import annotations

import hashlib
import logging
import os
import ssl
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from telemetry import wire
from telemetry.edge.config import KEPT_IDENTITY, Gateway
from telemetry.edge.lean import httpx

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

log = logging.getLogger("millwright.edge.identity")

_LARGEST_AUTHORITY = 16 * 1024


class WrongAuthority(Exception):
    """The server is not of the plant this gateway was told of. Nothing was sent to it."""


class Life(NamedTuple):
    """When a certificate begins and ends, seconds since 1970."""

    begins: float
    ends: float

    def is_due(self, at: float) -> bool:
        """Two thirds are over: time for the next one."""
        return at >= self.begins + (self.ends - self.begins) * 2 / 3


class Identity:
    """The files that say who this gateway is."""

    def __init__(self, gateway: Gateway) -> None:
        server = gateway.server
        self.path = gateway.path(server.certificate_file or KEPT_IDENTITY)
        self._key_path = gateway.path(server.key_file) if server.key_file else self.path
        # An identity in two files was made by somebody else, who also renews it.
        self.is_ours = self.path == self._key_path and server.url.startswith("https://")
        self._pending = self.path.with_name(self.path.name + ".pending")
        self._ca = gateway.path(server.ca_file) if server.ca_file else None
        self._told = server.ca_fingerprint.lower().removeprefix("sha256:").replace(":", "")
        self._url = server.url
        self._timeout_s = server.timeout_s
        self.name = server.name

    @property
    def life(self) -> Life | None:
        """Of the present certificate; None when there is none that can be read."""
        try:
            from cryptography import x509

            found = x509.load_pem_x509_certificate(_after_key(self.path.read_bytes()))
        except (ImportError, OSError, ValueError):
            return None
        return Life(found.not_valid_before_utc.timestamp(), found.not_valid_after_utc.timestamp())

    def is_good(self) -> bool:
        """Whether there is a certificate to show."""
        life = self.life
        return life is not None and time.time() < life.ends

    def context(self, shown: Path | None) -> ssl.SSLContext | bool:
        """How to meet the server: whom to trust, and the identity to show, if any. Raises OSError, ssl.SSLError."""
        known = self._ca if self._ca is not None and self._ca.exists() else None
        if known is None and shown is None:
            return True
        context = ssl.create_default_context(cafile=str(known) if known else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if shown is not None:
            context.load_cert_chain(shown, shown if self.is_ours else self._key_path)
        return context

    def meet_authority(self) -> bool:
        """The first contact: takes the plant's root certificate if it is the one the fingerprint names; whether it did.

        Nothing but the question for that public certificate goes to a server that is not proven yet. Raises
        WrongAuthority, and httpx.HTTPError when no answer comes.
        """
        if not self._told or self._ca is None or self._ca.exists() or not self._url.startswith("https://"):
            return False
        unproven = ssl.create_default_context()
        unproven.check_hostname, unproven.verify_mode = False, ssl.CERT_NONE
        with httpx.Client(base_url=self._url, timeout=self._timeout_s, verify=unproven) as client:
            response = client.get(wire.AUTHORITY_PATH)
        try:
            shown = hashlib.sha256(ssl.PEM_cert_to_DER_cert(response.text[:_LARGEST_AUTHORITY].strip())).hexdigest()
        except ValueError:
            shown = f"none (answer {response.status_code})"
        if shown != self._told:
            raise WrongAuthority(
                f"The server at {self._url} has another certificate authority ({shown}) than server.ca_fingerprint "
                f"says ({self._told}). Nothing was sent to it. Compare the fingerprint with the one the administrator "
                "got with the code; if it is right, somebody stands between this gateway and the plant."
            )
        write_private(self._ca, response.content)
        log.info("The plant's certificate authority %s is the one that was told; it is kept in %s.", shown, self._ca)
        return True

    def request(self, name: str) -> bytes:
        """A certificate request for the pending key, which is made if there is none. Raises ImportError, OSError."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.x509.oid import NameOID

        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])
        made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(self._pending_key(), hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM)

    def fingerprint(self) -> str:
        """SHA-256 of the pending public key: what an administrator compares. Empty without the library."""
        try:
            from cryptography.hazmat.primitives import serialization

            public = self._pending_key().public_key()
        except (ImportError, OSError):
            return ""
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()

    def code_name(self) -> str:
        """The gateway's code as its certificate says it; empty without one."""
        try:
            from cryptography import x509
            from cryptography.x509.oid import NameOID

            subject = x509.load_pem_x509_certificate(_after_key(self.path.read_bytes())).subject
        except (ImportError, OSError, ValueError):
            return ""
        return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

    def draft(self, chain: str) -> Path:
        """The pending key and its new certificate, beside the present identity until they proved good."""
        draft = self.path.with_name(self.path.name + ".next")
        write_private(draft, self._pending.read_bytes() + chain.encode())
        return draft

    def adopt(self, draft: Path, ca: str) -> None:
        """The new identity takes the place of the present one in one step."""
        if ca and self._ca is not None and not self._ca.exists():
            write_private(self._ca, ca.encode())
        draft.replace(self.path)
        self._pending.unlink(missing_ok=True)

    def _pending_key(self) -> ec.EllipticCurvePrivateKey:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        if self._pending.exists():
            try:
                found = serialization.load_pem_private_key(self._pending.read_bytes(), None)
                if isinstance(found, ec.EllipticCurvePrivateKey):
                    return found
            except ValueError:
                log.warning("%s cannot be read; a new key is made.", self._pending)
        key = ec.generate_private_key(ec.SECP256R1())
        plain = serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        write_private(self._pending, pem)
        return key


def write_private(path: Path, content: bytes) -> None:
    """Writes a file so that it is there whole or not at all, and nobody else can read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _after_key(content: bytes) -> bytes:
    """The certificates of a file that may begin with a key."""
    begin = content.find(b"-----BEGIN CERTIFICATE-----")
    return content[begin:] if begin >= 0 else b""
