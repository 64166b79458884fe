"""Who comes in, and what happens to a packet between the network and the commit."""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from psycopg_pool import AsyncConnectionPool

from telemetry import wire
from telemetry.devices.models import Source
from telemetry.ingest.background import Background
from telemetry.ingest.columns import judge
from telemetry.ingest.committer import Committer, Unavailable, Unstorable
from telemetry.ingest.directory import Directory, GatewayInfo
from telemetry.ingest.http import Answer, Problem, Request, json_answer
from telemetry.ingest.identity import Stranger, Twins, identified
from telemetry.ingest.metrics import REFUSED_ROWS, WAITING_ROWS
from telemetry.ingest.rules import NO_SHIFT, Allowance, shift_of, slow_down, window_of
from telemetry.ingest.store import Entry, Outcome, StreamGone

PACKETS_PER_S, PACKETS_BURST = 400.0, 800.0
MOST_AT_ONCE = 32
MOST_AT_ONCE_OF_ALL = 128
MOST_WAITING_ROWS = 400_000
NEW_STREAMS_PER_S, NEW_STREAMS_BURST = 0.1, 64.0
_NAME_HEADER = wire.NAME_HEADER.lower().encode()
_SENT_HEADER = wire.SENT_HEADER.lower().encode()


class Door:
    """The state of the ingest process."""

    def __init__(
        self, pool: AsyncConnectionPool, conninfo: str, now: Callable[[], datetime], horizon_days: int
    ) -> None:
        self.pool = pool
        self.now = now
        self.horizon_days = horizon_days
        self.directory = Directory(conninfo)
        self.committer = Committer(pool)
        self.background = Background(pool, now)
        self.twins = Twins()
        self._inside: Counter[int] = Counter()
        self._allowances: dict[int, Allowance] = {}
        self._new_streams: dict[int, Allowance] = {}

    def gateway(self, request: Request) -> GatewayInfo:
        """The gateway behind a request's certificate or token.

        Raises Problem 401, 403, or 503 while nobody is known yet.
        """
        if not self.directory.is_known:
            raise Problem(503, "starting", "The plant's database does not answer. Try again.", retry_after_s=1)
        try:
            gateway = identified(self.directory, request.peer, request.token, self.now())
        except Stranger as stranger:
            self.background.refused(request.address, stranger.credential, stranger.why, stranger.gateway_id)
            if stranger.why == "unknown" and (name := request.header(_NAME_HEADER)):
                self.background.knocked(Source.AGENT, name, request.address, stranger.credential)
            raise
        if request.connection is not None:
            request.connection.gateway_id = gateway.id
        self.twins.saw(gateway.id, "address", request.address)
        return self.let_in(gateway, request.address, request.token)

    def let_in(self, gateway: GatewayInfo, address: str, credential: str) -> GatewayInfo:
        """Note that a known gateway came. Raises Problem 403 when it was revoked."""
        if not gateway.is_active:
            self.background.refused(address, credential, "revoked", gateway.id)
            raise Problem(403, "revoked", "This gateway was revoked. Ask an administrator to enrol it again.")
        self.background.saw(gateway.id, address)
        return gateway

    @contextmanager
    def admitted(self, gateway: GatewayInfo) -> Iterator[None]:
        """Keep one gateway from taking everything. Raises Problem 429."""
        wait = self._allowances.setdefault(gateway.id, Allowance(PACKETS_PER_S, PACKETS_BURST)).take(time.monotonic())
        if wait or self._inside[gateway.id] >= MOST_AT_ONCE:
            raise Problem(429, "too_many", "This gateway sends too much at once.", retry_after_s=max(wait, 1))
        if self.committer.waiting_rows > MOST_WAITING_ROWS or self._inside.total() >= MOST_AT_ONCE_OF_ALL:
            raise Problem(429, "queue_full", "Too many readings wait to be stored.", retry_after_s=1)
        self._inside[gateway.id] += 1
        try:
            yield
        finally:
            self._inside[gateway.id] -= 1

    async def packet(self, request: Request) -> Answer:
        """POST /ingest/v1/packets, as the contract says."""
        gateway = self.gateway(request)
        with self.admitted(gateway):
            body = b""
            try:
                body = await request.body()
                packet = wire.decode(body)
                return await self.take(gateway, packet, body, request.header(_SENT_HEADER), self.now())
            except (wire.WireError, Unstorable) as error:
                if not isinstance(error, wire.TooLarge):
                    self.background.dead_letter(gateway.id, "packet", body, str(error), time.monotonic())
                raise unreadable(error) from error

    async def take(self, gateway: GatewayInfo, packet: wire.Packet, body: bytes, sent: str, at: datetime) -> Answer:
        """Commit one packet, over whatever way it came, and say how far its stream is: 200 or 409.

        `body` is the packet as it was unpacked, `sent` the sender's clock when it sent (milliseconds, as it came), `at`
        ours when it arrived. Raises Unstorable for a packet the database can never take (see `unreadable`), Problem 429
        or 503 for one that may come again later.
        """
        outcome = await self._stored(gateway, packet, hashlib.sha256(body).hexdigest(), _sent_ms(sent, packet), at)
        return self._answer(gateway, outcome)

    async def _stored(
        self, gateway: GatewayInfo, packet: wire.Packet, digest: str, sent_ms: int, at: datetime
    ) -> Outcome:
        arrived_ms = round(at.timestamp() * 1000)
        # Times of a recording are the recording's, not this clock's.
        shift = NO_SHIFT if packet.clock.source == "recorded" else shift_of(arrived_ms, sent_ms, packet.clock.synced)
        window = window_of(arrived_ms, self.horizon_days, gateway.history_from_us)
        columns = judge(packet, gateway.tags, window, shift_ms=shift.ms, uncertain=shift.uncertain)
        for attempt in (1, 2):
            stream = await self._stream(gateway, packet.epoch, packet.lane)
            entry = Entry(
                stream, gateway.id, packet.first_seq, packet.count, packet.gaps, columns, sent_ms, at, shift.ms,
                packet.clock.synced, digest, asyncio.get_running_loop().create_future(),
            )  # fmt: skip
            try:
                return await self.commit(entry)
            except StreamGone:
                self.committer.forget_streams()
                if attempt == 2:
                    raise Problem(503, "busy", "The stream changed. Try again.", retry_after_s=1) from None
        raise AssertionError("the loop returns or raises")

    async def _stream(self, gateway: GatewayInfo, epoch: str, lane: str) -> int:
        if not self.committer.knows(gateway.id, epoch, lane):
            allowance = self._new_streams.setdefault(gateway.id, Allowance(NEW_STREAMS_PER_S, NEW_STREAMS_BURST))
            if wait := allowance.take(time.monotonic()):
                raise Problem(429, "too_many_epochs", "This gateway begins too many streams.", retry_after_s=wait)
        try:
            return await self.committer.stream_of(gateway.id, epoch, lane)
        except Unavailable as error:
            raise no_database() from error

    async def commit(self, entry: Entry) -> Outcome:
        """Wait for the commit. Raises Problem 503 when the database does not take it now."""
        WAITING_ROWS.set(self.committer.waiting_rows)
        try:
            outcome = await self.committer.submit(entry)
        except Unavailable as error:
            raise no_database() from error
        for rejected in outcome.rejected:
            REFUSED_ROWS.labels(rejected.code).inc()
        return outcome

    def _answer(self, gateway: GatewayInfo, outcome: Outcome) -> Answer:
        if outcome.expected_seq is not None:
            return json_answer(wire.HoleAnswer(expected_seq=outcome.expected_seq, acked_seq=outcome.acked_seq), 409)
        return json_answer(
            wire.Ack(
                acked_seq=outcome.acked_seq,
                new=outcome.new,
                rejected=outcome.rejected,
                server_ms=round(self.now().timestamp() * 1000),
                config_version=gateway.config_version,
                slow_down_ms=slow_down(self.background.backlog_age_s, self.committer.waiting_rows),
            )
        )


def no_database() -> Problem:
    """The answer while the database cannot store."""
    return Problem(503, "no_database", "The plant's database does not answer. Try again.", retry_after_s=1)


def unreadable(error: wire.WireError | Unstorable) -> Problem:
    """The answer to a packet that nobody can take: sending it again as it is cannot help."""
    if isinstance(error, Unstorable):
        return Problem(422, "unstorable", "The database cannot hold this packet.")
    return Problem(error.status, error.code, str(error))


def _sent_ms(sent: str, packet: wire.Packet) -> int:
    if sent.isdecimal() and len(sent) < 16 and int(sent) <= wire.MAX_TIME_MS:
        return int(sent)
    return packet.sent_ms
