"""What is made once and copied: a migrated database, and the data of a plant that was started before.

Making either takes most of a minute, copying one a second. A pattern belongs to one state of the source; whoever comes
while it is being made waits for it.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg

from factory_core.checks import OURS
from tests import cluster

ROOT = cluster.CHECKOUT


def migrated_database(server: str) -> str:
    """The name of a migrated database on this server, for `CREATE DATABASE … TEMPLATE`; nobody may connect to it."""
    name = f"migrated_{_tables()}"
    with _alone(), psycopg.connect(with_database(server, "postgres"), autocommit=True) as control:
        if control.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        making = f"{name}_making"
        control.execute(f'DROP DATABASE IF EXISTS "{making}" WITH (FORCE)')
        control.execute(f'CREATE DATABASE "{making}"')
        _migrate(with_database(server, making))
        # Only a whole one gets the name others look for.
        control.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
    return name


def with_database(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _migrate(url: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "SECRET_KEY": "a key that signs nothing anybody keeps"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"manage.py migrate exited {done.returncode}:\n{done.stdout}{done.stderr}")


def _tables() -> str:
    """A mark of everything that says what the tables are."""
    sources = {*ROOT.glob("audit/**/*.py"), ROOT / "factory_core/tables.py", ROOT / "factory_core/access/roles.py"}
    for app in OURS:
        sources |= {*ROOT.glob(f"{app}/migrations/*.py"), *ROOT.glob(f"{app}/**/models.py")}
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:12]


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    cluster.folder().mkdir(parents=True, exist_ok=True)
    with (cluster.folder() / "pattern.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
