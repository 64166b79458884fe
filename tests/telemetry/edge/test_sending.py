"""Sending to a real HTTP server: each answer of the contract, and nothing stored twice or lost."""

import gzip
import json
import random

import pytest

from telemetry import wire
from telemetry.edge.net import Backoff
from telemetry.edge.segment import Sealed
from telemetry.edge.spool import Spool
from tests.telemetry.edge.helpers import AT, CLOCK, SMALL, a_sender, fill, readings, send_all
from tests.telemetry.edge.recording import Answer


@pytest.fixture
def spool(tmp_path):
    opened = Spool(tmp_path / "spool", SMALL)
    yield opened
    opened.close()


def values(server, lane="s"):
    return [row[2] for row in server.stream(lane)]


def test_rows_arrive_in_order_and_are_deleted_when_acknowledged(server, spool):
    fill(spool, 1, 700)
    fill(spool, 701, 900)
    send_all(a_sender(spool, server.url), spool)

    assert values(server) == list(range(1, 901))
    assert spool.idle()
    assert server.gaps == []


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(503, {"Retry-After": "0"}),
        Answer(429),
        Answer(500),
        Answer(404),
        Answer(302, {"location": "/elsewhere"}),
        Answer(200, body=b"<html>Welcome to the guest network</html>"),
        Answer(200, body=b'{"acked_seq":"9"}'),
        Answer(409, body=b"{}"),
        Answer(409, body=b'{"expected_seq":77,"acked_seq":76}'),
        Answer(hangs_up=True),
        Answer(hangs_up=True, commits=True),
        Answer(503, commits=True),
        Answer(200, body=b'{"acked_seq":0}', commits=True),
    ],
)
def test_a_retry_is_byte_identical_and_stores_nothing_twice(server, spool, trouble):
    fill(spool, 1, 5)
    server.answers = [trouble, trouble]
    sender = a_sender(spool, server.url)

    assert sender.send_one() >= 0.2
    for number in range(6, 20):
        fill(spool, number, number)
    assert sender.send_one() >= 0.2
    send_all(sender, spool)

    assert server.bodies[0] == server.bodies[1] == server.bodies[2]
    assert values(server) == list(range(1, 20))
    assert server.stored_twice == 0
    assert server.gaps == []


def test_retry_after_is_honoured(server, spool):
    fill(spool, 1, 1)
    server.answers = [Answer(503, {"Retry-After": "17"}), Answer(429, {"Retry-After": "99999"})]
    sender = a_sender(spool, server.url)

    assert 17 <= sender.send_one() < 18
    assert sender.send_one() == 600


def test_no_server_at_all_is_waited_for(server, spool):
    fill(spool, 1, 3)
    sender = a_sender(spool, "http://127.0.0.1:9", timeout_s=0.5)

    assert [0.2 <= sender.send_one() <= 60 for _ in range(5)] == [True] * 5
    send_all(a_sender(spool, server.url), spool)
    assert values(server) == [1, 2, 3]


def test_backoff_grows_to_a_minute_and_uses_chance():
    backoff = Backoff(random.Random(7))
    waits = [backoff.failed() for _ in range(200)]

    assert all(0.2 <= wait <= 60 for wait in waits)
    assert waits[0] <= 0.4
    assert max(waits) > 50
    assert min(waits[20:]) < 10
    backoff.succeeded()
    assert backoff.failed() <= 0.4


def test_a_refused_gateway_keeps_its_readings_and_takes_a_renewed_token(server, spool, tmp_path):
    fill(spool, 1, 3)
    sender = a_sender(spool, server.url, token="old")

    assert sender.send_one() == 30.0
    assert server.marks == {}
    sender._link._token_file = tmp_path / "token"
    sender._link._token_file.write_text("secret\n")
    assert sender.send_one() == 30.0
    send_all(sender, spool)
    assert values(server) == [1, 2, 3]


@pytest.mark.parametrize("status", [400, 422])
def test_an_unreadable_packet_is_parked_and_declared_and_the_stream_goes_on(server, spool, status):
    fill(spool, 1, 5)
    sender = a_sender(spool, server.url)
    server.answers = [Answer(status, body=b'{"title":"bad"}')]

    assert sender.send_one() == 0
    fill(spool, 6, 7)
    send_all(sender, spool)

    (key,) = server.marks
    assert server.gaps == [(*key, 1, 5, "quarantined")]
    assert [server.rows[*key, seq][2] for seq in (6, 7)] == [6, 7]
    (parked,) = (spool.folder / "quarantine").glob("*.json.gz")
    assert parked.read_bytes() == server.bodies[0]
    assert "bad" in parked.with_name(parked.name.replace(".json.gz", ".txt")).read_text()
    assert spool.quarantined() == 1


def test_a_refused_gap_is_not_parked_but_tried_again_slowly(server, spool):
    fill(spool, 1, 5)
    sender = a_sender(spool, server.url)
    server.answers = [Answer(400), Answer(400)]

    assert sender.send_one() == 0
    assert sender.send_one() >= 0.2
    send_all(sender, spool)
    assert [gap[2:] for gap in server.gaps] == [(1, 5, "quarantined")]


def test_a_packet_that_is_too_large_is_halved_until_it_fits(server, spool):
    fill(spool, 1, 100)
    server.max_rows = 30
    send_all(a_sender(spool, server.url), spool)

    assert values(server) == list(range(1, 101))
    assert max(json.loads(gzip.decompress(body))["count"] for body in server.bodies) == 100
    assert server.gaps == []


def test_a_single_row_that_is_too_large_is_parked(server, spool):
    fill(spool, 1, 1)
    server.max_rows = 0
    send_all(a_sender(spool, server.url), spool)

    assert [gap[2:] for gap in server.gaps] == [(1, 1, "quarantined")]


def test_a_server_that_lost_rows_gets_them_again_or_a_gap(server, spool):
    fill(spool, 1, 5)
    sender = a_sender(spool, server.url)
    send_all(sender, spool)
    (key,) = server.marks
    for segment in spool.folder.glob("*.seg"):
        assert segment.exists()
    server.marks[key] = 3
    for seq in (4, 5):
        del server.rows[*key, seq]

    fill(spool, 6, 6)
    send_all(sender, spool)

    assert values(server) == [1, 2, 3, 4, 5, 6]


def test_gaps_are_sent_before_the_rows_behind_them(server, spool):
    fill(spool, 1, 5)
    key = spool.live_key("s")
    spool.streams[key].declare(6, 9, "disk_full")
    fill(spool, 10, 12)
    send_all(a_sender(spool, server.url), spool)

    assert server.gaps == [(*key, 6, 9, "disk_full")]
    assert [server.rows[*key, seq][2] for seq in (1, 5, 10, 12)] == [1, 5, 10, 12]


def test_the_server_may_ask_for_a_slower_pace(server, spool):
    fill(spool, 1, 1)
    server.slow_down_ms = 1500
    assert a_sender(spool, server.url).send_one() == 1.5


def test_an_old_log_does_not_hold_up_the_readings_of_this_moment(server, spool):
    spool.begin_recorded("00000000000000aa", "s", "log")
    for start in range(1, 10):
        rows = [each._replace(seq=start * 500 - 499 + index) for index, each in enumerate(readings(1, 500))]
        spool.append_recorded("00000000000000aa", "s", rows, CLOCK, AT)
    fill(spool, 1, 2)

    a_sender(spool, server.url).send_one()

    assert list(server.marks) == [spool.live_key("s")]


def test_each_attempt_tells_the_clock_of_its_moment(server, spool, monkeypatch):
    fill(spool, 1, 1)
    sender = a_sender(spool, server.url)
    seen = []
    real = sender._link.post
    monkeypatch.setattr(
        sender._link,
        "post",
        lambda path, body, headers: (seen.append(headers[wire.SENT_HEADER]), real(path, body, headers))[1],
    )
    monkeypatch.setattr("telemetry.edge.sender.now_ms", lambda: 1_795_180_000_123)
    send_all(sender, spool)

    assert seen == ["1795180000123"]
    assert json.loads(gzip.decompress(server.bodies[0]))["sent_ms"] == 1_795_170_000_000


def test_both_lanes_have_their_own_numbers(server, spool):
    fill(spool, 1, 3, lane="e")
    fill(spool, 1, 2, lane="s")
    for lane in ("e", "s"):
        a_sender(spool, server.url, lane=lane).send_one()

    assert values(server, "e") == [1, 2, 3]
    assert values(server, "s") == [1, 2]
    assert isinstance(spool.live_key("e"), tuple)
    assert spool.live_key("e") != spool.live_key("s")
    assert not isinstance(spool.next_to_send(spool.live_key("s")), Sealed)
