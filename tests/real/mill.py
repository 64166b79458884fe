"""A plant with one recorded mill: set up in a running database, its logs played by the real agent, its story read back.

`set_up` and `story` run inside `manage.py shell` of that database, so that what is tested are real processes.
"""

import json
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from tests.world.running import ROOT, a_process, manage

LOGS = ROOT.parent / "shared" / "data" / "machine_logs"
EXPECTED = ROOT.parent / "shared" / "data" / "expected.json"
FIRST_DAY = datetime(2016, 1, 1, tzinfo=UTC)


def set_up(code: str, prefix: str, keys: dict[str, str], execution: str) -> None:
    """A machine with its own gateway; prints the gateway's token. `keys`: tag name without prefix → kind."""
    from factory_core.access.identity import acting
    from factory_core.people.services import service_user
    from telemetry.states.services.rules import set_state_rule
    from tests.world.plant import a_plant
    from tests.world.telemetry import a_gateway, a_tag

    plant = a_plant(code)
    gateway, token = a_gateway(plant.site, f"gw-{code}", history_from=FIRST_DAY)
    for key, kind in keys.items():
        a_tag(gateway, prefix + key, plant.press, kind)
    actor = service_user("plant")
    with acting(actor, channel="test"):
        definition = {"sources": [{"kind": "words", "tag": prefix + execution}]}
        set_state_rule(actor=actor, machine=plant.press, definition=definition, valid_from=FIRST_DAY)
    json.dump({"token": token, "machine": plant.press.pk}, sys.stdout)


def story(machine: int) -> None:
    """Print what the plant knows: cycles and intervals of a machine."""
    from telemetry.states.queries import cycles_of, intervals

    start, end = FIRST_DAY, datetime(2023, 1, 1, tzinfo=UTC)
    json.dump(
        {
            "cycles": [
                [
                    cycle.started_at.isoformat(),
                    cycle.ended_at.isoformat(),
                    (cycle.ended_at - cycle.started_at).total_seconds(),
                    cycle.active.total_seconds(),
                    cycle.feed_hold.total_seconds(),
                ]
                for cycle in cycles_of(machine, start, end)
            ],
            "intervals": [
                [span.started_at.isoformat(), span.ended_at and span.ended_at.isoformat(), span.state, span.word]
                for span in intervals(machine, start, end)
            ],
        },
        sys.stdout,
    )


def in_plant(url: str, call: str) -> dict[str, object]:
    """Run one of the functions above inside the plant's own Django."""
    code = f"from tests.real.mill import *; {call}"
    return json.loads(manage("shell", "-v0", "-c", code, environment={"DATABASE_URL": url}))


def kinds_of(logs: Iterable[Path]) -> dict[str, str]:
    """Every key of some logs: text where any of its values is a word, else a number."""
    from telemetry.edge.drivers.shdr import read_log

    words: dict[str, bool] = {}
    for log in logs:
        for reading in read_log(log):
            is_word = isinstance(reading.value, str) and reading.value != "UNAVAILABLE"
            words[reading.tag] = words.get(reading.tag, False) or is_word
    return {tag: "text" if any_word else "number" for tag, any_word in words.items()}


def play(
    base: str, folder: Path, token: str, logs: list[Path], prefix: str, order: str = "name", seed: int = 1
) -> None:
    """Play logs through a real agent with a fresh spool until everything is acknowledged."""
    folder.mkdir(parents=True)
    files = ", ".join(json.dumps(str(log)) for log in logs)
    (folder / "gateway.toml").write_text(
        f'[server]\nurl = "{base}"\ntoken = "{token}"\n[agent]\nexit_when_done = true\n'
        f'[[device]]\ndriver = "replay"\ncode = "mill"\nprefix = "{prefix}"\nfiles = [{files}]\n'
        f'speed = 0\nclock = "original"\norder = "{order}"\nseed = {seed}\n'
    )
    log = folder / "agent.log"
    with a_process("-m", "telemetry.edge", "--config", str(folder / "gateway.toml"), environment={}, log=log) as agent:
        assert agent.wait(120) == 0, log.read_text()


def wait_until_derived(url: str, seconds: float = 60) -> None:
    """Wait until no stretch of any machine is dirty any more."""
    end = time.monotonic() + seconds
    with psycopg.connect(url, autocommit=True) as plant:
        while plant.execute("SELECT EXISTS (SELECT FROM telemetry_dirtyrange)").fetchone() != (False,):
            assert time.monotonic() < end, "the derive process did not keep up"
            time.sleep(0.1)


def stored(url: str) -> tuple[int, int, int]:
    """How many readings, text readings and quarantined rows the plant holds."""
    with psycopg.connect(url, autocommit=True) as plant:
        return plant.execute(
            "SELECT (SELECT count(*) FROM telemetry_reading), (SELECT count(*) FROM telemetry_readingtext),"
            " (SELECT count(*) FROM telemetry_quarantinedreading)"
        ).fetchone()
