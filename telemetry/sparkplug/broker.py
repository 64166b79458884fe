"""The host's side of the broker: what arrives waits in a bounded line, acknowledged by hand after the commit.

Read only: the only thing ever sent to a node is the request to tell its births again.
"""

import json
import logging
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from telemetry.sparkplug.rules.codec import MAX_BYTES, rebirth_command
from telemetry.sparkplug.rules.host import Arrived
from telemetry.sparkplug.rules.topics import EVERYTHING, SPACE, command_topic, old_state_topic, state_topic
from telemetry.sparkplug.settings import BrokerSettings

log = logging.getLogger("millwright.sparkplug.broker")

AT_ONCE: Final = 200
SESSION_S: Final = 3600
KEEPALIVE_S: Final = 15
# Messages of QoS 0 know no back-pressure: what does not fit any more is lost, which the numbering then shows.
MOST_WAITING: Final = 50_000
MOST_WAITING_BYTES: Final = 64 * 1024 * 1024


class Token(NamedTuple):
    """Names a message to the broker, for the connection it came over."""

    mid: int
    qos: int
    connection: int


class Broker:
    """One connection, made again for ever; says on the wire whether the host is there."""

    def __init__(self, settings: BrokerSettings, now_us: Callable[[], int], wake: Callable[[], object]) -> None:
        """`wake` is called from the client's thread when something waits."""
        self._settings = settings
        self._now_us = now_us
        self._wake = wake
        self._line: deque[Arrived] = deque()
        self._bytes = 0
        self._lock = threading.Lock()
        self._connection = 0
        self._stamp_ms = 0
        self.connected = False
        self.dropped = 0
        self.trouble = ""
        self._client = self._made()

    def start(self) -> None:
        """Connect in a thread of its own."""
        settings = self._settings
        self._client.on_pre_connect = self._before
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._heard
        self._client.reconnect_delay_set(0.2, 1)  # type: ignore[arg-type]  # the library only adds and sleeps
        extra: dict[str, Any] = {}
        if settings.version == 5:
            wish = Properties(PacketTypes.CONNECT)
            wish.ReceiveMaximum, wish.SessionExpiryInterval, wish.MaximumPacketSize = (
                AT_ONCE,
                SESSION_S,
                2 * MAX_BYTES,
            )
            extra = {"clean_start": False, "properties": wish}
        self._client.connect_async(settings.path or settings.host, settings.port, KEEPALIVE_S, **extra)
        self._client.loop_start()

    def stop(self) -> None:
        """Say goodbye as the will would, and end."""
        if self.connected:
            told = self._say(online=False)
            if told is not None:
                told.wait_for_publish(2)
        self._client.disconnect()
        self._client.loop_stop()

    def take(self, most: int) -> list[Arrived]:
        """The messages that waited longest."""
        with self._lock:
            taken = [self._line.popleft() for _n in range(min(most, len(self._line)))]
            self._bytes -= sum(len(each.body) for each in taken)
        return taken

    def ack(self, tokens: Iterable[Token]) -> None:
        """What these messages said is committed."""
        for token in tokens:
            if token.qos and token.connection == self._connection:
                self._client.ack(token.mid, token.qos)

    def ask(self, group: str, node: str) -> None:
        """Ask a node for its births."""
        self._client.publish(command_topic(group, node), rebirth_command(self._now_us() // 1000), qos=0)

    def _made(self) -> paho.Client:
        settings = self._settings
        client = paho.Client(
            CallbackAPIVersion.VERSION2, f"millwright-sparkplug-{settings.host_id}",
            # A durable session: what comes with QoS 1 waits for a host that restarts.
            clean_session=None if settings.version == 5 else False, manual_ack=True,
            protocol=MQTTProtocolVersion.MQTTv5 if settings.version == 5 else MQTTProtocolVersion.MQTTv311,
            transport="unix" if settings.scheme == "unix" else "tcp",
        )  # fmt: skip
        if settings.user:
            client.username_pw_set(settings.user, settings.secret or None)
        if settings.scheme == "mqtts":
            context = ssl.create_default_context(cafile=settings.ca or None)
            if settings.certificate:
                context.load_cert_chain(settings.certificate, settings.key or None)
            client.tls_set_context(context)
        return client

    def _state(self, *, online: bool) -> bytes:
        return json.dumps({"online": online, "timestamp": self._stamp_ms}).encode()

    def _before(self, client: paho.Client, userdata: Any) -> None:
        """Will and birth of one connection carry the same time."""
        self._stamp_ms = self._now_us() // 1000
        client.will_set(state_topic(self._settings.host_id), self._state(online=False), qos=1, retain=True)

    def _connected(
        self, client: paho.Client, userdata: Any, flags: Any, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self.trouble = str(reason)
            log.warning("The broker at %s does not let the host in: %s.", self._settings.shown, reason)
            return
        with self._lock:
            self._connection += 1
        # What the broker keeps is old by nature: a birth counts when it is told.
        if self._settings.version == 5:
            client.subscribe(
                EVERYTHING, options=SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
            )
        else:
            client.subscribe(EVERYTHING, qos=1)
        self._say(online=True)
        self.connected, self.trouble = True, ""
        log.info("The Sparkplug host %s listens at %s.", self._settings.host_id, self._settings.shown)
        self._wake()

    def _disconnected(
        self, client: paho.Client, userdata: Any, flags: Any, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self.connected = False
        if reason.is_failure:
            self.trouble = str(reason)
            log.warning("The connection to %s is gone (%s); it is tried again.", self._settings.shown, reason)
        self._wake()

    def _say(self, *, online: bool) -> paho.MQTTMessageInfo | None:
        host_id = self._settings.host_id
        if self._settings.old_state:
            self._client.publish(old_state_topic(host_id), b"ONLINE" if online else b"OFFLINE", qos=1, retain=True)
        return self._client.publish(state_topic(host_id), self._state(online=online), qos=1, retain=True)

    def _heard(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        """In the client's own thread."""
        token = Token(message.mid, message.qos, self._connection)
        topic = message.topic
        if topic.startswith(f"{SPACE}/STATE/"):
            if topic == state_topic(self._settings.host_id) and b"false" in message.payload and self.connected:
                # The will of our own last connection, late: nodes must not believe it.
                self._say(online=True)
            self._acked(token)
            return
        if message.retain:
            self._acked(token)
            return
        body = bytes(message.payload)
        arrived = Arrived(topic, body, self._now_us(), time.monotonic(), token, message.dup)
        with self._lock:
            if not message.qos and (len(self._line) >= MOST_WAITING or self._bytes >= MOST_WAITING_BYTES):
                self.dropped += 1
                return
            self._line.append(arrived)
            self._bytes += len(body)
        self._wake()

    def _acked(self, token: Token) -> None:
        if token.qos:
            self._client.ack(token.mid, token.qos)
