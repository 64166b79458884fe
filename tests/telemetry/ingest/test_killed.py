"""The ingest process killed at any moment: watermark and rows agree, and the sender loses and doubles nothing."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection

from telemetry.models import Packet, Reading, Stream
from tests.patience import PATIENCE_S
from tests.ports import free_port
from tests.telemetry.ingest.conftest import Sender
from tests.world.plant import Plant
from tests.world.running import ROOT, environment
from tests.world.telemetry import a_gateway, a_packet, a_tag, sealed

pytestmark = pytest.mark.django_db(transaction=True)
PACKETS, ROWS = 60, 200


class Ingest:
    """A real ingest process that can be killed and started again."""

    def __init__(self, port: int, log: Path) -> None:
        self.port, self.log = port, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return at once."""
        name = connection.settings_dict["NAME"]
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "telemetry.ingest.app:application", "--port", str(self.port),
                 "--log-level", "warning", "--no-access-log"],
                cwd=ROOT, env=environment(DATABASE_URL=url), stdout=log, stderr=log,
            )  # fmt: skip

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)


@contextmanager
def running(ingest: Ingest) -> Iterator[Ingest]:
    """Started, and gone at the end."""
    ingest.start()
    try:
        yield ingest
    finally:
        ingest.kill()


def until_answered(sender: Sender, body: bytes, until: float) -> httpx.Response:
    """Post again and again, as a gateway does, until an answer other than 'later' comes."""
    while True:
        try:
            answer = sender.post("/ingest/v1/packets", body, **{"content-encoding": "gzip"})
            if answer.status_code not in (401, 429, 503):
                return answer
        except httpx.HTTPError:
            pass
        assert time.monotonic() < until, "no answer for a minute"
        time.sleep(0.05)


def test_kill_at_random_moments(plant: Plant, tmp_path: Path) -> None:
    gateway, token = a_gateway(plant.site)
    tag = a_tag(gateway, "press.current", plant.press)
    chance = random.Random(7)
    port = free_port()
    bodies = [
        sealed(a_packet(
            [[0, n, float(number * ROWS + n + 1)] for n in range(ROWS)], tags=["press.current"],
            epoch="00000000000000cc", first_seq=number * ROWS + 1,
        ))
        for number in range(PACKETS)
    ]  # fmt: skip
    kills = sorted(chance.sample(range(2, PACKETS), 3))
    with running(Ingest(port, tmp_path / "ingest.log")) as ingest, httpx.Client(timeout=5) as client:
        sender = Sender(f"http://127.0.0.1:{port}", token, gateway, client=client)
        for number, body in enumerate(bodies):
            if number in kills:
                _kill_while_posting(ingest, sender, body, chance.uniform(0, 0.02))
                stored = Reading.objects.filter(tag=tag).count()
                acked = Stream.objects.get(gateway=gateway).acked_seq
                assert stored == acked
                assert acked in (number * ROWS, (number + 1) * ROWS)
                ingest.start()
            answer = until_answered(sender, body, time.monotonic() + 60)
            assert (answer.status_code, answer.json()["acked_seq"]) == (200, (number + 1) * ROWS)
    rows = Reading.objects.filter(tag=tag).order_by("seq").values_list("seq", "value")
    assert list(rows) == [(n, float(n)) for n in range(1, PACKETS * ROWS + 1)]
    assert sum(Packet.objects.filter(stream__gateway=gateway).values_list("new", flat=True)) == PACKETS * ROWS


def _kill_while_posting(ingest: Ingest, sender: Sender, body: bytes, after_s: float) -> None:
    """Kill the process while a packet is on its way through it, and wait until the database noticed."""
    from threading import Timer

    timer = Timer(after_s, ingest.kill)
    timer.start()
    try:
        sender.post("/ingest/v1/packets", body, **{"content-encoding": "gzip"})
    except httpx.TransportError:
        ingest.log.touch()  # nobody knows yet whether it was stored
    timer.join()
    with connection.cursor() as cursor:
        for _try in range(100):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'millwright ingest'"
                " AND datname = current_database() AND state <> 'idle'"
            )
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.05)
    raise AssertionError("the database still works for a process that was killed")
