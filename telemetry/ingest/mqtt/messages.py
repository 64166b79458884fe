"""What travels over the broker: topics, and answers a gateway can match with what it sent. No database."""

import contextlib
from dataclasses import dataclass
from datetime import datetime

from telemetry import wire
from telemetry.ingest.http import Answer

ROOT = "millwright/v1"
GROUP = "millwright"
PACKET, HEALTH = "packet", "health"
TOPICS = (f"{ROOT}/+/up/{PACKET}", f"{ROOT}/+/up/{HEALTH}")
# After this nobody waits for the answer any more: the gateway has sent the packet again.
ANSWER_LIFE_S = 5
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came; `connection` counts connections: only the one it came on can take its PUBACK."""

    topic: str
    payload: bytes
    mid: int
    qos: int
    arrived_at: datetime
    connection: int
    correlation: bytes | None = None
    sent: str = ""

    @property
    def gateway(self) -> str:
        """The gateway's code: the broker lets each write below its own name only."""
        return self.topic.split("/")[2]

    @property
    def kind(self) -> str:
        """`packet` or `health`."""
        return self.topic.rsplit("/", 1)[-1]

    @property
    def answer_topic(self) -> str:
        """Where the gateway listens for the answer."""
        return f"{ROOT}/{self.gateway}/down/{'ack' if self.kind == PACKET else self.kind}"


def unpacked(payload: bytes) -> bytes:
    """The JSON of a message that may be packed with gzip. Raises wire.TooLarge and wire.Unreadable."""
    if payload.startswith(_GZIP):
        return wire.gunzip_limited(payload)
    if len(payload) > wire.MAX_UNPACKED:
        raise wire.TooLarge(f"the packet has more than {wire.MAX_UNPACKED} bytes")
    return payload


def reply(answer: Answer, packet: wire.Packet | None) -> bytes:
    """The answer's JSON with `status`, what to wait, and which packet it is about."""
    parts = [b'"status":%d' % answer.status]
    retry_after = dict(answer.headers).get(b"retry-after", b"")
    with contextlib.suppress(ValueError):
        parts.append(b'"retry_after_s":%d' % int(retry_after))
    if packet is not None:
        # Both are checked by decode(): nothing in them needs escaping.
        parts.append(b'"epoch":"%s","lane":"%s"' % (packet.epoch.encode(), packet.lane.encode()))
        parts.append(b'"first_seq":%d' % packet.first_seq)
    body = answer.body[1:-1]
    # A problem's own status comes first in its body too; the same word twice would be no JSON for strict readers.
    rest = body.replace(b'"status":%d,' % answer.status, b"", 1)
    return b"{%s}" % b",".join([*parts, rest] if rest else parts)
