"""An MTConnect agent for tests, written after the standard's documents because no conforming one can be installed.

MTConnect part 1 (requests, header, errors), part 2 (probe) and part 3 (streams), version 2.0: a ring of observations
numbered within one life of the agent, `current`, `sample?from&count` with `nextSequence`, `OUT_OF_RANGE`.
It knows nothing of the product. The third-party agent on PyPI (`mtconnect` 0.3.3) is a peer of its own in the tests.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape, quoteattr

VERSION = "2.0"


@dataclass
class Item:
    """A data item of the probe. `component` is its component's id."""

    id: str
    category: str
    type: str
    component: str
    sub_type: str = ""
    units: str = ""
    name: str = ""


@dataclass
class Observed:
    """One observation in the ring."""

    sequence: int
    item: Item
    at: str
    value: str
    level: str = ""
    code: str = ""


def stamp(moment: datetime | None = None) -> str:
    """An MTConnect time: UTC with microseconds."""
    return (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Agent:
    """The agent and its HTTP server. `break_with` replaces the next answers."""

    def __init__(self, items: list[Item], *, ring: int = 1000, device: str = "LATHE-1", port: int = 0) -> None:
        self.items = {item.id: item for item in items}
        self.device = device
        self.size = ring
        self.lock = threading.RLock()
        self.requests: list[str] = []
        self.break_with: list[tuple[int, bytes]] = []
        self.start_anew()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments) -> None:
                pass

            def do_GET(self) -> None:
                if outer.closed:
                    # A dead agent's connections are dead too.
                    self.close_connection = True
                    return
                status, body = outer.answer(self.path)
                self.send_response(status)
                self.send_header("content-type", "text/xml; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._handler = Handler
        self.open(port)

    def open(self, port: int = 0) -> None:
        """Starts the server; the ring is as it was."""
        self.closed = False
        self.server = ThreadingHTTPServer(("127.0.0.1", port), self._handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Ends the server."""
        self.closed = True
        self.server.shutdown()
        self.server.server_close()

    def start_anew(self, at: str = "") -> None:
        """What a restart of the agent does: another life, an empty ring, everything unavailable."""
        with self.lock:
            self.instance = str(random.randrange(1, 2**32))
            self.next = 1
            self.ring: deque[Observed] = deque(maxlen=self.size)
            self.latest: dict[str, list[Observed]] = {}
            for item in self.items.values():
                self.put(item.id, "UNAVAILABLE", at)

    def put(self, item_id: str, value: str, at: str = "", *, level: str = "", code: str = "") -> None:
        """One observation; a condition has a level (NORMAL, WARNING, FAULT)."""
        with self.lock:
            item = self.items[item_id]
            if item.category == "CONDITION" and not level:
                level, value = value, ""
            seen = Observed(self.next, item, at or stamp(), value, level, code)
            self.next += 1
            self.ring.append(seen)
            before = self.latest.get(item_id, [])
            if item.category != "CONDITION":
                self.latest[item_id] = [seen]
            elif level in {"WARNING", "FAULT"}:
                kept = [each for each in before if each.level in {"WARNING", "FAULT"} and each.code != code]
                self.latest[item_id] = [*kept, seen]
            else:
                kept = [each for each in before if code and each.code != code]
                self.latest[item_id] = kept or [seen]

    # ---- answers

    def answer(self, target: str) -> tuple[int, bytes]:
        """The status and document for a request."""
        with self.lock:
            self.requests.append(target)
            if self.break_with:
                return self.break_with.pop(0)
            parts = urlsplit(target)
            *device, request = parts.path.strip("/").split("/")
            if device and device[0] != self.device:
                return self._error("NO_DEVICE", f"Could not find the device '{device[0]}'", 404)
            if request == "probe":
                return 200, self._probe()
            if request == "current":
                return 200, self._streams([each for kept in self.latest.values() for each in kept], self.next)
            if request == "sample":
                return self._sample(parse_qs(parts.query))
            return self._error("UNSUPPORTED", f"{request} is not supported", 400)

    def _sample(self, query: dict[str, list[str]]) -> tuple[int, bytes]:
        first = self.ring[0].sequence
        start = int(query.get("from", [str(first)])[0])
        count = int(query.get("count", ["100"])[0])
        if start < first:
            return self._error("OUT_OF_RANGE", f"'from' must be greater than {first - 1}", 404)
        if start > self.next:
            return self._error("OUT_OF_RANGE", f"'from' must be less than {self.next + 1}", 404)
        chosen = [each for each in self.ring if each.sequence >= start][:count]
        return 200, self._streams(chosen, chosen[-1].sequence + 1 if chosen else self.next)

    def _header(self, extra: str = "") -> str:
        return (
            f'<Header creationTime="{stamp()}" sender="peer" instanceId="{self.instance}" version="{VERSION}" '
            f'bufferSize="{self.size}"{extra}/>'
        )

    def _document(self, kind: str, header: str, body: str) -> bytes:
        space = f"urn:mtconnect.org:{kind}:{VERSION}"
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns:m="{space}" xmlns="{space}">'
            f"{header}{body}</{kind}>\n"
        ).encode()

    def _error(self, code: str, text: str, status: int) -> tuple[int, bytes]:
        body = f'<Errors><Error errorCode="{code}">{escape(text)}</Error></Errors>'
        return status, self._document("MTConnectError", self._header(), body)

    def _streams(self, observations: list[Observed], following: int) -> bytes:
        groups: dict[str, dict[str, list[str]]] = {}
        for seen in observations:
            name = {"SAMPLE": "Samples", "EVENT": "Events", "CONDITION": "Condition"}[seen.item.category]
            groups.setdefault(seen.item.component, {}).setdefault(name, []).append(self._observation(seen))
        body = "".join(
            f'<ComponentStream component="Part" name="{component}" componentId="{component}">'
            + "".join(f"<{name}>{''.join(rows)}</{name}>" for name, rows in kinds.items())
            + "</ComponentStream>"
            for component, kinds in groups.items()
        )
        header = self._header(
            f' nextSequence="{following}" firstSequence="{self.ring[0].sequence}" lastSequence="{self.next - 1}"'
        )
        device = f'<DeviceStream name="{self.device}" uuid="{self.device}-uuid">{body}</DeviceStream>'
        return self._document("MTConnectStreams", header, f"<Streams>{device}</Streams>")

    def _observation(self, seen: Observed) -> str:
        item = seen.item
        tag = "".join(part.capitalize() for part in (seen.level or item.type).split("_"))
        more = f' type="{item.type}"' if item.category == "CONDITION" else ""
        more += f" nativeCode={quoteattr(seen.code)}" if seen.code else ""
        more += f' subType="{item.sub_type}"' if item.sub_type else ""
        return (
            f'<{tag} dataItemId="{item.id}" timestamp="{seen.at}" sequence="{seen.sequence}"{more}>'
            f"{escape(seen.value)}</{tag}>"
        )

    def _probe(self) -> bytes:
        components: dict[str, list[str]] = {}
        for item in self.items.values():
            more = f' subType="{item.sub_type}"' if item.sub_type else ""
            more += f' units="{item.units}"' if item.units else ""
            more += f' name="{item.name}"' if item.name else ""
            line = f'<DataItem id="{item.id}" category="{item.category}" type="{item.type}"{more}/>'
            components.setdefault(item.component, []).append(line)
        body = "".join(
            f'<Controller id="{component}" name="{component}"><DataItems>{"".join(lines)}</DataItems></Controller>'
            for component, lines in components.items()
        )
        device = (
            f'<Device id="d1" name="{self.device}" uuid="{self.device}-uuid"><Components>{body}</Components></Device>'
        )
        return self._document("MTConnectDevices", self._header(), f"<Devices>{device}</Devices>")
