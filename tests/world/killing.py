"""Many at one moment, and processes that work until they are killed."""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, connections

from factory_core.errors import Refusal
from tests.patience import PATIENCE_S

_NAME = "to be killed"
_kept_open: list[Any] = []


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each of several people got who began at the same moment: a result, or the refusal they read."""
    gate, ends = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        gate.wait(PATIENCE_S)
        try:
            ends[place] = act()
        except Refusal as refusal:
            ends[place] = refusal
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it beside the other ends
            ends[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=numbered) for numbered in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not any(thread.is_alive() for thread in threads), "somebody still waits"
    return ends


def born(work: Callable[[Callable[[bytes], Any]], None]) -> tuple[int, int]:
    """A process that does this with a connection of its own; gives its id and where to read what it tells.

    `work` gets a function that tells a byte to whoever kills it.
    """
    ready, tell = os.pipe()
    pid = os.fork()
    if pid:
        os.close(tell)
        return pid, ready
    try:
        _connect_anew()
        work(lambda said: os.write(tell, said))
    finally:
        os._exit(1)


def kill(pid: int, ready: int) -> None:
    """End it without a warning."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(ready)


def wait_for_the_dead() -> None:
    """Until the database has noticed that the last of them is gone."""
    end = time.monotonic() + PATIENCE_S
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [_NAME])
            if cursor.fetchone()[0] == 0:
                return
            assert time.monotonic() < end, "the transaction of a dead process lives on"
            time.sleep(0.02)


def _connect_anew() -> None:
    # The parent's connection and its pool are the parent's: touching them here would break them there.
    inherited = connections["default"]
    _kept_open.append(inherited)
    options = {name: value for name, value in inherited.settings_dict["OPTIONS"].items() if name != "pool"}
    options["application_name"] = _NAME
    connections["default"] = type(inherited)({**inherited.settings_dict, "OPTIONS": options}, "default")
