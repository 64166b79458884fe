"""The door over TLS: who a certificate lets in, and that revoking it cuts what is under way (T15)."""

# Fixtures are found by name, which looks like a redefinition.
# ruff: noqa: F811

import socket
import ssl
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from factory_core.clock import now
from factory_core.events.models import Event
from telemetry import wire
from telemetry.devices import services
from telemetry.devices.authority.keeper import Authority
from telemetry.devices.models import (
    Gateway,
    GatewayCertificate,
    GatewayHealth,
    GatewayStatus,
)
from telemetry.models import QuarantinedReading
from tests.telemetry.devices.test_authority import a_request
from tests.telemetry.ingest.behind_tls import (  # noqa: F401 - fixtures are found by name
    OPEN,
    Agent,
    act,
    agent,
    connections_are_closed,
    data_dir,
    fresh_allowances,
    gateway,
    refused,
    stored,
    tls_server,
    until,
)
from tests.world.plant import Plant
from tests.world.telemetry import a_gateway, a_tag


def test_a_certificate_is_a_credential_from_the_first_request_on(agent: Agent) -> None:
    answer = agent.send(rows=3)
    assert (answer.status_code, answer.json()["acked_seq"]) == (200, 3)
    assert stored()[0] == 3
    assert (
        "TLS"
        in agent.client._transport._pool.connections[0]
        ._connection._network_stream.get_extra_info(  # type: ignore[attr-defined]  # the client has no public way to its socket
            "ssl_object"
        )
        .version()
    )


def test_revoking_cuts_live_sessions_within_two_seconds_and_stores_nothing(agent: Agent, gateway: Gateway) -> None:
    assert agent.send().status_code == 200
    before = stored()
    idle = ssl.create_default_context(cafile=str(agent.authority.folder / "root.pem"))
    idle.load_cert_chain(agent.folder / "identity.pem")
    port = int(agent.base.rsplit(":", 1)[1])
    with (
        socket.create_connection(("127.0.0.1", port)) as raw,
        idle.wrap_socket(raw, server_hostname="localhost") as live,
    ):
        # Half a request: the connection is in the middle of something.
        live.sendall(b"POST /ingest/v1/packets HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123")
        live.settimeout(20)
        act(services.revoke_gateway, gateway_id=gateway.pk, reason="stolen")
        # Not even half an answer, and no time-out (which is an OSError too).
        assert _heard(live) in ("closed", "cut")
    again = agent.connect((agent.folder / "identity.pem").read_text().split("-----END PRIVATE KEY-----\n")[1])
    agent.client.close()
    agent.client = again
    answer = agent.send(first_seq=2)
    assert (answer.status_code, answer.json()["code"]) == (403, "revoked")
    assert stored() == before
    until(lambda: refused("revoked") == 1)
    assert until(lambda: agent.authority.revoked_serials() == {_serial()}, 10) < 10
    assert GatewayCertificate.objects.get().reason == "stolen"


def _heard(live: ssl.SSLSocket) -> str:
    try:
        return live.recv(1000).decode() or "closed"
    except (ConnectionError, ssl.SSLError) as error:
        return "late" if isinstance(error, TimeoutError) else "cut"


def _serial() -> int:
    return int(GatewayCertificate.objects.get().serial, 16)


def test_one_revoked_certificate_is_refused_though_the_gateway_is_active(agent: Agent, gateway: Gateway) -> None:
    assert agent.send().status_code == 200
    before = stored()
    record = GatewayCertificate.objects.get()
    act(services.revoke_certificate, certificate_id=record.pk, reason="key copied")

    def is_refused() -> bool:
        try:
            answer = agent.send(first_seq=1)
        except httpx.TransportError:
            return False
        return answer.status_code == 403 and answer.json()["code"] == "certificate_revoked"

    assert until(is_refused) < 20
    assert stored() == before
    assert Gateway.objects.get().status == GatewayStatus.ACTIVE


def test_an_expired_certificate_hears_a_sentence_and_is_counted(
    agent: Agent, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = now() + timedelta(days=91)
    from telemetry.ingest import door

    real = door.identified
    monkeypatch.setattr(
        door,
        "identified",
        lambda directory, peer, token, at: real(directory, peer, token, later),
    )
    answer = agent.send()
    assert (answer.status_code, answer.json()["code"]) == (403, "certificate_expired")
    assert "new code" in answer.json()["title"]
    assert stored() == (0, 0, 0, 0, 0)
    until(lambda: refused("certificate_expired") == 1)


def test_certificates_of_another_authority_do_not_pass_the_handshake(agent: Agent, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    other.ensure(now())
    from telemetry.devices.authority.certificates import read_request

    foreign = other.sign_gateway(read_request(a_request("gw-1", agent.key), "gw-1"), "gw-1", now())
    agent.client.close()
    agent.client = agent.connect(other.chain(foreign).decode())
    with pytest.raises(httpx.TransportError):
        agent.send()
    assert stored() == (0, 0, 0, 0, 0)


def test_a_signed_certificate_that_is_not_on_record_is_refused(agent: Agent) -> None:
    from telemetry.devices.authority.certificates import read_request

    ghost = agent.authority.sign_gateway(read_request(a_request("gw-1", agent.key), "gw-1"), "gw-1", now())
    agent.client.close()
    agent.client = agent.connect(agent.authority.chain(ghost).decode())
    answer = agent.send()
    assert (answer.status_code, answer.json()["code"]) == (403, "certificate_unknown")
    assert stored() == (0, 0, 0, 0, 0)


def test_a_certificate_does_not_carry_a_foreign_token(agent: Agent, plant: Plant) -> None:
    _other, token = a_gateway(plant.site)
    agent.client.headers["authorization"] = f"Bearer {token}"
    until(lambda: agent.client.get(wire.CONFIG_PATH).status_code == 403)
    answer = agent.send()
    assert (answer.status_code, answer.json()["code"]) == (403, "two_identities")
    assert stored() == (0, 0, 0, 0, 0)


def test_a_foreign_tag_is_kept_out_and_named(agent: Agent, plant: Plant) -> None:
    other, _token = a_gateway(plant.site)
    a_tag(other, "lathe.current", plant.lathe)
    answer = agent.send(tags=["lathe.current"])
    assert [each["code"] for each in answer.json()["rejected"]] == ["unknown_tag"]
    assert (stored()[0], QuarantinedReading.objects.get().code) == (
        0,
        "unknown_tag",
    )


def test_a_replayed_packet_changes_nothing(agent: Agent) -> None:
    assert agent.send(rows=4).json()["new"] == 4
    before = stored()
    again = agent.send(rows=4).json()
    assert (again["new"], again["acked_seq"], again["rejected"]) == (0, 4, [])
    # The attempt itself is on record, for two senders of one buffer to be noticed.
    assert stored()[0] == before[0] == 4


def test_an_old_token_ends_with_its_exchange(tls_server: str, data_dir: Path, tmp_path: Path, plant: Plant) -> None:
    gateway, token = a_gateway(plant.site)
    a_tag(gateway, "press.current", plant.press)
    agent = Agent(tls_server, data_dir, tmp_path, token)
    until(lambda: agent.client.get(wire.CONFIG_PATH).status_code == 200)
    act(services.rotate_token, gateway_id=gateway.pk)
    assert agent.client.get(wire.CONFIG_PATH).status_code == 200, "both are good while they are exchanged"
    act(services.end_old_token, gateway_id=gateway.pk)
    assert until(lambda: agent.client.get(wire.CONFIG_PATH).status_code == 401) < 20
    assert agent.send().status_code == 401
    assert stored() == (0, 0, 0, 0, 0)


def test_old_tls_is_refused(tls_server: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    port = int(tls_server.rsplit(":", 1)[1])
    with (
        socket.create_connection(("127.0.0.1", port)) as raw,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(raw)


def test_one_credential_in_two_places_is_told_within_a_minute(agent: Agent, gateway: Gateway) -> None:
    places = []
    for address in ("127.0.0.1", "127.0.0.2"):
        context = ssl.create_default_context(cafile=str(agent.authority.folder / "root.pem"))
        context.load_cert_chain(agent.folder / "identity.pem")
        transport = httpx.HTTPTransport(verify=context, local_address=address)
        OPEN.append(httpx.Client(base_url=agent.base, transport=transport))
        places.append(OPEN[-1])
    for _ in range(3):
        for place in places:
            assert place.get(wire.CONFIG_PATH).status_code == 200
    until(lambda: GatewayHealth.objects.exclude(twin_suspected_at=None).exists(), 10)
    assert GatewayHealth.objects.get().twin_note == "address: 127.0.0.1, 127.0.0.2"
    event = Event.objects.get(name="telemetry.twin_suspected")
    assert event.about[0]["label"] == "gw-1"
