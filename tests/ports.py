"""Ports for servers of tests. Whoever is given one may take its time: nobody else gets it meanwhile."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

# Below the ports that the kernel gives to whoever connects somewhere: it could give away a free one at any moment.
FIRST, LAST, NEIGHBOURS = 20_000, 31_996, 4
_given: set[int] = set()
_book = os.open(Path(tempfile.gettempdir()) / f"millwright-ports-{os.geteuid()}", os.O_RDWR | os.O_CREAT, 0o600)


def free_port() -> int:
    """A port that nobody listens on, like its three neighbours; no other test run gets them while this one lives."""
    for port in random.sample(range(FIRST, LAST, NEIGHBOURS), k=(LAST - FIRST) // NEIGHBOURS):
        if port not in _given and _taken_note_of(port) and all(_is_free(port + more) for more in range(NEIGHBOURS)):
            _given.add(port)
            return port
    raise AssertionError("every port for tests is used")


def _taken_note_of(port: int) -> bool:
    try:
        # Held until this process ends, whatever happens to it; its children do not inherit it.
        fcntl.lockf(_book, fcntl.LOCK_EX | fcntl.LOCK_NB, NEIGHBOURS, port)
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
