"""While the database is away senders are told to come later; when it is back everything goes on by itself."""

import json
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg

from tests.patience import PATIENCE_S
from tests.ports import free_port
from tests.world.running import a_database, a_server, manage
from tests.world.telemetry import a_packet, new_epoch, sealed

SEED = """
import json
from tests.world.plant import a_plant
from tests.world.telemetry import a_gateway, a_tag
plant = a_plant("gone")
gateway, token = a_gateway(plant.site)
a_tag(gateway, "press.current", plant.press)
print(json.dumps(token))
"""


def test_a_lost_database_is_waited_for(tmp_path: Path) -> None:
    with a_database() as url:
        name = urlsplit(url).path.removeprefix("/")
        other = urlsplit(url)._replace(path="/postgres").geturl()
        token = json.loads(manage("shell", "-v0", "-c", SEED, environment={"DATABASE_URL": url}))
        epoch = new_epoch()
        bodies = [
            sealed(a_packet([[0, 0, float(number)]], tags=["press.current"], epoch=epoch, first_seq=number))
            for number in (1, 2)
        ]
        headers = {"authorization": f"Bearer {token}", "content-encoding": "gzip"}
        with (
            a_server("telemetry.ingest.app:application", free_port(), {"DATABASE_URL": url}, tmp_path / "log") as base,
            psycopg.connect(other, autocommit=True) as control,
            httpx.Client(base_url=base, headers=headers, timeout=15) as client,
        ):
            assert _answered(client, bodies[0]).json()["new"] == 1
            control.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
            try:
                control.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
                for _turn in range(3):
                    refused = client.post("/ingest/v1/packets", content=bodies[1])
                    assert (refused.status_code, refused.json()["code"]) == (503, "no_database")
                    assert int(refused.headers["retry-after"]) >= 1
                bad = client.post("/ingest/v1/packets", content=b"{")
                assert bad.status_code == 400
            finally:
                control.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
            back = _answered(client, bodies[1])
            assert (back.json()["acked_seq"], back.json()["new"]) == (2, 1)
        with psycopg.connect(url) as control:
            rows = control.execute("SELECT seq, value FROM telemetry_reading ORDER BY seq").fetchall()
            assert rows == [(1, 1.0), (2, 2.0)]


def _answered(client: httpx.Client, body: bytes) -> httpx.Response:
    until = time.monotonic() + PATIENCE_S
    while (answer := client.post("/ingest/v1/packets", content=body)).status_code in (401, 503):
        assert time.monotonic() < until, answer.text
        time.sleep(0.1)
    assert answer.status_code == 200, answer.text
    return answer
