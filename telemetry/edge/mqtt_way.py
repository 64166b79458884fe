"""The way for packets over the plant's MQTT broker: PUBACK means nothing, only the server's word on `down/ack` counts.

The rest (enrolment, heartbeat, configuration) stays with HTTPS. Needs `paho-mqtt` and `cryptography`.
"""

from __future__ import annotations

import logging
import secrets
import socket
import ssl
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from telemetry import wire
from telemetry.edge.config import ConfigError, Gateway
from telemetry.edge.net import Answered, NoAnswer

if TYPE_CHECKING:
    import paho.mqtt.client as paho

log = logging.getLogger("millwright.edge.mqtt")

PORT = 8883
CONNECT_PATIENCE_S = 10.0
ANSWER_PATIENCE_S = 5.0
KEEPALIVE_S = 20
MOST_WAITING = 20
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.3, 10.0
# Reason codes of a PUBACK (MQTT 5, 3.4.2.1) that say for certain what the server would say.
_NOT_AUTHORISED, _TOO_LARGE, _NOBODY_LISTENS = 135, 149, 16
_AS_STATUS = {_NOT_AUTHORISED: 403, _TOO_LARGE: 413}


class _Head(msgspec.Struct):
    status: int
    retry_after_s: float = 0.0


class MqttWay:
    """One connection for both lanes. Safe to use from several threads; connects when the first packet is sent."""

    def __init__(self, gateway: Gateway) -> None:
        """Raises ConfigError when a library is missing."""
        for library in ("paho", "cryptography"):
            if find_spec(library) is None:
                raise ConfigError(f"server.mqtt needs the library {library}. Install paho-mqtt and cryptography.")
        server = gateway.server
        address = urlsplit(server.mqtt)
        self._host, self._port = address.hostname or "", address.port or PORT
        self._ca = gateway.path(server.ca_file) if server.ca_file else None
        self._certificate, self._key = gateway.path(server.certificate_file), gateway.path(server.key_file)
        self._auth_retry_s = server.auth_retry_s
        self._making = threading.Lock()
        self._some = threading.Condition()
        self._client: paho.Client | None = None
        self._stamp: list[tuple[int, int]] = []
        self._code = ""
        self._ready = False
        self._why = "not yet tried"
        self._answers: dict[bytes, Answered | None] = {}
        self._pubacks: dict[int, int] = {}
        self._closed = False

    def packet(self, body: bytes, sent_ms: int) -> Answered:
        """Publishes one packet and waits for the server's word. Raises NoAnswer."""
        client = self._connected()
        mark = secrets.token_bytes(12)
        with self._some:
            self._answers[mark] = None
        try:
            sent = client.publish(f"millwright/v1/{self._code}/up/packet", body, qos=1, properties=_told(mark, sent_ms))
            if sent.rc != 0:
                raise NoAnswer("the broker does not take packets at the moment")
            return self._heard_of(mark, sent.mid)
        finally:
            with self._some:
                self._answers.pop(mark, None)

    def refused(self) -> float:
        """Connects anew before the next attempt: the certificate may have been renewed."""
        with self._making:
            self._drop()
        return self._auth_retry_s

    def close(self) -> None:
        """Ends the connection; whoever waits for an answer gets none."""
        with self._some:
            self._closed = True
            self._why = "the agent stops"
            self._some.notify_all()
        with self._making:
            self._drop()

    def _heard_of(self, mark: bytes, mid: int) -> Answered:
        def decided() -> bool:
            return self._answers[mark] is not None or not self._ready or self._pubacks.get(mid, 0) != 0

        with self._some:
            self._some.wait_for(decided, ANSWER_PATIENCE_S)
            answer, puback = self._answers[mark], self._pubacks.pop(mid, 0)
            why = self._why if not self._ready else f"the server is silent for {ANSWER_PATIENCE_S:g} s"
        if answer is not None:
            return answer
        if puback in _AS_STATUS:
            return Answered(_AS_STATUS[puback], b'{"title":"refused by the broker"}')
        if puback == _NOBODY_LISTENS:
            raise NoAnswer("nobody at the plant takes packets from the broker")
        raise NoAnswer(f"the broker refuses the packet ({puback})" if puback else why)

    def _connected(self) -> paho.Client:
        with self._making:
            stamp = [_stamp(path) for path in (self._certificate, self._key, self._ca) if path is not None]
            if self._client is None or stamp != self._stamp:
                self._drop()
                self._client, self._stamp = self._new(), stamp
            client = self._client
            # Starts the library's thread, or does nothing where it runs.
            client.loop_start()
        with self._some:
            if not self._some.wait_for(lambda: self._ready or self._closed, CONNECT_PATIENCE_S) or self._closed:
                raise NoAnswer(f"no connection with the broker {self._host}:{self._port}: {self._why}")
        return client

    def _new(self) -> paho.Client:
        import paho.mqtt.client as paho
        from paho.mqtt.enums import CallbackAPIVersion

        try:
            self._code = _common_name(self._certificate)
            context = ssl.create_default_context(cafile=str(self._ca) if self._ca else None)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(self._certificate, self._key)
        except (OSError, ValueError) as error:
            raise NoAnswer(f"the gateway's certificate {self._certificate} cannot be used: {error}") from error
        client = paho.Client(CallbackAPIVersion.VERSION2, self._code, protocol=paho.MQTTv5)
        client.tls_set_context(context)
        client.reconnect_delay_set(SHORTEST_PAUSE_S, LONGEST_PAUSE_S)  # type: ignore[arg-type]  # it only adds and sleeps
        client.max_queued_messages_set(MOST_WAITING)
        client.on_socket_open = _at_once
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.connect_async(self._host, self._port, keepalive=KEEPALIVE_S, clean_start=True)
        return client

    def _drop(self) -> None:
        client, self._client = self._client, None
        with self._some:
            self._lost("it is being made anew")
        if client is not None:
            threading.Thread(target=_end, args=(client,), name="mqtt-end", daemon=True).start()

    def _lost(self, why: str) -> None:
        self._ready = False
        if not self._closed:
            self._why = why
        self._some.notify_all()

    def _note_lost(self, client: paho.Client, why: str) -> None:
        with self._some:
            if self._client is client:
                self._lost(why)

    def _on_connect(self, client: paho.Client, data: Any, flags: Any, reason: Any, told: Any) -> None:
        if reason.is_failure:
            self._note_lost(client, f"the broker says: {reason}")
        else:
            client.subscribe(f"millwright/v1/{self._code}/down/ack", qos=1)

    def _on_subscribe(self, client: paho.Client, data: Any, mid: int, reasons: list[Any], told: Any) -> None:
        with self._some:
            if any(reason.is_failure for reason in reasons):
                self._lost(f"the broker does not let this gateway read its answers: {reasons[0]}")
            elif self._client is client:
                self._ready = True
                self._pubacks.clear()
                self._some.notify_all()

    def _on_connect_fail(self, client: paho.Client, data: Any) -> None:
        # The library calls this while it handles the error, which it does not pass on.
        error = sys.exc_info()[1]
        self._note_lost(client, str(error) if error else "the broker does not answer")

    def _on_disconnect(self, client: paho.Client, data: Any, flags: Any, reason: Any, told: Any) -> None:
        self._note_lost(client, f"the connection ended ({reason})")

    def _on_message(self, client: paho.Client, data: Any, message: paho.MQTTMessage) -> None:
        mark = getattr(message.properties, "CorrelationData", None)
        payload = bytes(message.payload)
        try:
            head = msgspec.json.decode(payload, type=_Head)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            log.warning("The broker passed on an answer that is none of the server's.")
            return
        with self._some:
            if mark in self._answers:
                self._answers[mark] = Answered(head.status, payload, max(head.retry_after_s, 0.0))
                self._some.notify_all()

    def _on_publish(self, client: paho.Client, data: Any, mid: int, reason: Any, told: Any) -> None:
        if reason.value:
            with self._some:
                self._pubacks[mid] = reason.value
                self._some.notify_all()


def _at_once(client: paho.Client, data: Any, opened: Any) -> None:
    # Else the end of a packet may wait until the other side has confirmed what went before (up to 40 ms).
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _end(client: paho.Client) -> None:
    client.disconnect()
    # Without it the library comes back when a newer connection of the same name cuts this one before its farewell.
    client.loop_stop()


def _told(mark: bytes, sent_ms: int) -> Any:
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    told = Properties(PacketTypes.PUBLISH)
    told.CorrelationData = mark
    # When nobody waits for its answer any more, a copy that still lies at the broker is of no use.
    told.MessageExpiryInterval = round(ANSWER_PATIENCE_S)
    told.UserProperty = (wire.SENT_HEADER, str(sent_ms))
    return told


def _common_name(certificate: Path) -> str:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not names:
        raise ValueError("it names nobody")
    return str(names[0].value)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
