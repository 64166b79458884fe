"""The plant on somebody else's PostgreSQL, as DATABASE_URL names it."""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from factory_core.processes.postgres_home import account
from tests.factory_core.processes.box import Box, short_folder, wait_for
from tests.patience import PATIENCE_S
from tests.ports import free_port

pytestmark = [pytest.mark.plant, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Server:
    """A PostgreSQL of the operating system, reached by TCP and password, with an ordinary owner of one database."""

    url: str
    version: int


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    fitting = [path for path in programs if int(path.parent.name) >= 15]
    if not fitting:
        pytest.skip("No PostgreSQL of the operating system (15 or later) is installed here.")
    bin_dir, folder, port, password = fitting[0], short_folder(), free_port(), secrets.token_urlsafe(16)
    runs_as = account()
    if not runs_as.is_me:
        os.chown(folder, runs_as.uid, runs_as.gid)
    words = folder / "password"
    words.write_text(password)
    words.chmod(0o644)
    common = {"cwd": "/", **runs_as.popen_arguments()}
    initdb = [bin_dir / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={words}"]
    subprocess.run(initdb, check=True, capture_output=True, **common)
    options = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}", "-p", str(port)]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            [bin_dir / "postgres", "-D", folder / "data", *options], stdout=log, stderr=log, **common
        )
    try:
        admin = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
        wait_for(lambda: _answers(admin), "the server of the operating system")
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE plant LOGIN PASSWORD '{password}'")
            connection.execute("CREATE DATABASE plant OWNER plant")
            version = connection.info.server_version // 10000
        yield Server(f"postgresql://plant:{password}@127.0.0.1:{port}/plant", version)
    finally:
        running.terminate()
        running.wait(timeout=PATIENCE_S)
        shutil.rmtree(folder)


def test_the_plant_runs_on_an_outside_postgresql_as_its_ordinary_owner(
    server: Server, new_box: Callable[..., Box]
) -> None:
    box = new_box(extra={"DATABASE_URL": server.url}).start()
    box.wait_ready()
    assert json.loads(box.get("/readyz"))["ready"] is True
    assert not (box.data_dir / "postgres").exists()
    with psycopg.connect(server.url) as connection:
        (tables,) = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE tablename IN ('factory_core_machine', 'telemetry_reading')"
        ).fetchone() or (0,)
    assert tables == 2
    wait_for(lambda: box.manage("doctor").returncode == 0, "the doctor to be content", box)
    assert box.stop() == 0
    assert _answers(server.url)


def test_an_outside_database_that_does_not_answer_is_named(new_box: Callable[..., Box]) -> None:
    box = new_box(extra={"DATABASE_URL": f"postgresql://plant@127.0.0.1:{free_port()}/plant"}).start()
    assert box.up.wait(timeout=PATIENCE_S) == 1
    box.stop()
    assert box.lines[0].startswith("The database of DATABASE_URL does not answer: ")


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True
