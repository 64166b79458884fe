"""A real HTTP server that stores packets by the watermark rule of the contract, and misbehaves on request.

Written without the product's own watermark function on purpose: two readings of the contract must agree.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Answer:
    """What to say instead of the truth to the next request for packets; `commits` = it is stored all the same."""

    status: int = 503
    headers: dict = field(default_factory=dict)
    body: bytes = b"{}"
    commits: bool = False
    hangs_up: bool = False


class RecordingIngest:
    """Streams, rows and gaps as a server would have them after each commit."""

    def __init__(self, port: int = 0) -> None:
        self.lock = threading.Lock()
        self.marks: dict[tuple[str, str], int] = {}
        self.rows: dict[tuple[str, str, int], tuple] = {}
        self.gaps: list[tuple] = []
        self.bodies: list[bytes] = []
        self.heartbeats: list[dict] = []
        self.stored_twice = 0
        self.broken_off = 0
        self.answers: list[Answer] = []
        self.always: Answer | None = None
        self.max_rows = 10_000
        self.token = "secret"
        self.codes: dict[str, str] = {}
        self.config: dict = {"config_version": 0, "config": {}}
        self.clock_ahead_ms = 0
        self.slow_down_ms = 0
        self.questions: list[dict] = []
        self.found: dict[int, dict] = {}
        self.polls = 0
        self.closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.post(self, body)

            def do_GET(self) -> None:
                if self.path.startswith("/ingest/v1/questions"):
                    return outer.hold(self)
                return outer.say(self, 200, outer.config)

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, request, client_address) -> None:
                # Killed agents break off in the middle of a request: that is what they are killed for.
                outer.broken_off += 1

        self.server = Quiet(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def hold(self, handler) -> None:
        """Keeps a gateway waiting for questions, as the real door does."""
        asked = parse_qs(urlsplit(handler.path).query)
        have = {int(number) for number in asked.get("have", [""])[0].split(",") if number}
        end = time.monotonic() + float(asked["wait"][0])
        self.polls += 1
        while time.monotonic() < end and not self.closing.is_set():
            open_now = [question for question in self.questions if question["id"] not in have]
            if open_now or int(asked["config"][0]) != self.config["config_version"]:
                return self.say(handler, 200, {"config_version": self.config["config_version"], "questions": open_now})
            time.sleep(0.02)
        return self.say(handler, 200, {"config_version": self.config["config_version"], "questions": []})

    def say(self, handler, status, answer, headers=None) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def post(self, handler, body: bytes) -> None:
        server_ms = time.time_ns() // 1_000_000 + self.clock_ahead_ms
        if handler.path == "/ingest/v1/enrol":
            code = json.loads(body)["code"]
            with self.lock:
                known = self.codes.pop(code, None)
            return (
                self.say(handler, 200, {"gateway": known, "token": self.token})
                if known
                else self.say(handler, 403, {"detail": "unknown code"})
            )
        if handler.headers.get("authorization") != f"Bearer {self.token}":
            return self.say(handler, 401, {"detail": "who are you"})
        if handler.path == "/ingest/v1/answers":
            answer = json.loads(body)
            self.found[answer["id"]] = answer
            self.questions = [question for question in self.questions if question["id"] != answer["id"]]
            return self.say(handler, 200, {"taken": True})
        if handler.path == "/ingest/v1/health":
            self.heartbeats.append(json.loads(body))
            return self.say(handler, 200, {"server_ms": server_ms, "config_version": self.config["config_version"]})
        with self.lock:
            planned = self.answers.pop(0) if self.answers else self.always
            self.bodies.append(body)
            if planned is None or planned.commits:
                status, answer = self.commit(json.loads(gzip.decompress(body)), server_ms)
        if planned is None:
            return self.say(handler, status, answer)
        if planned.hangs_up:
            handler.close_connection = True
            return None
        return self.say(handler, planned.status, planned.body, planned.headers)

    def commit(self, packet: dict, server_ms: int) -> tuple[int, dict]:
        key = (packet["epoch"], packet["lane"])
        acked = mark = self.marks.get(key, 0)
        if packet["count"] > self.max_rows:
            return 413, {}
        assert packet["count"] == len(packet["rows"])
        for gap in packet["gaps"]:
            assert gap["to"] < packet["first_seq"]
            if gap["from"] > mark + 1:
                return 409, {"expected_seq": mark + 1, "acked_seq": acked}
            if gap["to"] > mark:
                self.gaps.append((*key, mark + 1, gap["to"], gap["reason"]))
                mark = gap["to"]
        if packet["first_seq"] > mark + 1:
            return 409, {"expected_seq": mark + 1, "acked_seq": acked}
        new = 0
        for offset, row in enumerate(packet["rows"]):
            seq = packet["first_seq"] + offset
            if seq <= mark:
                continue
            at_us = packet["t0"] * 1000 + round(row[1] * 1000)
            self.stored_twice += (*key, seq) in self.rows
            self.rows[*key, seq] = (packet["tags"][row[0]], at_us, row[2], *row[3:])
            new += 1
        self.marks[key] = max(mark, packet["first_seq"] + packet["count"] - 1)
        return 200, {
            "acked_seq": self.marks[key],
            "new": new,
            "rejected": [],
            "server_ms": server_ms,
            "config_version": self.config["config_version"],
            "slow_down_ms": self.slow_down_ms,
        }

    def stream(self, lane: str = "s") -> list[tuple]:
        """The rows of the only stream of a lane in the order of their numbers, checked to be 1..N without a hole."""
        keys = [key for key in self.marks if key[1] == lane]
        assert len(keys) == 1, keys
        numbers = sorted(seq for *key, seq in self.rows if tuple(key) == keys[0])
        assert numbers == list(range(1, len(numbers) + 1))
        return [self.rows[*keys[0], seq] for seq in numbers]
