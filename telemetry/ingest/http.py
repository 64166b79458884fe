"""Requests and answers of a bare ASGI application: bounded bodies, JSON, problems."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from telemetry import wire
from telemetry.ingest.listening import Connection, Peer

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

LARGEST_BODY = wire.MAX_UNPACKED
BODY_PATIENCE_S = 20.0


class Problem(Exception):
    """An answer that is not a success: status, short name for programs, sentence for people."""

    def __init__(self, status: int, code: str, sentence: str, *, retry_after_s: float = 0, **more: Any) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence = status, code, sentence
        self.retry_after_s, self.more = retry_after_s, more

    def answer(self) -> "Answer":
        """As an answer of the kind application/problem+json."""
        body = {"type": "about:blank", "title": self.sentence, "status": self.status, "code": self.code, **self.more}
        headers = [(b"content-type", b"application/problem+json")]
        if self.retry_after_s:
            headers.append((b"retry-after", str(max(round(self.retry_after_s), 1)).encode()))
        if self.status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        return Answer(self.status, msgspec.json.encode(body), headers)


class Answer(msgspec.Struct, frozen=True):
    """Status, body, headers."""

    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]]

    async def send(self, send: Send) -> None:
        """Put the answer on the wire."""
        headers = [*self.headers, (b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(content: Any, status: int = 200) -> Answer:
    """Anything msgspec can write, as JSON."""
    return Answer(status, msgspec.json.encode(content), [(b"content-type", b"application/json")])


def text_answer(content: bytes, kind: bytes = b"text/plain; charset=utf-8", status: int = 200) -> Answer:
    """Plain text."""
    return Answer(status, content, [(b"content-type", kind)])


class Request:
    """What a handler may ask of a request."""

    def __init__(self, scope: Mapping[str, Any], receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: str = scope.get("query_string", b"").decode("latin-1")
        self._receive = receive
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self.address: str = (scope.get("client") or ("", 0))[0]
        # Missing under other servers than our own: then nobody has a certificate and nothing is cut.
        self.connection: Connection | None = scope.get("state", {}).get("connection")

    @property
    def peer(self) -> Peer | None:
        """The client certificate that was shown, if any."""
        return self.connection.peer if self.connection is not None else None

    def header(self, name: bytes) -> str:
        """A header by its lower-case name; empty when it is missing."""
        return self._headers.get(name, b"").decode("latin-1")

    @property
    def token(self) -> str:
        """The bearer token; empty when there is none."""
        scheme, _space, token = self.header(b"authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    async def body(self) -> bytes:
        """The body, unpacked. Raises Problem 413 or 408, and wire.WireError for bytes that cannot be unpacked."""
        try:
            raw = await asyncio.wait_for(self._read(), BODY_PATIENCE_S)
        except TimeoutError as error:
            raise Problem(408, "too_slow", "The body did not arrive in time.") from error
        encoding = self.header(b"content-encoding").lower()
        if encoding == "gzip":
            return wire.gunzip_limited(raw)
        if encoding not in ("", "identity"):
            raise wire.Unreadable(f"content-encoding is {encoding[:40]!r}, expected gzip or none")
        return raw

    async def left(self) -> None:
        """Returns when the sender closed the connection; for requests without a body."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _read(self) -> bytes:
        length = self.header(b"content-length")
        if length.isdecimal() and int(length) > LARGEST_BODY:
            raise _too_large()
        message = await self._receive()
        if not message.get("more_body"):
            _still_there(message)
            body: bytes = message.get("body", b"")
            _check_size(body)
            return body
        parts = bytearray(message.get("body", b""))
        while message.get("more_body"):
            message = await self._receive()
            _still_there(message)
            parts += message.get("body", b"")
            _check_size(parts)
        return bytes(parts)


class Gone(Exception):
    """The sender closed the connection before the body was complete."""


def _still_there(message: Mapping[str, Any]) -> None:
    if message["type"] == "http.disconnect":
        raise Gone


def _check_size(body: bytes | bytearray) -> None:
    if len(body) > LARGEST_BODY:
        raise _too_large()


def _too_large() -> Problem:
    return Problem(413, "too_large", f"A body has at most {LARGEST_BODY} bytes. Send smaller packets.")


def whole(body: bytes, kind: Any) -> Any:
    """A small JSON body as a msgspec type. Raises wire.Unreadable and wire.Invalid."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise wire.Invalid(f"not what was expected: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, zlib.error) as error:
        raise wire.Unreadable(f"the body cannot be read as JSON: {error}") from error
