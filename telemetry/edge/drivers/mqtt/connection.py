"""A connection to a broker: MQTT 5, an own session there, nothing acknowledged before it was taken."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telemetry.edge.devices import Mqtt
from telemetry.edge.drivers.session import MissingLibrary, Trouble

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

KEEPALIVE_S = 15
"""For the broker's sake: how long it waits for a gateway that died. The gateway's own question is `ask_for_life`."""
UNACKNOWLEDGED = 20
KEPT_FOR_S = 7 * 86_400
LARGEST_PACKET = 8 * 1024 * 1024
_GOODBYE_S = 0.5


class Connection:
    """One client object for one session. The callbacks run in its own thread."""

    def __init__(self, device: Mqtt, *, lasting: bool, on_message: Callable[[MQTTMessage], None]) -> None:
        try:
            from paho.mqtt import client as paho
            from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
        except ImportError as error:
            raise MissingLibrary("MQTT needs the library paho-mqtt; install it on this gateway.") from error
        self.where = f"The broker at {device.host}:{device.port}"
        self.refused: list[str] = []
        self.signs_of_life = 0
        self._device = device
        self._lasting = lasting
        self._answered = threading.Event()
        self._ended = threading.Event()
        self._why = ""
        self._subscribed = threading.Event()
        self._asked: list[str] = []
        name = (device.client_id or _own_name(device)) if lasting else f"millwright-look-{uuid.uuid4().hex[:12]}"
        # The published type stubs describe paho 1.6, whose client differs.
        make: Any = paho.Client
        self._client: Any = make(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=lasting,
            reconnect_on_failure=False,
        )
        self._client.connect_timeout = device.timeout_s
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_log = self._on_log
        self._client.on_message = lambda client, data, message: on_message(message)
        if device.user:
            self._client.username_pw_set(device.user, _password(device))
        if device.tls:
            self._client.tls_set_context(_trust(device))

    @property
    def lost(self) -> str:
        """Why the connection ended; empty while it stands."""
        return self._why if self._ended.is_set() else ""

    def open(self) -> None:
        """Connects and waits for the broker's answer. Raises Trouble."""
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        wishes = Properties(PacketTypes.CONNECT)
        wishes.ReceiveMaximum = UNACKNOWLEDGED
        wishes.MaximumPacketSize = LARGEST_PACKET
        wishes.SessionExpiryInterval = KEPT_FOR_S if self._lasting else 0
        try:
            self._client.connect(
                self._device.host,
                self._device.port,
                keepalive=KEEPALIVE_S,
                clean_start=not self._lasting,
                properties=wishes,
            )
        except (OSError, ValueError) as error:
            raise Trouble(f"{self.where} cannot be reached: {error or type(error).__name__}.") from error
        self._client.loop_start()
        if not self._answered.wait(self._device.timeout_s):
            raise Trouble(f"{self.where} did not answer within {self._device.timeout_s:g} s.")
        if self._ended.is_set():
            raise Trouble(self._why)

    def subscribe(self, topics: list[str], *, most: int = 1) -> None:
        """Asks for topics and waits for the answers. What the broker refuses is in `refused`. Raises Trouble."""
        from paho.mqtt.subscribeoptions import SubscribeOptions

        for start in range(0, len(topics), 50):
            some = topics[start : start + 50]
            self._subscribed.clear()
            self._asked = some
            self._client.subscribe([(topic, SubscribeOptions(qos=most)) for topic in some])
            if not self._subscribed.wait(self._device.timeout_s):
                raise Trouble(self.lost or f"{self.where} did not confirm what this gateway listens at.")

        self._asked = []

    def ask_for_life(self, topic: str) -> None:
        """Makes the broker say something: it must confirm a subscription that stands already.

        Pings are no use here. The broker may set their pace (a minute is usual), and a short pace would make it throw
        out a gateway that is busy for a moment.
        """
        from paho.mqtt.subscribeoptions import SubscribeOptions

        quiet = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        self._client.subscribe(topic, options=quiet)

    def acknowledge(self, message: MQTTMessage) -> None:
        """Tells the broker that a message was taken; not before, or a crash loses it."""
        if message.qos:
            self._client.ack(message.mid, message.qos)

    def close(self) -> None:
        """Says goodbye; the session at the broker stays if it is a lasting one."""
        self._client.disconnect()
        if self._answered.is_set():
            # What was acknowledged last must still go out, or the broker sends it a second time.
            self._ended.wait(_GOODBYE_S)
        self._client.loop_stop()

    # ---- callbacks, in paho's thread

    def _on_connect(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self._why = f"{self.where} refused this gateway: {reason}. Check user, password and the broker's rights."
            self._ended.set()
        self._answered.set()

    def _on_disconnect(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if not self._ended.is_set():
            self._why = f"{self.where} is gone: {reason}."
            self._ended.set()
        self._answered.set()

    def _on_subscribe(self, client: Any, data: Any, number: int, reasons: Any, properties: Any) -> None:
        for topic, reason in zip(self._asked, reasons, strict=False):
            if reason.is_failure:
                self.refused.append(f"{self.where} does not let this gateway listen at {topic!r}: {reason}.")
        self._subscribed.set()

    def _on_log(self, client: Any, data: Any, level: int, words: str) -> None:
        # The only place where paho tells of the broker's answer to a ping.
        if words.startswith("Received"):
            self.signs_of_life += 1


def _own_name(device: Mqtt) -> str:
    """The same name at each start on this computer, another one on another computer."""
    try:
        computer = Path("/etc/machine-id").read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        computer = socket.gethostname()
    return f"millwright-{device.code}-{hashlib.sha256(computer.encode()).hexdigest()[:8]}"


def _password(device: Mqtt) -> str | None:
    if not device.password_file:
        return None
    try:
        return Path(device.password_file).read_text(encoding="utf-8").splitlines()[0]
    except (OSError, UnicodeDecodeError, IndexError) as error:
        raise Trouble(
            f"The password file {device.password_file!r} of {device.code} cannot be read ({error}). "
            "Expected one line with the password, in the gateway's folder."
        ) from error


def _trust(device: Mqtt) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=device.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise Trouble(
            f"The file {device.ca_file!r} of {device.code} is no certificate authority ({error}). Expected a PEM file."
        ) from error
