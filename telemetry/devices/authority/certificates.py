"""Certificates of the plant: root, issuing, gateways, servers, and the list of revoked ones. Plain Python.

Keys are EC P-256 throughout. Gateways are named by the common name, which is their code.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT_LIFE = timedelta(days=20 * 365)
ISSUING_LIFE = timedelta(days=5 * 365)
LIFE = timedelta(days=90)
# The list is written afresh every day and at every revocation; a broker refuses everybody when it is too old.
LIST_LIFE = timedelta(days=30)
LARGEST_REQUEST = 8 * 1024
# Clocks of gateways may be a little behind.
_EARLIER = timedelta(minutes=5)

Key = ec.EllipticCurvePrivateKey


class BadRequest(Exception):
    """A request for a certificate that the authority does not sign; the message says why."""


class Signer(NamedTuple):
    """A certificate of the authority and its key."""

    key: Key
    certificate: x509.Certificate


def new_key() -> Key:
    """A fresh key of the one kind used here."""
    return ec.generate_private_key(ec.SECP256R1())


def new_root(mark: str, at: datetime) -> Signer:
    """The root, which signs itself; `mark` tells the roots of several plants apart."""
    key = new_key()
    name = _name(f"Millwright root {mark}")
    return Signer(key, _authority(name, key, name, key, at, at + ROOT_LIFE, path_length=1))


def new_issuing(root: Signer, mark: str, at: datetime, key: Key | None = None) -> Signer:
    """The certificate that signs everything else; with the `key` it had, what it signed before stays good."""
    key = key or new_key()
    end = min(at + ISSUING_LIFE, root.certificate.not_valid_after_utc)
    name = _name(f"Millwright issuing {mark}")
    return Signer(key, _authority(name, key, root.certificate.subject, root.key, at, end, path_length=0))


def read_request(pem: bytes, name: str) -> x509.CertificateSigningRequest:
    """A gateway's request, checked: for this name (or none), P-256, signed by its own key. Raises BadRequest."""
    if len(pem) > LARGEST_REQUEST:
        raise BadRequest(f"The certificate request has {len(pem)} bytes; expected at most {LARGEST_REQUEST}.")
    try:
        request = x509.load_pem_x509_csr(pem)
        key = request.public_key()
        signed = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm, InvalidSignature, TypeError) as error:
        raise BadRequest("The certificate request cannot be read. Expected a PKCS #10 request in PEM.") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadRequest("The key of the certificate request is of another kind. Expected an EC key on P-256.")
    if not signed:
        raise BadRequest("The certificate request is not signed by its own key. Make a new one.")
    wanted = common_name(request.subject)
    if wanted and wanted != name:
        raise BadRequest(
            f"The certificate request is for '{wanted[:40]}', but this is gateway '{name}'. "
            "Use the code that was made for that gateway."
        )
    return request


def gateway_certificate(
    issuing: Signer, request: x509.CertificateSigningRequest, name: str, at: datetime, life: timedelta = LIFE
) -> x509.Certificate:
    """A client certificate for the gateway `name`; whatever else the request wished for is ignored."""
    builder = _leaf(issuing, request.public_key(), name, at, life, ExtendedKeyUsageOID.CLIENT_AUTH)  # type: ignore[arg-type]  # read_request lets only EC keys through
    return builder.sign(issuing.key, hashes.SHA256())


def server_certificate(
    issuing: Signer, key: Key, names: Sequence[str], at: datetime, life: timedelta = LIFE
) -> x509.Certificate:
    """A server certificate for host names and addresses."""
    builder = _leaf(issuing, key.public_key(), names[0], at, life, ExtendedKeyUsageOID.SERVER_AUTH)
    alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
    return builder.add_extension(alternatives, critical=False).sign(issuing.key, hashes.SHA256())


def revocation_list(issuing: Signer, revoked: Iterable[tuple[int, datetime]], at: datetime) -> bytes:
    """The signed list of revoked serial numbers, PEM."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuing.certificate.subject)
        .last_update(at - _EARLIER)
        .next_update(at + LIST_LIFE)
        .add_extension(_key_identifier(issuing.key.public_key()), critical=False)
        # Lists are numbered, growing; seconds do.
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
    )
    for serial, since in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(issuing.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, 64 hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def key_fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    """SHA-256 of a public key, 64 hexadecimal digits: the same in request and certificate."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))
    return digest.finalize().hex()


def serial_text(serial: int) -> str:
    """A serial number as it is kept: hexadecimal, upper case, whole bytes, as TLS libraries tell it."""
    digits = f"{serial:X}"
    return digits if len(digits) % 2 == 0 else f"0{digits}"


def common_name(name: x509.Name) -> str:
    """The common name; empty when there is none."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def pem(certificate: x509.Certificate) -> bytes:
    """As text between its lines."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def _leaf(
    issuing: Signer,
    key: ec.EllipticCurvePublicKey,
    name: str,
    at: datetime,
    life: timedelta,
    use: x509.ObjectIdentifier,
) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuing.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _EARLIER)
        .not_valid_after(min(at + life, issuing.certificate.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(_key_identifier(issuing.key.public_key()), critical=False)
    )


def _authority(
    subject: x509.Name, key: Key, issuer: x509.Name, issuer_key: Key, at: datetime, end: datetime, path_length: int
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _EARLIER)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_key_identifier(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _key_identifier(key: ec.EllipticCurvePublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
