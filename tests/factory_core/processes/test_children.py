"""Ending processes: politely, by force where that is not heard, and without waiting for what only nobody collected."""

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from factory_core.processes import children
from tests.factory_core.processes.box import alive, wait_for

# Its word comes when the signals are ignored: nobody may meet it before.
_DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(3600)
"""


@pytest.fixture
def deaf() -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, "-c", _DEAF], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield psutil.Process(process.pid)
        process.kill()


@pytest.fixture
def zombie() -> Iterator[psutil.Process]:
    """It has ended, and its parent has not collected it yet: in some containers nobody ever does."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        found = psutil.Process(process.pid)
        wait_for(lambda: found.status() == psutil.STATUS_ZOMBIE, "the process to end")
        yield found


def test_what_does_not_hear_is_ended_by_force(deaf: psutil.Process) -> None:
    children.end([deaf], patience_s=0.2)
    assert not children.is_running(deaf)


def test_what_was_stopped_is_ended_by_force(deaf: psutil.Process) -> None:
    deaf.suspend()
    children.end([deaf], patience_s=0.2)
    assert not children.is_running(deaf)


def test_what_waits_only_to_be_collected_is_gone(zombie: psutil.Process) -> None:
    assert zombie.is_running()
    assert not children.is_running(zombie)
    assert alive([zombie]) == []
    assert children.same_process(zombie.pid, zombie.create_time()) is None
    # With such a patience a wait would be seen.
    children.end([zombie], patience_s=3600)
