"""The gateway's own certificate and the list of accepted ones."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from telemetry.edge.drivers.opcua import trust
from telemetry.edge.drivers.session import Trouble

URL = "opc.tcp://10.0.0.5:4840"


def certificate(key, days=30, name="Press 7/é") -> bytes:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=60)).not_valid_after(now + timedelta(days=days))
    return built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_the_own_certificate_is_made_once_even_by_many_and_its_key_is_nobody_elses(tmp_path):
    made = []
    makers = [threading.Thread(target=lambda: made.append(trust.own(tmp_path / "trust"))) for _ in range(4)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(made) == 4
    assert len(set(made)) == 1
    place = tmp_path / "trust" / "own"
    assert place.stat().st_mode & 0o777 == 0o700
    assert (place / "key.der").stat().st_mode & 0o777 == 0o600
    assert {file.name for file in place.iterdir()} == {".lock", "certificate.der", "key.der"}
    shown = x509.load_der_x509_certificate(made[0].certificate)
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [made[0].uri]
    assert shown.public_key() == serialization.load_der_private_key(made[0].key, None).public_key()
    assert 3640 < trust.days_left(made[0].certificate) <= 3650


def test_a_damaged_own_certificate_is_a_sentence(tmp_path):
    place = tmp_path / "own"
    place.mkdir()
    (place / "certificate.der").write_bytes(b"junk")
    (place / "key.der").write_bytes(b"junk")
    with pytest.raises(Trouble, match=r"Remove the folder; a new one is made\."):
        trust.own(tmp_path)


def test_a_certificate_is_accepted_as_der_or_pem_and_only_exactly_that_one(tmp_path, key):
    known, other = certificate(key), certificate(key)
    with pytest.raises(Trouble, match=r"rejected/Press_7-[0-9A-F]{40}\.der to "):
        trust.check(tmp_path, known, URL)
    pem = x509.load_der_x509_certificate(known).public_bytes(serialization.Encoding.PEM)
    (tmp_path / "press.pem").write_bytes(pem)
    (tmp_path / "readme.txt").write_text("no certificate")
    trust.check(tmp_path, known, URL)
    # Same name, same key, another certificate: somebody has to look again.
    with pytest.raises(Trouble, match="nobody here has accepted"):
        trust.check(tmp_path, other, URL)
    (tmp_path / "other.crt").write_bytes(other)
    trust.check(tmp_path, other, URL)


def test_an_accepted_certificate_that_ended_still_proves_who_speaks(tmp_path, key):
    ended = certificate(key, days=-3)
    (tmp_path / "old.der").write_bytes(ended)
    trust.check(tmp_path, ended, URL)
    assert trust.days_left(ended) == -4


def test_junk_and_weak_keys_are_refused(tmp_path, key):
    with pytest.raises(Trouble, match="cannot be read"):
        trust.check(tmp_path, b"junk", URL)
    for weak in (
        rsa.generate_private_key(public_exponent=65537, key_size=1024),
        ec.generate_private_key(ec.SECP256R1()),
    ):
        with pytest.raises(Trouble, match="has a weak key"):
            trust.check(tmp_path, certificate(weak), URL)
    assert not (tmp_path / "rejected").exists()
    (tmp_path / "x.der").write_bytes(b"junk")
    with pytest.raises(Trouble, match=r"x\.der is no certificate"):
        trust.check(tmp_path, certificate(key), URL)


def test_whoever_shows_ever_new_certificates_does_not_fill_the_disk(tmp_path, key):
    for number in range(53):
        with pytest.raises(Trouble):
            trust.check(tmp_path, certificate(key, name=f"n{number}"), URL)
    assert len(list((tmp_path / "rejected").iterdir())) == 50
