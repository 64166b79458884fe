"""The embedded PostgreSQL: made, started, found again after a crash, stopped. Plain Python."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from factory_core.processes import children, postgres_conf
from factory_core.processes.postgres_conf import SUPERUSER, Profile
from factory_core.processes.postgres_home import (
    MAJOR,
    OWNER,
    Account,
    Home,
    NoEmbeddedPostgres,
    account,
    home,
    prepare,
    programs,
)

START_PATIENCE_S = 120.0
STOP_PATIENCE_S = 30.0


class EmbeddedPostgres:
    """One cluster of one data directory, reached over a Unix socket only."""

    def __init__(self, data_dir: Path, *, profile: Profile = Profile.PLANT) -> None:
        self.data_dir = data_dir.resolve()
        self.profile = profile
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def home(self) -> Home:
        return home(self.data_dir)

    def url(self, database: str = OWNER) -> str:
        """Address of a database, for DATABASE_URL and psycopg; the role is an ordinary one that may make databases."""
        return self.home.url(database)

    def start(self, *, stays: bool = False) -> None:
        """Start the cluster, making it on the first run; returns when it answers and our role and database exist.

        The server ends with this process, unless it `stays`. Whatever a killed run left over is ended or removed first.

        Raises NoEmbeddedPostgres with a sentence when it cannot run here.
        """
        if self._child is not None:
            # One that ended and was not yet taken note of would still count as running to the next.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=1)
        runs_as = account()
        here = prepare(self.data_dir, runs_as)
        bin_dir = programs(runs_as)
        recover(here)
        if not (here.data / "PG_VERSION").exists():
            _initialise(here, bin_dir, runs_as)
        _check_version(here)
        postgres_conf.write(here, runs_as, self.profile)
        self._child = _launch(here, bin_dir, runs_as, stays)
        self._wait_until_ready(self._child)
        try:
            _ensure_database(here)
        except psycopg.Error as error:
            # It may end at any moment, also in this one.
            raise NoEmbeddedPostgres(f"PostgreSQL ended as soon as it had begun. Its logs: {here.logs}") from error

    def pid(self) -> int | None:
        """The running server's process id, whoever started it."""
        server = running_server(self.home)
        return server.pid if server else None

    def has_ended(self) -> bool:
        """Whether the server we started is gone."""
        return self._child is not None and self._child.poll() is not None

    def stop(self) -> None:
        """Stop the server, whoever started it: open connections are closed, everything committed is on disk."""
        server = running_server(self.home)
        if server is not None:
            # SIGINT is PostgreSQL's fast stop; SIGTERM would wait for every connection.
            children.end([server], first=signal.SIGINT, patience_s=STOP_PATIENCE_S)
        if self._child is not None:
            self._child.wait(timeout=STOP_PATIENCE_S)
            self._child = None

    def _wait_until_ready(self, child: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + START_PATIENCE_S
        while time.monotonic() < until:
            if child.poll() is not None:
                raise NoEmbeddedPostgres(f"PostgreSQL did not start.\n{_last_words(self.home)}")
            if _says_ready(self.home) and _answers(self.home):
                return
            time.sleep(0.02)
        self.stop()
        raise NoEmbeddedPostgres(
            f"PostgreSQL did not answer within {START_PATIENCE_S:.0f} s.\n{_last_words(self.home)}"
        )


@contextlib.contextmanager
def running(data_dir: Path) -> Iterator[str]:
    """The plant's database for one command: joined when the plant runs, otherwise started and stopped again."""
    cluster = EmbeddedPostgres(data_dir)
    if cluster.pid() is not None:
        yield cluster.url()
        return
    cluster.start()
    try:
        yield cluster.url()
    finally:
        cluster.stop()


def running_server(here: Home) -> psutil.Process | None:
    """The postmaster of this cluster, if one runs."""
    try:
        pid = int((here.data / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None
    return process if _works_in(process, here) else None


def recover(here: Home) -> None:
    """End servers a killed run left on this cluster and remove its stale lock file.

    The number in the lock file may by now belong to another program, and PostgreSQL would then refuse to start.
    """
    server = running_server(here)
    if server is not None:
        children.end([server], first=signal.SIGINT, patience_s=STOP_PATIENCE_S)
    orphans = [process for process in psutil.process_iter(["name"]) if _works_in(process, here)]
    # Backends without their postmaster hold the shared memory a new server needs; the log replay makes good for them.
    children.end(orphans, first=signal.SIGQUIT, patience_s=3)
    (here.data / "postmaster.pid").unlink(missing_ok=True)


def _works_in(process: psutil.Process, here: Home) -> bool:
    # Every PostgreSQL process works inside its data directory, and no other program does.
    try:
        return (
            process.name().startswith("postgres") and process.cwd() == str(here.data) and children.is_running(process)
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _initialise(here: Home, bin_dir: Path, runs_as: Account) -> None:
    command = [
        *(bin_dir / "initdb", "-D", here.data, "-U", SUPERUSER, "--encoding=UTF8", "--data-checksums", "--auth=peer"),
        # Sorting must not change under the indexes when the operating system is upgraded.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"),
    ]
    done = subprocess.run(  # type: ignore[call-overload]  # popen_arguments fits by construction
        command, cwd="/", capture_output=True, text=True, check=False, env=_environment(), **runs_as.popen_arguments()
    )
    if done.returncode != 0:
        raise NoEmbeddedPostgres(f"PostgreSQL could not make its cluster in {here.data}.\n{done.stderr.strip()}")


def _check_version(here: Home) -> None:
    found = (here.data / "PG_VERSION").read_text().strip()
    if found != MAJOR:
        raise NoEmbeddedPostgres(
            f"The data in {here.data} was written by PostgreSQL {found}; this release brings {MAJOR}. "
            f"Restore a backup into an empty DATA_DIR."
        )


def _launch(here: Home, bin_dir: Path, runs_as: Account, stays: bool) -> subprocess.Popen[bytes]:
    with open(here.logs / "start.log", "wb") as log:
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # popen_arguments fits by construction
            [bin_dir / "postgres", "-D", here.data],
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C reaches the whole group of the terminal; the server must outlive the programs that use it.
            start_new_session=True,
            preexec_fn=None if stays else children.dies_with_parent(signal.SIGINT),
            **runs_as.popen_arguments(),
        )


def _environment() -> dict[str, str]:
    # The user's own PGPORT, PGDATA or PGHOST speak of another server.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _says_ready(here: Home) -> bool:
    try:
        lines = (here.data / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def _answers(here: Home) -> bool:
    try:
        psycopg.connect(here.url("postgres", SUPERUSER), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _ensure_database(here: Home) -> None:
    with psycopg.connect(here.url("postgres", SUPERUSER), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(OWNER)))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [OWNER]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(OWNER)))


def _last_words(here: Home) -> str:
    files = sorted(here.logs.glob("*.log"), key=lambda file: file.stat().st_mtime)
    lines = [line for file in files for line in file.read_text(errors="replace").splitlines()]
    return "\n".join(lines[-8:])
