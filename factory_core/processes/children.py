"""Starting and ending processes so that none is left behind. Plain Python."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable

import psutil

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def dies_with_parent(send: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` after which the kernel sends `send` to the child when its parent dies, even by kill -9.

    Start such children from the main thread: the kernel watches the thread that forked, not the whole process.
    """
    if _libc is None:
        return None
    parent = os.getpid()
    libc = _libc

    def ask_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(send), 0, 0, 0)
        if os.getppid() != parent:
            # The parent died between fork and prctl: nobody will ever send the signal.
            os._exit(1)

    return ask_kernel


def same_process(pid: int, created_at: float) -> psutil.Process | None:
    """The running process with this id, unless the id now belongs to another program."""
    try:
        process = psutil.Process(pid)
        # A boot-time correction moves the reported time by up to some seconds.
        return process if abs(process.create_time() - created_at) < 5 and is_running(process) else None
    except psutil.NoSuchProcess:
        return None


def end(processes: list[psutil.Process], *, first: signal.Signals = signal.SIGTERM, patience_s: float = 10) -> None:
    """End processes politely, then by force; returns when they are gone."""
    for process in processes:
        _send(process, first)
    alive = _still_running(processes, patience_s)
    for process in alive:
        _send(process, signal.SIGKILL)
    _still_running(alive, 5)


def with_descendants(process: psutil.Process) -> list[psutil.Process]:
    """The process and everything it started."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def is_running(process: psutil.Process) -> bool:
    """Whether the process still does anything; one that waits only to be collected by its parent does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _still_running(processes: list[psutil.Process], patience_s: float) -> list[psutil.Process]:
    until = time.monotonic() + patience_s
    alive = [process for process in processes if is_running(process)]
    while alive and time.monotonic() < until:
        time.sleep(0.02)
        alive = [process for process in alive if is_running(process)]
    return alive


def _send(process: psutil.Process, what: signal.Signals) -> None:
    try:
        process.send_signal(what)
    except psutil.NoSuchProcess:
        return
