"""Requests to an agent: bounded in time and size, with sentences for what goes wrong."""

from __future__ import annotations

import time
from types import TracebackType
from urllib.parse import quote
from xml.etree.ElementTree import Element  # only the type: the reading is done by defusedxml

from telemetry.edge.devices import MTConnect
from telemetry.edge.drivers.mtconnect import document
from telemetry.edge.drivers.session import Trouble
from telemetry.edge.lean import httpx

MOST_BYTES = 8 * 1024 * 1024
COUNT = 1000


class OutOfRange(Exception):
    """The agent no longer, or not yet, has the numbers asked for."""


class Agent:
    """One connection to an agent; made anew for each session."""

    def __init__(self, device: MTConnect) -> None:
        self.where = f"The MTConnect agent at {device.url}"
        self._base = device.url.rstrip("/")
        self._device = f"/{quote(device.device, safe='')}" if device.device else ""
        # Certificates are loaded only where they are needed: that takes longer than a request.
        safe = self._base.lower().startswith("https:")
        self._http = httpx.Client(
            timeout=device.timeout_s, verify=safe, headers={"accept": "text/xml, application/xml"}
        )
        self.seconds = 0.0

    def __enter__(self) -> Agent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drops the connection, from any thread."""
        self._http.close()

    def probe(self) -> Element:
        """The MTConnectDevices document."""
        root = self._get("probe")
        if document.local(root) != "MTConnectDevices":
            raise Trouble(f"{self.where} answered a probe with {document.local(root)!r}. Expected MTConnectDevices.")
        return root

    def current(self) -> document.Streams:
        """The last value of everything."""
        return document.streams(self._get("current"), self.where)

    def sample(self, start: int) -> document.Streams:
        """At most COUNT observations from number `start` on. Raises OutOfRange."""
        return document.streams(self._get("sample", {"from": start, "count": COUNT}), self.where)

    def _get(self, request: str, query: dict[str, int] | None = None) -> Element:
        began = time.monotonic()
        body = bytearray()
        try:
            with self._http.stream("GET", f"{self._base}{self._device}/{request}", params=query) as answer:
                for block in answer.iter_bytes():
                    body += block
                    if len(body) > MOST_BYTES:
                        raise Trouble(f"{self.where} sent more than {MOST_BYTES >> 20} MiB at once; it is refused.")
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Trouble(f"{self.where} did not answer '{request}': {error or type(error).__name__}.") from error
        self.seconds = time.monotonic() - began
        if status >= 400 and not bytes(body[:200]).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<?xml"):
            raise Trouble(f"{self.where} answered '{request}' with HTTP {status}. Expected an MTConnect document.")
        root = document.read(bytes(body), self.where)
        refused = document.refusal(root)
        if refused is None:
            return root
        if query and refused.code in {"OUT_OF_RANGE", "INVALID_REQUEST", "MTInvalidRequest"}:
            raise OutOfRange(refused.text)
        raise Trouble(f"{self.where} refused '{request}': {refused.code} {refused.text}")
