"""Long work runs aside at a low priority, on a connection of its own; what it raises is raised."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from django.db import connection, transaction

from factory_core.jobs.aside import aside

CHECKOUT = Path(__file__).parents[3]
WITH_SESSIONS = pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="this kernel does not share the machine by sessions"
)


def server() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_thread_and_server_give_way_and_end_with_the_work() -> None:
    seen: dict[str, int] = {}

    def work() -> None:
        seen["thread"] = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        seen["pid"] = server()
        seen["server"] = psutil.Process(seen["pid"]).nice()

    mine = server()
    before = psutil.Process(mine).nice()
    aside(work)
    assert seen["thread"] == 15
    assert seen["pid"] != mine
    assert seen["server"] in (15, before)  # another account's server keeps its own, unless we are root
    if os.geteuid() == 0:
        assert seen["server"] == 15
    assert psutil.Process(mine).nice() == before
    assert os.getpriority(os.PRIO_PROCESS, 0) < 15


@pytest.mark.django_db(transaction=True)
@WITH_SESSIONS
def test_where_the_kernel_shares_by_sessions_the_servers_session_gives_way_too() -> None:
    seen: list[str] = []
    aside(lambda: seen.append(Path(f"/proc/{server()}/autogroup").read_text()))
    assert seen[0].split()[-1] in ("15", *(() if os.geteuid() == 0 else ("0",)))


@pytest.mark.django_db(transaction=True)
def test_nobody_is_given_a_server_that_gave_way(monkeypatch: pytest.MonkeyPatch) -> None:
    # As in a plant, where every process keeps its connections in a pool; tests have none.
    options = {**connection.settings_dict["OPTIONS"], "pool": {"min_size": 1, "max_size": 2}}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    seen: list[int] = []
    try:
        for _ in range(4):
            aside(lambda: seen.append(server()))
    finally:
        connection.close_pool()
    assert len({*seen}) == 4


WORKER = """
import ctypes, os
from pathlib import Path
from factory_core.jobs.aside import low_session
if os.geteuid() == 0:
    # As in a plant, which nobody should start as root: such accounts may change sessions only now and then. Who changes
    # his account may not touch his own entries any more, unless he says that he may be looked into.
    os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
told = lambda: print(Path("/proc/self/autogroup").read_text().split()[-1])
told()
with low_session:
    with low_session:
        told()
    told()
told()
"""


@WITH_SESSIONS
@pytest.mark.parametrize(("is_leader", "said"), [(True, ["0", "10", "10", "0"]), (False, None)])
def test_a_workers_session_is_low_as_long_as_anything_runs_aside_in_it(is_leader: bool, said: list[str] | None) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WORKER], capture_output=True, text=True, check=True, timeout=60,
        start_new_session=is_leader, cwd=CHECKOUT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "factory_core.settings"},
    )  # fmt: skip
    ours = Path("/proc/self/autogroup").read_text().split()[-1]
    assert done.stdout.split() == (said or [ours] * 4)


@pytest.mark.django_db(transaction=True)
def test_what_it_raises_is_raised_here() -> None:
    def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        aside(work)


@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_it_is_simply_done() -> None:
    with transaction.atomic():
        mine, seen = server(), []
        aside(lambda: seen.append(server()))
    assert seen == [mine]
