"""Devices that post: with curl and with httpx, well-behaved and not."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time

import httpx
import pytest

from telemetry.edge.devices import Push, Tag
from telemetry.edge.drivers.push import posts, receiving, session
from telemetry.edge.drivers.session import Trouble
from tests.patience import PATIENCE_S, wait_until
from tests.ports import free_port
from tests.telemetry.edge.feeds.test_mqtt import certificates
from tests.telemetry.edge.recording_out import RecordingOut, framed, kept_by, raised_by

TOKEN = "b5f0c3a1d2e4968770011223344556677"
RIGHT = {"authorization": f"Bearer {TOKEN}"}
TAGS = [Tag(name="temp", address="values.temp"), Tag(name="word", address="values['odd key'][0]")]


@pytest.fixture
def door(tmp_path):
    (tmp_path / "tokens").write_text(f"{TOKEN}\nanother-token-of-the-rotation\n")
    return Push(code="DOOR", port=free_port(), token_file=str(tmp_path / "tokens"), tags=TAGS)


def post(door: Push, body, headers=RIGHT) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(
        f"http://127.0.0.1:{door.port}/", content=content, headers=headers, timeout=PATIENCE_S, verify=False
    )


def test_values_are_taken_from_their_places(door):
    door.time_path = "at"
    with kept_by(session, door) as out:
        wait_until(lambda: out.signs_of_life)
        answer = post(door, {"at": 1795168800, "values": {"temp": 21.5, "odd key": ["RUN"]}, "more": 1})
        several = post(door, [{"at": 1795168801, "values": {"temp": n}} for n in range(3)])
        other = post(
            door,
            {"at": "2026-11-20T10:00:00Z", "values": {"temp": None}},
            {"authorization": "bearer another-token-of-the-rotation"},
        )
    assert [(each.status_code, each.json()) for each in (answer, several, other)] == [
        (200, {"taken": 2}),
        (200, {"taken": 3}),
        (200, {"taken": 1}),
    ]
    at = 1795168800_000_000
    assert out.values == [
        ("temp", 21.5, 192, at),
        ("word", "RUN", 192, at),
        *[("temp", n, 192, at + 1_000_000) for n in range(3)],
        ("temp", None, 192, at),
    ]
    assert out.faults == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_posts_over_tls(door, tmp_path):
    authority, host = certificates(tmp_path)
    door.certificate_file, door.key_file = str(host), str(tmp_path / "host.key")
    curl = ["curl", "-s", "--max-time", "10", f"https://127.0.0.1:{door.port}/x", "-d", '{"values": {"temp": 3}}']
    with kept_by(session, door) as out:
        wait_until(lambda: out.signs_of_life)
        done = subprocess.run(
            [*curl, "--cacert", authority, "-H", f"Authorization: Bearer {TOKEN}"], capture_output=True
        )
        assert json.loads(done.stdout) == {"taken": 1}
        stranger = subprocess.run([*curl, "-H", f"Authorization: Bearer {TOKEN}"], capture_output=True)
        assert stranger.returncode == 60  # curl does not know the authority
        wait_until(lambda: out.faults)
        # A handshake that never ends does not stop the others.
        with socket.create_connection(("127.0.0.1", door.port)):
            again = subprocess.run(
                [*curl, "--cacert", authority, "-H", f"Authorization: Bearer {TOKEN}"], capture_output=True
            )
    assert json.loads(again.stdout) == {"taken": 1}
    assert out.of("temp") == [3, 3]
    assert "did not agree on TLS" in out.faults[0]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}])
def test_a_stranger_is_refused_and_nothing_is_taken(door, headers):
    with kept_by(session, door) as out:
        wait_until(lambda: out.signs_of_life)
        answer = post(door, {"values": {"temp": 1}, "padding": "x" * 200_000}, headers)
    assert answer.status_code == 401
    assert "no valid token" in answer.json()["detail"]
    assert out.values == []
    assert "127.0.0.1 was refused" in out.faults[0]


def test_bad_posts_are_answered_with_a_sentence_and_the_door_stays_open(door):
    door.time_path = "at"
    values = {"values": {"temp": 1}}
    bodies = {
        b"{not json": "it is not JSON",
        b"\xff\xfe": "it is not JSON",
        b"[" * 100_000: "nested deeper than 32 levels",
        json.dumps({**values, "at": "yesterday"}).encode(): "has no time at 'at'",
        json.dumps({"at": 1795168800, "values": {"temp": [1]}}).encode(): "a list or an object at 'values.temp'",
        json.dumps({"at": 1795168800, "other": 1}).encode(): "no value at any configured place",
        json.dumps([{"at": 1795168800, **values}] * 1001).encode(): "at most 1000",
    }
    with kept_by(session, door) as out:
        wait_until(lambda: out.signs_of_life)
        for body, sentence in bodies.items():
            answer = post(door, body)
            assert answer.status_code == 400, body[:40]
            assert sentence in answer.json()["detail"]
        # One bad document of a batch: nothing of the batch is taken.
        assert post(door, [{"at": 1795168800, **values}, values]).status_code == 400
        large = post(door, b" " * (posts.LARGEST + 1))
        endless = httpx.post(f"http://127.0.0.1:{door.port}/", content=iter([b"{}"]), headers=RIGHT)
        looked = httpx.get(f"http://127.0.0.1:{door.port}/", headers=RIGHT)
        assert [each.status_code for each in (large, endless, looked)] == [413, 411, 405]
        assert out.values == []
        assert post(door, {"at": 1795168800, **values}).status_code == 200
    assert out.of("temp") == [1]
    assert len(out.faults) == len(bodies) + 3


def test_too_many_and_too_slow_connections_do_not_close_the_door(door, monkeypatch):
    monkeypatch.setattr(receiving, "LONGEST_REQUEST_S", 0.5)
    monkeypatch.setattr(receiving, "_BEAT_S", 0.1)
    with kept_by(session, door) as out:
        wait_until(lambda: out.signs_of_life)
        slow = [socket.create_connection(("127.0.0.1", door.port)) for _ in range(receiving.MOST_CONNECTIONS + 5)]
        for each in slow[:5]:
            each.sendall(b"POST / HTTP/1.1\r\nX: ")
        wait_until(lambda: any("More than 32" in fault for fault in out.faults))
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = post(door, {"values": {"temp": 1}})
                break
            except httpx.TransportError:
                assert time.monotonic() < end
                time.sleep(0.05)
        for each in slow:
            each.close()
    assert answer.json() == {"taken": 1}


def test_a_post_is_answered_only_when_it_was_taken(door):
    """The frame's back-pressure reaches the sender; a gateway that stops meanwhile does not say it took it."""

    class Slow(RecordingOut):
        def __init__(self):
            super().__init__()
            self.gate, self.begun = threading.Event(), 0

        def value(self, tag, raw, **more):
            self.begun += 1
            self.gate.wait(PATIENCE_S)
            if not self.stopping:
                super().value(tag, raw, **more)

    out, answers = Slow(), []
    thread = threading.Thread(target=session, args=(door, out))
    thread.start()
    wait_until(lambda: out.signs_of_life)
    sender = threading.Thread(target=lambda: answers.append(post(door, {"values": {"temp": 1}})))
    sender.start()
    wait_until(lambda: out.begun == 1)
    assert answers == []
    out.gate.set()
    sender.join(PATIENCE_S)
    assert answers[0].status_code == 200
    out.gate.clear()
    sender = threading.Thread(target=lambda: answers.append(post(door, {"values": {"temp": 2}})))
    sender.start()
    wait_until(lambda: out.begun == 2)
    out._ended.set()
    out.gate.set()
    sender.join(PATIENCE_S)
    thread.join(PATIENCE_S)
    assert answers[1].status_code == 503
    assert out.of("temp") == [1]


def test_a_door_that_cannot_open_is_a_sentence(door, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", door.port))
        taken.listen()
        raised = raised_by(session, door)
    assert isinstance(raised, Trouble)
    assert f"cannot listen at 127.0.0.1:{door.port}" in str(raised)
    (tmp_path / "tokens").write_text("short\n")
    assert "can be guessed" in str(raised_by(session, door))
    door.token_file = str(tmp_path / "nothing")
    assert "cannot be read" in str(raised_by(session, door))


def test_the_frame_scales_and_stores_posts(door):
    door.tags[0].scale = 2.0
    with framed([door]) as driver:
        wait_until(lambda: driver.health.get("DOOR") and driver.health["DOOR"].connected)
        for number in range(10):
            assert post(door, {"values": {"temp": number}}).status_code == 200
        wait_until(lambda: len(driver.values("temp")) == 10)
    assert driver.values("temp") == [2.0 * number for number in range(10)]
    door.tags[0].scale = 1.0
