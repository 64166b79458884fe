"""The way to the server: one HTTP client, who we are, and how long to wait after a failure."""

from __future__ import annotations

import logging
import os
import random
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx
import msgspec

from telemetry import wire
from telemetry.edge.config import Gateway
from telemetry.edge.report import EnrolAnswer

log = logging.getLogger("millwright.edge.net")

SHORTEST_S = 0.2
LONGEST_S = 60.0
_LONGEST_RETRY_AFTER_S = 600.0


class EnrolRefused(Exception):
    """The server did not accept the one-time code."""


class NoAnswer(Exception):
    """A packet was sent or not, nobody knows whether it arrived; the message says why."""


@dataclass(frozen=True)
class Answered:
    """What the server said to a packet, in the words of the contract whatever way it came."""

    status: int
    content: bytes
    retry_after_s: float = 0.0

    @property
    def text(self) -> str:
        """The answer for a person to read."""
        return self.content.decode(errors="replace")


class Way(Protocol):
    """A way for sealed packets to the server."""

    def packet(self, body: bytes, sent_ms: int) -> Answered:
        """Sends one packet, with the clock of this attempt, and waits for what the server says. Raises NoAnswer."""

    def refused(self) -> float:
        """The server refused this gateway: looks for a renewed credential; seconds until the next attempt."""


class Backoff:
    """Waiting times that grow with each failure, spread by chance so that gateways do not come back together."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or random.SystemRandom()
        self.failures = 0

    def succeeded(self) -> None:
        """The next failure waits shortly again."""
        self.failures = 0

    def failed(self, retry_after_s: float = 0) -> float:
        """Seconds to wait after one more failure: full jitter from 0.2 to 60 s, or as long as the server asked."""
        ceiling = min(LONGEST_S, SHORTEST_S * 2 ** min(self.failures + 1, 20))
        self.failures += 1
        return max(self._chance.uniform(SHORTEST_S, ceiling), min(retry_after_s, _LONGEST_RETRY_AFTER_S))


def retry_after(response: httpx.Response) -> float:
    """The seconds of a Retry-After header; 0 when it has none or a date."""
    try:
        return max(float(response.headers.get("retry-after", 0)), 0.0)
    except ValueError:
        return 0.0


class Link:
    """Requests to the plant's server with this gateway's credential. Safe to use from several threads."""

    def __init__(self, gateway: Gateway) -> None:
        self.settings = gateway.server
        self._token_file = gateway.path(gateway.server.token_file) if gateway.server.token_file else None
        verify: ssl.SSLContext | bool = True
        if gateway.server.ca_file:
            verify = ssl.create_default_context(cafile=str(gateway.path(gateway.server.ca_file)))
        self._client = httpx.Client(base_url=gateway.server.url, timeout=gateway.server.timeout_s, verify=verify)
        self._lock = threading.Lock()
        self._token = gateway.server.token
        self.reread_token()

    @property
    def has_token(self) -> bool:
        """False until the gateway is enrolled."""
        return bool(self._token)

    def reread_token(self) -> None:
        """Takes the token from its file again: it may have been renewed."""
        if self._token_file is not None and self._token_file.exists():
            with self._lock:
                self._token = self._token_file.read_text(encoding="utf-8").strip()

    def packet(self, body: bytes, sent_ms: int) -> Answered:
        """Sends one packet and waits for the answer. Raises NoAnswer."""
        headers = {"content-encoding": "gzip", wire.SENT_HEADER: str(sent_ms)}
        try:
            response = self.post(wire.PACKETS_PATH, body, headers)
        except httpx.HTTPError as error:
            raise NoAnswer(str(error) or type(error).__name__) from error
        return Answered(response.status_code, response.content, retry_after(response))

    def refused(self) -> float:
        """Takes the token from its file again; seconds until the next attempt."""
        self.reread_token()
        return self.settings.auth_retry_s

    def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
        """Posts JSON. Raises httpx.HTTPError when no answer comes."""
        return self._client.post(path, content=body, headers={**self._headers(), **(headers or {})})

    def get(self, path: str, patience_s: float = 0) -> httpx.Response:
        """Gets JSON, waiting longer than usual if `patience_s` says so. Raises httpx.HTTPError when no answer comes."""
        timeout = httpx.Timeout(self.settings.timeout_s, read=max(patience_s, self.settings.timeout_s))
        return self._client.get(path, headers=self._headers(), timeout=timeout)

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}", "content-type": "application/json"}

    def enrol(self) -> str:
        """Turns the one-time code into a token kept in the token file, readable by this user alone.

        Returns the gateway's code. Raises EnrolRefused, or httpx.HTTPError when no answer comes.
        """
        if self._token_file is None:
            raise EnrolRefused("server.token_file is not set. Expected the file the token shall be kept in.")
        response = self._client.post(wire.ENROL_PATH, json={"code": self.settings.enrol_code})
        if response.status_code >= 500 or response.status_code == 429:
            raise httpx.HTTPStatusError("the server is busy", request=response.request, response=response)
        if response.status_code not in (200, 201):
            raise EnrolRefused(
                f"The server refused the enrolment code ({response.status_code} {response.text[:200]!r}). "
                "Ask an administrator for a new one: each code works once and for a short time."
            )
        try:
            answer = msgspec.json.decode(response.content, type=EnrolAnswer)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise EnrolRefused(f"The server's answer to the enrolment cannot be read: {error}") from error
        store_secret(self._token_file, answer.token)
        with self._lock:
            self._token = answer.token
        log.info("Enrolled as %s; the token is in %s.", answer.gateway, self._token_file)
        return answer.gateway

    def close(self) -> None:
        """Closes all connections."""
        self._client.close()


def store_secret(path: Path, secret: str) -> None:
    """Writes a secret so that it is there whole or not at all, and nobody else can read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
