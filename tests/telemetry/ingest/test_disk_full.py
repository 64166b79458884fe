"""The server's disk is full: PostgreSQL refuses every write. Nothing is lost, and it goes on without a hand."""

import json
from pathlib import Path

import psycopg

from tests.ports import free_port
from tests.telemetry.edge.helpers import log_of, write_config
from tests.world.running import a_database, a_process, a_server, manage, wait_for

SEED = """
import json
from tests.world.plant import a_plant
from tests.world.telemetry import a_gateway, a_tag
plant = a_plant("full")
gateway, token = a_gateway(plant.site)
kinds = {"execution": "text", "mode": "text", "alarm_code": "text", "part_count": "counter", "scrap_count": "counter"}
for name in ("execution", "mode", "alarm_code", "part_count", "scrap_count", "current", "power"):
    a_tag(gateway, f"sim.{name}", plant.press, kinds.get(name, "number"))
print(json.dumps(token))
"""
DEVICE = '[[device]]\ndriver = "simulator"\ncode = "sim"\npattern = "steady"\nsample_s = 0.05\ncycle_s = 2\n'
# As PostgreSQL says it when a table cannot grow: SQLSTATE 53100 in the middle of the transaction.
FULL = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100';
END $$;
CREATE TRIGGER disk_is_full BEFORE INSERT OR UPDATE ON telemetry_packet EXECUTE FUNCTION disk_is_full();
CREATE TRIGGER disk_is_full BEFORE INSERT OR UPDATE ON telemetry_gatewayhealth EXECUTE FUNCTION disk_is_full();
"""
READ_ONLY = "ALTER DATABASE SET default_transaction_read_only = {}"
ROOM_AGAIN = "DROP FUNCTION disk_is_full() CASCADE"
CUT = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
STORED = "SELECT coalesce(sum(acked_seq), 0) FROM telemetry_stream WHERE lane = 's'"


def test_a_full_disk_of_the_server_costs_nothing_but_time(tmp_path: Path) -> None:
    with a_database() as url:
        env = {"DATABASE_URL": url}
        token = json.loads(manage("shell", "-v0", "-c", SEED, environment=env))
        with a_server("telemetry.ingest.app:application", free_port(), env, tmp_path / "ingest.log") as base:
            config = write_config(tmp_path, base, DEVICE, token=f'token = "{token}"')
            agent = a_process(
                "-m", "telemetry.edge", "--config", str(config), environment={}, log=tmp_path / "agent.log"
            )
            with psycopg.connect(url, autocommit=True) as control, agent:

                def stored() -> int:
                    row = control.execute(STORED).fetchone()
                    return int(row[0]) if row else 0

                wait_for(lambda: stored() > 20, 30, "the first rows")
                for refusal in ((FULL,), (READ_ONLY.format("on"), CUT)):
                    refusals, before = log_of(config).count("answered 503"), stored()
                    _say(control, refusal)
                    wait_for(lambda n=refusals: log_of(config).count("answered 503") > n, 20, "a refusal with 503")
                    at_most = stored()
                    # What was on its way when the disk filled up; nothing of it twice.
                    assert at_most - before < 100
                    _say(control, (ROOM_AGAIN,) if refusal == (FULL,) else (READ_ONLY.format("off"), CUT))
                    wait_for(lambda n=at_most: stored() > n + 40, 90, "the backlog")
            with psycopg.connect(url) as control:
                streams = control.execute("SELECT id, acked_seq FROM telemetry_stream").fetchall()
                for stream, acked in streams:
                    rows = control.execute(
                        "SELECT seq FROM telemetry_reading WHERE stream_id = %(s)s"
                        " UNION ALL SELECT seq FROM telemetry_readingtext WHERE stream_id = %(s)s ORDER BY seq",
                        {"s": stream},
                    ).fetchall()
                    assert [seq for (seq,) in rows] == list(range(1, acked + 1))
                assert control.execute("SELECT count(*) FROM telemetry_gap").fetchone() == (0,)
                assert control.execute("SELECT count(*) FROM telemetry_quarantinedreading").fetchone() == (0,)
    assert "Traceback" not in log_of(config)


def _say(control: psycopg.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        control.execute(statement.replace("DATABASE", f'DATABASE "{control.info.dbname}"'))
