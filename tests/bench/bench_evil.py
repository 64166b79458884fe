"""What files made to do harm cost the server at its door: memory of the web process and the readers it starts.

python -m tests.bench.bench_evil
"""

import os
import select
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import django
import httpx
import psutil

from tests.bench.report import report
from tests.ports import free_port
from tests.world.running import SECRET, a_database, a_server, collected_static

MOST_MIB, HUGE_BYTES = 50, 500 << 20


def main() -> None:
    """Build in a database of its own, measure, drop it."""
    folder = Path(tempfile.mkdtemp(prefix="bench-evil-"))
    with a_database() as url:
        environment = {"DATABASE_URL": url, "DATA_DIR": str(folder), **collected_static(folder)}
        os.environ |= {**environment, "SECRET_KEY": SECRET, "DJANGO_SETTINGS_MODULE": "factory_core.settings"}
        django.setup()
        try:
            measure(folder, environment)
        finally:
            from django.db import connection

            connection.close()


def measure(folder: Path, environment: dict[str, str]) -> None:
    """Every harmful file through the API and the page, then bodies that are too large."""
    from django.db import connection
    from django.test import Client

    from factory_core.importing.models import ImportRun
    from tests.factory_core.importing.files.test_evil_files import EVIL, crowded
    from tests.world.people import a_user
    from tests.world.plant import a_plant

    plant = a_plant("evil")
    client = Client(SERVER_NAME="localhost")
    client.force_login(a_user("mia", "migrator", plant.site))
    cookies = {"sessionid": client.cookies["sessionid"].value}
    connection.close()
    files = {what: (name, build(folder / f"built-{name}").read_bytes()) for what, (name, build, *_) in EVIL.items()}
    crowd = crowded(folder / "crowd.xlsx").read_bytes()
    with (
        a_server("factory_core.asgi:application", free_port(), environment) as base,
        httpx.Client(base_url=base, cookies=cookies, timeout=120, headers={"Accept": "application/json"}) as browser,
        watched(base) as peak,
    ):
        token = browser.get("/imports/new/").cookies["csrftoken"]
        browser.cookies["csrftoken"] = token
        browser.headers.update({"X-CSRFToken": token, "Origin": base})

        def offer(what: str, name: str, content: bytes) -> httpx.Response:
            return browser.post(
                "/api/v1/imports", files={"file": (name, content)}, data={"site": plant.site.code},
                headers={"Idempotency-Key": what.replace(" ", "-")},
            )  # fmt: skip

        # What the first upload loads stays loaded: that is no matter of harm.
        assert offer("plain", "a.csv", b"Code;Name\nA;B\n").status_code == 201
        peak()
        at_rest, cost = peak(), {}
        for what, (name, content) in files.items():
            told = offer(what, name, content)
            assert told.status_code in (400, 413, 422), (what, told.status_code, told.text[:300])
            cost[what] = peak() - at_rest
        assert ImportRun.objects.count() == 1
        # Nothing is wrong with it but that it looks enormous: it is read, and what it holds is three rows.
        assert offer("crowd", "crowd.xlsx", crowd).status_code == 201
        cost["a million empty styled rows, 50 000 merged ranges"] = peak() - at_rest
        for what, says_length in {"500 MB that say so": True, "500 MB that do not say so": False}.items():
            taken, answer = flood(base, browser, says_length=says_length)
            assert answer.startswith(b"HTTP/1.1 413 "), (what, answer[:200])
            cost[what] = peak() - at_rest
            report("import.too_large_sent", taken / (1 << 20), "MiB", of=what)
    worst = max(cost, key=lambda what: cost[what])
    report("import.evil_memory", cost[worst], "MiB", most=MOST_MIB, of="the web process and its readers", worst=worst,
           at_rest=at_rest, each={what: round(value, 1) for what, value in cost.items()})  # fmt: skip


def flood(base: str, browser: httpx.Client, *, says_length: bool) -> tuple[int, bytes]:
    """Send and send until an answer comes; gives how much was sent by then, and the answer."""
    address = urlsplit(base)
    assert address.hostname is not None
    how = f"Content-Length: {HUGE_BYTES}" if says_length else "Transfer-Encoding: chunked"
    head = (
        f"POST /api/v1/imports HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Cookie: sessionid={browser.cookies['sessionid']}\r\n{how}\r\n\r\n"
    )
    piece = b"x" * (1 << 16)
    sent, pieces = 0, piece if says_length else b"10000\r\n" + piece + b"\r\n"
    with socket.create_connection((address.hostname, address.port or 80), timeout=60) as line:
        line.sendall(head.encode())
        while sent < HUGE_BYTES and not select.select([line], [], [], 0)[0]:
            line.sendall(pieces)
            sent += len(piece)
        return sent, line.recv(4096)


@contextmanager
def watched(base: str) -> Iterator[Callable[[], float]]:
    """The largest memory of the server and its children since last asked, in MiB, looked at every 5 ms."""
    port = str(urlsplit(base).port)
    server = next(one for one in psutil.Process().children() if port in one.cmdline())
    most, ended = [0.0], threading.Event()

    def look() -> None:
        while not ended.wait(0.005):
            most[0] = max(most[0], sum(map(_mib, (server, *server.children(recursive=True)))))

    def peak() -> float:
        time.sleep(0.1)
        found, most[0] = most[0], 0.0
        return found

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield peak
    finally:
        ended.set()
        looking.join()


def _mib(process: psutil.Process) -> float:
    """What processes share is divided among them: a reader that was just forked is all its parent's."""
    try:
        return float(process.memory_full_info().pss) / (1 << 20)
    except psutil.Error:
        return 0.0


if __name__ == "__main__":
    main()
