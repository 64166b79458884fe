"""Work that takes long lets the people's pages go first: it runs aside, at a low priority of this machine."""

import logging
import os
import threading
from collections.abc import Callable

import psutil
from django.db import connection

_NICE = 15
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
            give_way()
            work()
        except BaseException as error:  # noqa: BLE001 - raised again where the work was asked for
            fault.append(error)
        finally:
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
        cursor.execute("SELECT pg_backend_pid(), inet_client_addr() IS NULL OR inet_client_addr() = inet_server_addr()")
        pid, is_here = cursor.fetchone()
    if not is_here:
        return
    try:
        # On the same machine behind a container the number is another process's.
        if psutil.Process(pid).name().startswith("postgres"):
            os.setpriority(os.PRIO_PROCESS, pid, _NICE)
    except (psutil.Error, PermissionError, ProcessLookupError) as reason:
        _log.info("The database keeps its priority for long work: %s", reason)
