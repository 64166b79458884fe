"""The PostgreSQL the tests share: one per checkout, started by the first run and joined by the others.

`python -m tests.cluster stop` ends it; a run that still uses it keeps it alive.
"""

import contextlib
import fcntl
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from factory_core.processes.postgres import EmbeddedPostgres
from factory_core.processes.postgres_conf import Profile

CHECKOUT = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """Where this checkout's cluster lives."""
    mark = hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:8]
    return Path(tempfile.gettempdir()) / f"millwright-tests-{os.geteuid()}-{mark}"


def join() -> tuple[str, IO[str]]:
    """The address of the running cluster, and the mark that we use it: keep it open until the tests are done."""
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    with _locked(place / "start.lock"):
        use = (place / "use.lock").open("a")
        fcntl.flock(use, fcntl.LOCK_SH)
        cluster = EmbeddedPostgres(place, profile=Profile.TEST)
        if cluster.pid() is None:
            cluster.start(stays=True)
    return cluster.url(), use


def stop() -> bool:
    """Stop the cluster unless a run still uses it; tells whether it is stopped."""
    place = folder()
    if not place.exists():
        return True
    with _locked(place / "start.lock"), (place / "use.lock").open("a") as use:
        try:
            fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        EmbeddedPostgres(place, profile=Profile.TEST).stop()
    return True


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["start"]:
            print(join()[0])
        case ["stop"] if stop():
            print("The test database is stopped.")
        case ["stop"]:
            print("The test database is still used by another run; left running.")
        case _:
            sys.exit("Usage: python -m tests.cluster start|stop")
