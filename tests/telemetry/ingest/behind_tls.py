"""The ingest application behind its own TLS, and a gateway's side of it."""

import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from telemetry import wire
from telemetry.devices import services
from telemetry.devices.authority.keeper import Authority
from telemetry.devices.models import (
    Gateway,
    RefusedSender,
)
from telemetry.ingest import app
from telemetry.ingest.__main__ import configured, with_tls
from telemetry.models import DeadLetter, Packet, QuarantinedReading, Reading, Stream, Tag
from tests.telemetry.devices.test_authority import a_request
from tests.telemetry.ingest.conftest import ThreadServer
from tests.world.plant import Plant
from tests.world.telemetry import a_packet, a_tag, new_epoch, sealed


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of this module's plant, with its authority."""
    from django.conf import settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DATA_DIR", tmp_path_factory.mktemp("plant"))
        yield settings.DATA_DIR


@pytest.fixture(scope="module")
def tls_server(django_db_setup: None, data_dir: Path) -> Iterator[str]:
    """The address of the ingest application behind its own TLS."""
    from telemetry.ingest import running

    application = app.Application()
    config = configured(application, "127.0.0.1", 0)
    with_tls(config, application, ["localhost", "127.0.0.1"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "beat_for_ever", lambda name, wait: None)
        with ThreadServer(config).running() as base:
            yield base.replace("http://", "https://")


@pytest.fixture(autouse=True)
def fresh_allowances(monkeypatch: pytest.MonkeyPatch) -> None:
    from telemetry.ingest import enrolment
    from telemetry.ingest.rules import Allowance

    monkeypatch.setattr(enrolment, "_enrolments", Allowance(per_s=2, burst=20))
    monkeypatch.setattr(enrolment, "_knocks", Allowance(per_s=5, burst=50))


OPEN: list[httpx.Client] = []


@pytest.fixture(autouse=True)
def connections_are_closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


class Agent:
    """A gateway's side: its key, its certificate, its connections."""

    def __init__(self, base: str, data_dir: Path, folder: Path, token: str = "") -> None:
        self.base, self.folder, self.token = base, folder, token
        self.authority = Authority(data_dir / "authority")
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.epoch = new_epoch()
        self.client = self.connect()

    def connect(self, certificate: str = "") -> httpx.Client:
        """A client that trusts the plant's root, showing a certificate if it has one."""
        context = ssl.create_default_context(cafile=str(self.authority.folder / "root.pem"))
        if certificate:
            identity = self.folder / "identity.pem"
            no_protection = serialization.NoEncryption()
            key = self.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                no_protection,
            )
            identity.write_bytes(key + certificate.encode())
            context.load_cert_chain(identity)
        headers = {"authorization": f"Bearer {self.token}"} if self.token and not certificate else {}
        OPEN.append(httpx.Client(base_url=self.base, verify=context, timeout=10, headers=headers))
        return OPEN[-1]

    def enrol(self, code: str, name: str = "") -> httpx.Response:
        """Enrol with a certificate request; on success the next requests show the certificate."""
        wish = {"code": code, "request": a_request(name, self.key).decode()}
        answer = self.client.post(wire.ENROL_PATH, json=wish)
        if answer.status_code == 200:
            self.client.close()
            self.client = self.connect(answer.json()["certificate"])
        return answer

    def send(self, first_seq: int = 1, tags: list[str] | None = None, rows: int = 1) -> httpx.Response:
        """One packet."""
        content = [[0, number, 5.0] for number in range(rows)]
        packet = a_packet(
            content,
            tags=tags or ["press.current"],
            epoch=self.epoch,
            first_seq=first_seq,
        )
        return self.client.post(
            wire.PACKETS_PATH,
            content=sealed(packet),
            headers={"content-encoding": "gzip"},
        )


def act(service: Callable[..., Any], **wish: Any) -> Any:
    """One act of the plant."""
    actor = service_user("plant")
    with acting(actor, channel="test"):
        return service(actor=actor, at=now(), **wish)


def until(true: Callable[[], bool], seconds: float = 75.0) -> float:
    """Wait for something; how long it took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, "it did not come to pass"
        time.sleep(0.02)
    return time.monotonic() - begun


@pytest.fixture
def gateway(plant: Plant) -> Gateway:
    gateway = act(services.register_gateway, code="gw-1", site=plant.site)
    a_tag(gateway, "press.current", plant.press)
    return gateway


@pytest.fixture
def agent(tls_server: str, data_dir: Path, tmp_path: Path, gateway: Gateway) -> Agent:
    """An enrolled gateway that is known by its certificate."""
    made = Agent(tls_server, data_dir, tmp_path)
    code = act(services.issue_enrolment_code, gateway_id=gateway.pk)
    assert made.enrol(code, "gw-1").status_code == 200
    return made


def stored() -> tuple[int, int, int, int, int]:
    """Everything a sender could leave in the plant; readings of earlier tests outlive their tags."""
    readings = Reading.objects.filter(tag_id__in=list(Tag.objects.values_list("pk", flat=True)))
    counted = (Packet, Stream, QuarantinedReading, DeadLetter)
    return (readings.count(), *(model.objects.count() for model in counted))  # type: ignore[return-value]  # five of them


def refused(why: str) -> int:
    """How often somebody was refused for a reason, as the waiting list has it."""
    return sum(RefusedSender.objects.filter(why=why).values_list("attempts", flat=True))
