"""Work that takes long lets the people's pages go first: it runs aside, at a low priority of this machine."""

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from django.db import connection

_NICE = 15
# The worker's reactions run in the same session: they may become slower with it, but not starve.
_NICE_TOGETHER = 10
# The kernel lets accounts without special rights change one session of the whole machine each tenth of a second.
_BETWEEN_CHANGES_S = 0.11
_log = logging.getLogger(__name__)


def aside(work: Callable[[], None]) -> None:
    """Do `work` in a thread and on a connection of its own, both of which give way to everybody else.

    Threads and the servers of connections keep their priority to their end, so neither is used again. Where the
    database runs on another machine, or belongs to another account, it keeps its priority. In a transaction nothing can
    be done aside: there `work` is simply done. Raises what `work` raises.
    """
    if connection.in_atomic_block:
        work()
        return
    fault: list[BaseException] = []

    def run() -> None:
        try:
            with low_session:
                give_way()
                work()
        except BaseException as error:  # noqa: BLE001 - raised again where the work was asked for
            fault.append(error)
        finally:
            if connection.connection is not None:
                # Else the pool would hand its server, which stays low, to the next who asks.
                connection.connection.close()
            connection.close()

    thread = threading.Thread(target=run, name="aside")
    thread.start()
    thread.join()
    if fault:
        raise fault[0]


def give_way() -> None:
    """Let everybody else go first: this thread, and the server of its connection where it runs on this machine."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
    with connection.cursor() as cursor:
        # Helpers of a question would be new processes of the usual priority.
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT pg_backend_pid(), inet_client_addr() IS NULL OR inet_client_addr() = inet_server_addr()")
        pid, is_here = cursor.fetchone()
    if not is_here:
        return
    try:
        # On the same machine behind a container the number is another process's.
        if psutil.Process(pid).name().startswith("postgres"):
            os.setpriority(os.PRIO_PROCESS, pid, _NICE)
            _lower_session(pid, _NICE)
    except (psutil.Error, OSError) as reason:
        _log.info("The database keeps its priority for long work: %s", reason)


def _lower_session(leader: int, nice: int) -> None:
    """Where the kernel shares the machine out by sessions, a priority counts only among those of one session.

    Every process of the plant and every server of a connection leads one; one that others share is left alone.
    """
    group = Path(f"/proc/{leader}/autogroup")
    if not group.exists() or os.getsid(leader) != leader:
        return
    for wait_s in (*[_BETWEEN_CHANGES_S] * 10, None):
        try:
            group.write_text(str(nice))
            return
        except BlockingIOError:
            if wait_s is None:
                raise
            time.sleep(wait_s)


class _LowSession:
    """This process's session is low as long as anything runs aside in it; its other work goes first within it."""

    def __init__(self) -> None:
        self._lock, self._count = threading.Lock(), 0

    def __enter__(self) -> None:
        self._change(1)

    def __exit__(self, *_error: object) -> None:
        self._change(-1)

    def _change(self, by: int) -> None:
        with self._lock:
            self._count += by
            try:
                _lower_session(os.getpid(), _NICE_TOGETHER if self._count else 0)
            except OSError as reason:
                _log.info("This process keeps its priority for long work: %s", reason)


low_session = _LowSession()
