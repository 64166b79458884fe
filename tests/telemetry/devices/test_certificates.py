"""Enrolling with a key, renewing, revoking: what is on record, who may, what is refused."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from django.db import connection

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from factory_core.people.models import User
from telemetry.devices import services
from telemetry.devices.models import Gateway, GatewayCertificate, GatewayHealth, GatewayStatus
from tests.telemetry.devices.test_authority import a_request
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_authority(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def act(actor: User, service: Callable[..., Any], **wish: Any) -> Any:
    """One act under a name."""
    with acting(actor, channel="test"):
        return service(actor=actor, **wish)


@pytest.fixture
def gateway(cast: Cast, plant: Plant, clock: Clock) -> Gateway:
    return act(cast.it_admin, services.register_gateway, code="gw-1", site=plant.site, at=clock())


def enrolled(cast: Cast, gateway: Gateway, clock: Clock) -> services.Identity:
    """The gateway with a fresh identity."""
    code = act(cast.it_admin, services.issue_enrolment_code, gateway_id=gateway.pk, at=clock())
    return act(cast.it_admin, services.enrol_with_request, code=code, request=a_request("gw-1"), at=clock())


def test_a_code_and_a_request_become_an_identity_on_record(
    cast: Cast, gateway: Gateway, clock: Clock, tmp_path: Path
) -> None:
    identity = enrolled(cast, gateway, clock)
    leaf, issuing = x509.load_pem_x509_certificates(identity.certificate.encode())
    leaf.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(x509.load_pem_x509_certificate(identity.ca.encode()))
    record = GatewayCertificate.objects.get()
    assert int(record.serial, 16) == leaf.serial_number
    assert (record.not_after, record.revoked_at, record.issued_for) == (
        clock() + timedelta(days=90), None, "enrolment",
    )  # fmt: skip
    assert record.issued_by.name == "telemetry.certificate_issued"
    assert record.issued_by.payload["serial"] == record.serial
    kept = json.dumps(
        [*Event.objects.values_list("payload", flat=True), *map(str, GatewayCertificate.objects.values())]
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM auditlog_logentry t")
        (trail,) = cursor.fetchone()
    for place in (kept, trail, (tmp_path / "authority" / "issued.log").read_text()):
        assert "PRIVATE KEY" not in place


def test_a_refused_request_leaves_the_code_as_it_was(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    code = act(cast.it_admin, services.issue_enrolment_code, gateway_id=gateway.pk, at=clock())
    before = Gateway.objects.values().get()
    with pytest.raises(services.BadCertificateRequest, match="'gw-2'"):
        act(cast.it_admin, services.enrol_with_request, code=code, request=a_request("gw-2"), at=clock())
    assert Gateway.objects.values().get() == before
    assert not GatewayCertificate.objects.exists()
    act(cast.it_admin, services.enrol_with_request, code=code, request=a_request("gw-1"), at=clock())
    with pytest.raises(services.BadEnrolmentCode):
        act(cast.it_admin, services.enrol_with_request, code=code, request=a_request("gw-1"), at=clock())
    assert GatewayCertificate.objects.count() == 1


def test_enrolling_again_ends_what_was_before(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    enrolled(cast, gateway, clock)
    GatewayHealth.objects.create(gateway=gateway, twin_suspected_at=clock(), twin_note="two")
    clock.move(minutes=1)
    enrolled(cast, gateway, clock)
    fresh, old = GatewayCertificate.objects.order_by("-id")
    assert (fresh.revoked_at, old.revoked_at, old.reason) == (None, clock(), "enrolled again")
    assert GatewayHealth.objects.get().twin_suspected_at is None


def test_renewing_keeps_the_present_one(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    enrolled(cast, gateway, clock)
    clock.move(days=60)
    identity = act(
        cast.it_admin, services.renew_certificate, gateway_id=gateway.pk, request=a_request("gw-1"), at=clock()
    )
    assert identity.token == ""
    assert GatewayCertificate.objects.filter(revoked_at=None).count() == 2
    act(cast.it_admin, services.revoke_gateway, gateway_id=gateway.pk, at=clock(), reason="lost")
    assert set(GatewayCertificate.objects.values_list("revoked_at", "reason")) == {(clock(), "lost")}
    with pytest.raises(services.GatewayNotActive):
        act(cast.it_admin, services.renew_certificate, gateway_id=gateway.pk, request=a_request("gw-1"), at=clock())


def test_the_list_of_the_revoked_follows_the_records(cast: Cast, gateway: Gateway, clock: Clock) -> None:
    enrolled(cast, gateway, clock)
    keeper = services.authority(clock())
    assert not services.refresh_revocations(clock())
    record = GatewayCertificate.objects.get()
    act(cast.it_admin, services.revoke_certificate, certificate_id=record.pk, at=clock(), reason="copied")
    assert services.refresh_revocations(clock())
    assert keeper.revoked_serials() == {int(record.serial, 16)}
    assert not services.refresh_revocations(clock())
    assert Gateway.objects.get().status == GatewayStatus.ACTIVE
    assert services.refresh_revocations(clock.move(days=16)), "signed anew before it is too old"
    # What ended by itself need not be listed.
    assert services.refresh_revocations(clock.move(days=90))
    assert keeper.revoked_serials() == set()


@pytest.mark.parametrize("who", ["operator", "supervisor", "neighbour", "owner", "auditor", "stranger", "terminal"])
def test_only_it_issues_and_revokes(cast: Cast, gateway: Gateway, clock: Clock, who: str) -> None:
    enrolled(cast, gateway, clock)
    actor, before = getattr(cast, who), GatewayCertificate.objects.values().get()
    with pytest.raises(Forbidden):
        act(actor, services.revoke_certificate, certificate_id=before["id"], at=clock(), reason="x")
    with pytest.raises(Forbidden):
        act(actor, services.renew_certificate, gateway_id=gateway.pk, request=a_request("gw-1"), at=clock())
    assert GatewayCertificate.objects.values().get() == before


def test_without_the_passphrase_nothing_is_signed(
    cast: Cast, gateway: Gateway, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AUTHORITY_PASSPHRASE_FILE", str(tmp_path / "missing"))
    code = act(cast.it_admin, services.issue_enrolment_code, gateway_id=gateway.pk, at=clock())
    with pytest.raises(services.NoAuthority, match="cannot be read"):
        act(cast.it_admin, services.enrol_with_request, code=code, request=a_request("gw-1"), at=clock())
    assert Gateway.objects.get().status == GatewayStatus.WAITING
