"""Connections of gateways: over TLS with a client certificate if they have one, known one by one, cut at once."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from weakref import WeakSet

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from telemetry.devices.authority.keeper import Authority

log = logging.getLogger("millwright.ingest.listening")

# OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python does not name. An expired certificate shall hear a sentence from
# us instead of a broken handshake, and one that expires in mid-session is noticed too: `identity` looks at the time.
_NO_CHECK_TIME = 0x200000
_RENEW_EVERY_S = 6 * 3600.0
_open: "WeakSet[Connection]" = WeakSet()


class Peer(NamedTuple):
    """Whom a client certificate of our authority names; not yet whether we want to hear it."""

    serial: str
    name: str
    ends_at: datetime


class Connection(HttpToolsProtocol):
    """uvicorn's protocol; it also knows its peer's certificate and which gateway last spoke on it."""

    peer: Peer | None = None
    gateway_id: int = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """The handshake is over."""
        super().connection_made(transport)
        self.peer = _peer(transport)
        # Handlers find it in the state of each request.
        self.app_state = {**self.app_state, "connection": self}
        _open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody listens any more."""
        _open.discard(self)
        super().connection_lost(exc)


def cut(unwanted: Callable[[Connection], bool]) -> int:
    """Close connections at once, whatever they are doing; how many."""
    chosen = [connection for connection in list(_open) if unwanted(connection)]
    for connection in chosen:
        connection.transport.abort()
    return len(chosen)


def server_context(authority: Authority, names: Sequence[str], at: datetime) -> ssl.SSLContext:
    """TLS 1.2 or newer with a certificate of our authority; client certificates of ours are accepted, not demanded."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(*authority.server_files("ingest", names, at))
    context.load_verify_locations(cafile=authority.ca_file)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= _NO_CHECK_TIME
    return context


@contextlib.asynccontextmanager
async def renewed(
    context: ssl.SSLContext, authority: Authority, names: Sequence[str], now: Callable[[], datetime]
) -> AsyncIterator[None]:
    """Keep the server's certificate fresh while it runs; new connections get the new one."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(_RENEW_EVERY_S)
            try:
                context.load_cert_chain(*authority.server_files("ingest", names, now()))
            except Exception:
                log.exception("The server's certificate cannot be renewed; the present one stays.")

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()


def _peer(transport: asyncio.Transport) -> Peer | None:
    shown: dict[str, Any] | None = transport.get_extra_info("peercert")
    if not shown:
        return None
    names = [value for part in shown["subject"] for key, value in part if key == "commonName"]
    ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
    return Peer(shown["serialNumber"], names[0] if names else "", ends_at)
