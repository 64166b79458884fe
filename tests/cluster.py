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

from factory_core.processes.postgres import EmbeddedPostgres
from factory_core.processes.postgres_conf import Profile

CHECKOUT = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """Where this checkout's cluster lives."""
    mark = hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:8]
    return Path(tempfile.gettempdir()) / f"millwright-tests-{os.geteuid()}-{mark}"


def join() -> str:
    """The address of the running cluster. Until this process ends, the cluster counts as used."""
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    with _locked(place / "start.lock"):
        # Never closed: the lock ends with the process, whatever happens to it.
        fcntl.flock(os.open(place / "use.lock", os.O_RDWR | os.O_CREAT, 0o600), fcntl.LOCK_SH)
        cluster = EmbeddedPostgres(place, profile=Profile.TEST)
        if cluster.pid() is None:
            cluster.start(stays=True)
    return cluster.url()


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
            print(join())
        case ["stop"] if stop():
            print("The test database is stopped.")
        case ["stop"]:
            print("The test database is still used by another run; left running.")
        case _:
            sys.exit("Usage: python -m tests.cluster start|stop")
