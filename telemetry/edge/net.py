"""The way to the server: one HTTP client, who we are, and how long to wait after a failure."""

from __future__ import annotations

import logging
import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from telemetry import wire
from telemetry.edge.config import Gateway
from telemetry.edge.identity import Identity, write_private
from telemetry.edge.lean import httpx

log = logging.getLogger("millwright.edge.net")

SHORTEST_S = 0.2
LONGEST_S = 60.0
_LONGEST_RETRY_AFTER_S = 600.0


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
    """Requests to the plant's server with this gateway's credential. Safe to use from several threads.

    Over TLS the certificate is the credential as long as it is good; else the token is.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.settings = gateway.server
        self.identity = Identity(gateway)
        self._token_file = gateway.path(gateway.server.token_file) if gateway.server.token_file else None
        self._lock = threading.Lock()
        self._token = gateway.server.token
        self._clients: list[httpx.Client] = []
        self._shows_until = 0.0
        self._client = self._meet()
        self.reread_token()

    @property
    def has_token(self) -> bool:
        """False until the gateway is enrolled."""
        return bool(self._token) or self._shows_certificate()

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
        return self._now().post(path, content=body, headers={**self._headers(), **(headers or {})})

    def get(self, path: str, patience_s: float = 0) -> httpx.Response:
        """Gets JSON, waiting longer than usual if `patience_s` says so. Raises httpx.HTTPError when no answer comes."""
        timeout = httpx.Timeout(self.settings.timeout_s, read=max(patience_s, self.settings.timeout_s))
        return self._now().get(path, headers=self._headers(), timeout=timeout)

    def meet_with(self, shown: Path | None) -> httpx.Client:
        """A client of its own that shows this identity, or none. Raises OSError, ssl.SSLError."""
        verify = self.identity.context(shown)
        return httpx.Client(base_url=self.settings.url, timeout=self.settings.timeout_s, verify=verify)

    def go_over(self) -> None:
        """Uses what the files of the identity say now; requests under way end as they began."""
        fresh = self._meet()
        with self._lock:
            self._client = fresh

    def keep_token(self, token: str) -> None:
        """Keeps a new token in its file, readable by this user alone."""
        if self._token_file is not None:
            store_secret(self._token_file, token)
        with self._lock:
            self._token = token

    def close(self) -> None:
        """Closes all connections."""
        for client in self._clients:
            client.close()

    def _meet(self) -> httpx.Client:
        life = self.identity.life if self.identity.is_ours else None
        self._shows_until = life.ends if life is not None else 0.0
        client = self.meet_with(self.identity.path if self._shows_certificate() else None)
        self._clients.append(client)
        return client

    def _now(self) -> httpx.Client:
        if self._shows_until and not self._shows_certificate():
            log.error("The certificate of this gateway ended; its token is used, if it has one. Ask for a new code.")
            self.go_over()
            self._shows_until = 0.0
        return self._client

    def _shows_certificate(self) -> bool:
        return time.time() < self._shows_until

    def _headers(self) -> dict[str, str]:
        headers = {"content-type": "application/json"}
        if self.identity.name:
            headers[wire.NAME_HEADER] = self.identity.name
        if self._token and not self._shows_certificate():
            headers["authorization"] = f"Bearer {self._token}"
        return headers


def store_secret(path: Path, secret: str) -> None:
    """Writes a secret so that it is there whole or not at all, and nobody else can read it."""
    write_private(path, (secret + "\n").encode())
