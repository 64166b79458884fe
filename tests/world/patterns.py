"""What is made once and copied: a migrated database, and the data of a plant that was started before.

Making either takes most of a minute, copying one a second. A pattern belongs to one state of the source; whoever comes
while it is being made waits for it.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests import cluster
from tests.ports import free_port

ROOT = cluster.CHECKOUT
APPS = sorted(path.parent.name for path in ROOT.glob("*/apps.py"))


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


def prepared_plant(copied_to: Path | None = None) -> None:
    """Have the data of an empty plant that was started once and stopped: a start on a copy of it is a second start.

    The copy goes into a folder that is empty or does not exist yet.
    """
    pattern = cluster.folder() / "plants" / _source()
    with _alone():
        if not pattern.exists():
            for older in pattern.parent.glob("*"):
                shutil.rmtree(older)
            _make_plant(pattern)
        if copied_to is not None:
            # Owners count: PostgreSQL refuses data that is not its own.
            subprocess.run(["cp", "-a", f"{pattern}/.", str(copied_to)], check=True)


def with_database(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _make_plant(pattern: Path) -> None:
    # Like the database's: only a whole one lies where others look, and it begins where every account may enter.
    making = Path(tempfile.mkdtemp(prefix="mw-"))
    making.chmod(0o755)
    try:
        _start_once(making)
        for log in (making / "logs").iterdir():
            log.unlink()
        pattern.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", str(making), f"{pattern}.making"], check=True)
        Path(f"{pattern}.making").rename(pattern)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _start_once(data_dir: Path) -> None:
    from tests.factory_core.processes.box import Box

    box = Box(data_dir, free_port()).start()
    try:
        box.wait_ready()
    finally:
        code = box.stop()
    assert code == 0, box.console


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
    for app in APPS:
        sources |= {*ROOT.glob(f"{app}/migrations/*.py"), *ROOT.glob(f"{app}/**/models.py")}
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:12]


def _source() -> str:
    """A mark of everything that a start of the plant reads."""
    files = (path for app in (*APPS, "static", "templates") for path in sorted((ROOT / app).rglob("*")))
    mark = hashlib.sha256()
    for path in files:
        if path.is_file() and path.suffix != ".pyc":
            mark.update(path.read_bytes())
    return mark.hexdigest()[:12]


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    cluster.folder().mkdir(parents=True, exist_ok=True)
    with (cluster.folder() / "pattern.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
