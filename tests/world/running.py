"""Real processes of a plant for tests and benchmarks: a database of their own, a web, ingest or derive process.

Everything listens on loopback only and ends with the `with` block; only processes started here are stopped, by pid.
"""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import psycopg

from factory_core.processes.specs import READINGS_ONLY, SOCKETS
from tests import cluster
from tests.patience import PATIENCE_S
from tests.world.patterns import migrated_database, with_database

ROOT = Path(__file__).resolve().parent.parent.parent
# So much slower a machine may be before a test says that something never comes.
SLOWER = 5
SECRET = "a key for plants that live only as long as a test does"


@contextlib.contextmanager
def a_database(name: str = "", *, migrated: bool = True) -> Iterator[str]:
    """A database of its own on the tests' cluster, migrated unless told not to; gives its address."""
    name = f"running_{name or secrets.token_hex(4)}"
    server = cluster.join()
    url = with_database(server, name)
    pattern = migrated_database(server) if migrated else "template1"
    with psycopg.connect(_dsn(server), autocommit=True) as control:
        control.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        control.execute(f'CREATE DATABASE "{name}" TEMPLATE "{pattern}"')
    try:
        yield url
    finally:
        with psycopg.connect(_dsn(server), autocommit=True) as control:
            control.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def environment(**more: str) -> dict[str, str]:
    """The environment of a plant's process."""
    return {**os.environ, "SECRET_KEY": SECRET, "PYTHONUNBUFFERED": "1", **more}


def manage(*arguments: str, environment: Mapping[str, str]) -> str:
    """Run one management command to its end and give its output. Raises CalledProcessError, output included."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=_full(environment),
        capture_output=True,
        text=True,
        timeout=600,
    )
    if done.returncode:
        raise AssertionError(f"manage.py {' '.join(arguments)} exited {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextlib.contextmanager
def a_process(
    *command: str, environment: Mapping[str, str], log: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """One process of the plant, stopped cleanly at the end (and killed when it does not stop in a minute)."""
    # As the plant starts them (factory_core/processes/specs.py).
    told = READINGS_ONLY if {"derive", "mqtt", "sparkplug", "telemetry.ingest.app:application"} & {*command} else {}
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("a")) if log else subprocess.DEVNULL
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=_full({**told, **environment}),
            stdout=output,
            stderr=output,
            text=True,
            # As the plant does: where the kernel shares itself out by sessions, each process is one.
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(PATIENCE_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(PATIENCE_S)


@contextlib.contextmanager
def a_server(application: str, port: int, environment: Mapping[str, str], log: Path | None = None) -> Iterator[str]:
    """A uvicorn process with one of our applications, once it answers /healthz; gives its base address."""
    base = f"http://127.0.0.1:{port}"
    full = {"PORT": str(port), "SITE_URLS": base, **environment}
    command = ("-m", "uvicorn", application, "--port", str(port), "--log-level", "warning", "--no-access-log", *SOCKETS)
    with a_process(*command, environment=full, log=log) as process:
        wait_for(lambda: _answers(base), 30, f"{application} at {base}", process)
        yield base


def collected_static(folder: Path) -> dict[str, str]:
    """The environment that names the pages' static files, collected into a folder."""
    environment = {"STATIC_ROOT": str(folder / "static")}
    manage("collectstatic", "-v0", "--noinput", environment=environment)
    return environment


def wait_for(true: object, seconds: float, what: str, process: subprocess.Popen[str] | None = None) -> None:
    """Wait until a function says true; an AssertionError names what did not come in time.

    `seconds` is plenty for a machine of today; one that is slow or busy gets five times as long. It is no measure of
    speed: what comes is waited for no longer than it takes.
    """
    seconds *= SLOWER
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        if process is not None and process.poll() is not None:
            raise AssertionError(f"{what}: the process ended with {process.returncode}")
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds:g} s")
        time.sleep(0.05)


def _answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _full(extra: Mapping[str, str]) -> dict[str, str]:
    return environment(**dict(extra))


def _dsn(url: str) -> str:
    return with_database(url, "postgres")
