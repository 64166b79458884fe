"""Takes packets from the broker and commits them as the HTTP door does.

The order for every message: decode, commit, publish the answer, and only then PUBACK. What cannot be decoded is kept as
a dead letter and acknowledged, or it would come back for ever. While the database is away nothing is acknowledged.
"""

import asyncio
import logging
import threading
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import psycopg
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from psycopg_pool import PoolTimeout

from telemetry import wire
from telemetry.devices.models import Source
from telemetry.ingest import reports
from telemetry.ingest.committer import Unstorable
from telemetry.ingest.door import Door, no_database, unreadable
from telemetry.ingest.http import Answer, Problem
from telemetry.ingest.metrics import ANSWERS
from telemetry.ingest.mqtt.messages import ANSWER_LIFE_S, GROUP, HEALTH, TOPICS, Message, reply, unpacked

log = logging.getLogger("millwright.ingest.mqtt")

AT_ONCE = 20
# Messages of QoS 0 know no back-pressure: beyond this many they are dropped, which they may be by definition.
MOST_AT_ONCE = 3 * AT_ONCE
# Longer than a restart takes; a killed consumer that never comes back holds up its share of the packets this long.
SESSION_S = 60
SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.1, 2.0
LAST_COMMITS_S = 4.0
_NAMED_AT_MOST = 64


class Consumer:
    """One connection to the broker, with a session that outlives it."""

    def __init__(self, door: Door, socket: Path, number: int = 1) -> None:
        self._door = door
        self._socket = socket
        self._number = number
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._connection = 0
        self._publishing = threading.Lock()
        # A '/' cannot be in a gateway's code, so no gateway can take this name over.
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, f"server/{number}", protocol=MQTTProtocolVersion.MQTTv5, transport="unix",
            manual_ack=True,
        )  # fmt: skip
        self._client.reconnect_delay_set(0.2, 5)  # type: ignore[arg-type]  # the library only adds and sleeps
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._heard

    async def run(self, stop: asyncio.Event) -> None:
        """Take messages until asked to stop; what is being committed then is finished and answered."""
        wish = Properties(PacketTypes.CONNECT)
        wish.ReceiveMaximum = AT_ONCE
        wish.SessionExpiryInterval = SESSION_S
        wish.MaximumPacketSize = 2 * wire.MAX_UNPACKED
        self._client.connect_async(str(self._socket), 1, keepalive=15, clean_start=False, properties=wish)
        self._client.loop_start()
        try:
            await stop.wait()
        finally:
            await self._end()

    async def _end(self) -> None:
        # First give up the share, or the broker would go on keeping packets for a consumer that may not come back.
        self._client.unsubscribe([f"$share/{GROUP}/{topic}" for topic in TOPICS])
        waiting = set(self._tasks)
        if waiting:
            await asyncio.wait(waiting, timeout=LAST_COMMITS_S)
        for task in self._tasks:
            task.cancel()
        wish = Properties(PacketTypes.DISCONNECT)
        wish.SessionExpiryInterval = 0
        await asyncio.to_thread(self._client.disconnect, properties=wish)
        await asyncio.to_thread(self._client.loop_stop)

    def _connected(
        self, client: paho.Client, userdata: Any, flags: Any, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            log.warning("The broker does not let the consumer in: %s.", reason)
            return
        self._connection += 1
        log.info("Consumer %d takes packets from the broker.", self._number)
        client.subscribe([(f"$share/{GROUP}/{topic}", 1) for topic in TOPICS])

    def _disconnected(
        self, client: paho.Client, userdata: Any, flags: Any, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            log.warning("The connection to the broker is gone (%s); it is tried again.", reason)

    def _heard(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        """In the client's own thread: hand the message over to the loop."""
        told = message.properties
        named = dict(getattr(told, "UserProperty", None) or [])
        heard = Message(
            topic=message.topic, payload=bytes(message.payload), mid=message.mid, qos=message.qos,
            arrived_at=self._door.now(), connection=self._connection,
            correlation=getattr(told, "CorrelationData", None), sent=str(named.get(wire.SENT_HEADER, "")),
        )  # fmt: skip
        self._loop.call_soon_threadsafe(self._begin, heard)

    def _begin(self, message: Message) -> None:
        if message.qos == 0 and len(self._tasks) >= MOST_AT_ONCE:
            ANSWERS.labels("mqtt dropped", 429).inc()
            return
        task = asyncio.create_task(self._handle(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, message: Message) -> None:
        try:
            answer, packet = await Handling(self._door, message).answered()
        except Exception:
            # Our own fault. Acknowledged all the same: the same bytes again for ever cannot help.
            log.exception("A message on %s failed in our own code", message.topic[:200])
            problem = Problem(500, "our_fault", "The server failed at this packet; it is in its log.")
            answer, packet = problem.answer(), None
        ANSWERS.labels(f"mqtt {message.kind}", answer.status).inc()
        told = Properties(PacketTypes.PUBLISH)
        told.MessageExpiryInterval = ANSWER_LIFE_S
        if message.correlation is not None:
            told.CorrelationData = message.correlation
        # The answer goes before the PUBACK: whoever kills us between the two causes a repeat, which changes nothing.
        with self._publishing:
            self._client.publish(message.answer_topic, reply(answer, packet), qos=1, properties=told)
            if message.qos == 1 and message.connection == self._connection:
                self._client.ack(message.mid, 1)


class Handling:
    """One message on its way to its answer; tried again and again while the database is away."""

    def __init__(self, door: Door, message: Message) -> None:
        self._door = door
        self._message = message
        self._packet: wire.Packet | None = None
        self._lettered = False

    async def answered(self) -> tuple[Answer, wire.Packet | None]:
        """The answer, and the packet where it could be read."""
        wait_s = SHORTEST_WAIT_S
        while True:
            try:
                return await self._tried(), self._packet
            except Problem as problem:
                if problem.status != 503:
                    return problem.answer(), self._packet
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _tried(self) -> Answer:
        door, code = self._door, self._message.gateway[:_NAMED_AT_MOST]
        if not door.directory.is_known:
            raise no_database()
        gateway = door.directory.gateway_named(code)
        if gateway is None:
            door.background.refused("MQTT", code, "unknown")
            door.background.knocked(Source.MQTT, code, "MQTT", code)
            raise Problem(401, "unknown_gateway", "The plant knows no gateway of this name. Enrol the gateway.")
        door.let_in(gateway, "MQTT", code)
        with door.admitted(gateway):
            try:
                body = unpacked(self._message.payload)
                if self._message.kind == HEALTH:
                    return await reports.take_health(door, gateway, body)
                self._packet = wire.decode(body)
                return await door.take(gateway, self._packet, body, self._message.sent, self._message.arrived_at)
            except (wire.WireError, Unstorable) as error:
                await self._keep_letter(gateway.id, str(error))
                raise unreadable(error) from error

    async def _keep_letter(self, gateway_id: int, error: str) -> None:
        """Keep the beginning of an unreadable message; on disk before it is acknowledged."""
        if not self._lettered:
            self._lettered = True
            background, message = self._door.background, self._message
            if not background.dead_letter(gateway_id, f"mqtt {message.kind}", message.payload, error, time.monotonic()):
                return
        try:
            await self._door.background.write()
        except (psycopg.Error, PoolTimeout) as lost:
            raise no_database() from lost
