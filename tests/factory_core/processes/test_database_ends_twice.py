"""A database that ends again while it is started again is tried once more; the plant goes on."""

import os
import shutil
import signal
import time

import psycopg
import pytest

from factory_core.processes import postgres as embedded
from factory_core.processes.data_dir import DataDir
from factory_core.processes.postgres import EmbeddedPostgres
from factory_core.processes.supervisor import Supervisor
from tests.factory_core.processes.box import short_folder


@pytest.mark.plant
def test_a_database_killed_while_it_starts_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = short_folder()
    data, server = DataDir(folder), EmbeddedPostgres(folder)
    data.make()
    supervisor = Supervisor(data, {}, server)
    try:
        server.start()
        first = server.pid()
        assert first is not None
        tried = []
        sure_of = embedded._ensure_database

        def killed_at_first(here: object) -> None:
            tried.append(here)
            if len(tried) == 1:
                os.kill(server.pid() or 0, signal.SIGKILL)
                raise psycopg.errors.AdminShutdown("terminating connection due to unexpected postmaster exit")
            sure_of(here)

        monkeypatch.setattr(embedded, "_ensure_database", killed_at_first)
        os.kill(first, signal.SIGKILL)
        until = time.monotonic() + 60
        while len(tried) < 2 and time.monotonic() < until:
            supervisor.tick()
        assert len(tried) == 2
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT 7").fetchone() == (7,)
        assert server.pid() not in (None, first)
    finally:
        supervisor.stop()
        shutil.rmtree(folder)
