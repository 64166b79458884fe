"""The real process: notified, shared, cut off, killed, and stopped."""

import json
import signal
import time
from itertools import count

import psycopg
import pytest

from tests.patience import PATIENCE_S
from tests.world.running import a_database, a_process, manage, wait_for

SEED = """
import json
from tests.world.plant import a_plant, a_machine
from tests.telemetry.states.machines import EXECUTION, a_watched_machine
plant = a_plant("proc")
machines = [plant.press] + [a_machine(plant.line_a, f"proc-m{n}") for n in range(3)]
watched = [a_watched_machine(plant, machine) for machine in machines]
for each in watched:
    each.rule(EXECUTION)
print(json.dumps([[w.machine.pk, w.tags["execution"].pk, w.stream.pk] for w in watched]))
"""
WORDS = ["ACTIVE", "FEED_HOLD", "READY"]
EPOCH = 1_795_176_000  # 2026-11-20 12:00 UTC


@pytest.fixture(scope="module")
def plant():
    """A database with four watched machines: its address, and (machine, tag, stream) of each."""
    with a_database() as url:
        machines = json.loads(manage("shell", "-v0", "-c", SEED, environment={"DATABASE_URL": url}))
        with psycopg.connect(url, autocommit=True) as door:
            for table in ("telemetry_reading", "telemetry_readingtext"):
                assert door.execute("SELECT to_regclass(%s)", [table]).fetchone()[0]
            door.execute("SELECT telemetry_ensure_day('2026-11-20')")
            yield url, door, machines


_numbers = count(1)


def send(door, machine, pairs):
    """One packet: rows, dirty range and notice in one transaction; times are seconds after noon."""
    key, tag, stream = machine
    with door.transaction():
        for at, word in pairs:
            door.execute(
                "INSERT INTO telemetry_readingtext VALUES (%s, to_timestamp(%s), %s, 192, %s, %s)",
                [tag, EPOCH + at, word, stream, next(_numbers)],
            )
        door.execute(
            "INSERT INTO telemetry_dirtyrange (machine_id, started_at, ended_at, created_at)"
            " VALUES (%s, to_timestamp(%s), to_timestamp(%s), now())",
            [key, EPOCH + min(at for at, _ in pairs), EPOCH + max(at for at, _ in pairs)],
        )
        door.execute("SELECT pg_notify('millwright_derive', '')")


def line(door, machine):
    rows = door.execute(
        "SELECT extract(epoch FROM started_at)::int, word, ended_at IS NULL FROM telemetry_stateinterval"
        " WHERE machine_id = %s ORDER BY started_at",
        [machine[0]],
    ).fetchall()
    return [(start - EPOCH, word, still) for start, word, still in rows]


def settled(door):
    return door.execute("SELECT NOT EXISTS (SELECT FROM telemetry_dirtyrange)").fetchone()[0]


def story(pairs):
    """What a time line of these (second, word) must look like."""
    merged = [pair for i, pair in enumerate(pairs) if i == 0 or pairs[i - 1][1] != pair[1]]
    return [(at, word, i == len(merged) - 1) for i, (at, word) in enumerate(merged)]


def test_the_process_derives_survives_and_stops(plant, tmp_path):
    url, door, machines = plant
    environment = {"DATABASE_URL": url}
    said = {machine[0]: [] for machine in machines}

    def say(second, word):
        for machine in machines:
            said[machine[0]].append((second, word))
            send(door, machine, [(second, word)])

    def everybody_caught_up():
        return settled(door) and all(line(door, m) == story(said[m[0]]) for m in machines)

    log = tmp_path / "derive.log"
    with (
        a_process("manage.py", "derive", environment=environment, log=log) as first,
        a_process("manage.py", "derive", environment=environment, log=log) as second,
    ):
        say(0, "READY")
        wait_for(everybody_caught_up, 20, "the first states", first)
        say(1, "ACTIVE")
        # Within a second on a machine of today.
        wait_for(everybody_caught_up, 5, "a change", first)

        # The database goes away under both, as in a restart.
        door.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        say(2, "FEED_HOLD")
        wait_for(everybody_caught_up, 15, "the states after the cut", first)
        assert second.poll() is None

        # One is killed in the middle of things; what it had claimed is still there for the other.
        for number in range(3, 40):
            say(number, WORDS[number % 3])
            if number == 15:
                first.kill()
        first.wait(PATIENCE_S)
        wait_for(everybody_caught_up, 15, "the states after the kill", second)

        beats = door.execute("SELECT count(*) FROM factory_core_processbeat WHERE name = 'derive'").fetchone()
        assert beats == (1,)
        second.send_signal(signal.SIGTERM)
        assert second.wait(PATIENCE_S) == 0
    told = door.execute(
        "SELECT count(*) FROM factory_core_event WHERE name = 'telemetry.machine_state_changed'"
    ).fetchone()[0]
    assert 12 <= told <= 4 * 40


def test_a_change_of_this_moment_is_stored_as_it_comes(plant, tmp_path):
    url, door, machines = plant
    door.execute("SELECT telemetry_ensure_day(now()::date)")
    log = tmp_path / "derive.log"
    with a_process("manage.py", "derive", environment={"DATABASE_URL": url}, log=log) as process:
        for machine in machines:
            send(door, machine, [(time.time() - EPOCH, "OPTIONAL_STOP")])
        wait_for(lambda: settled(door), 20, "the process at work", process)
        for number in range(20):
            machine, word = machines[number % len(machines)], WORDS[number // len(machines) % 3]
            send(door, machine, [(time.time() - EPOCH, word)])
            # How soon, `bench_screen` measures.
            wait_for(lambda m=machine, w=word: line(door, m)[-1][1:] == (w, True), 20, "the new state", process)


def test_a_faulty_machine_does_not_hold_up_the_others(plant):
    url, door, machines = plant
    broken, *healthy = machines
    with door.transaction():
        door.execute("SELECT set_config('millwright.actor', (SELECT min(id)::text FROM factory_core_user), true)")
        door.execute("UPDATE telemetry_staterule SET definition = '{}' WHERE machine_id = %s", [broken[0]])
    later = time.time() - EPOCH + 60
    for machine in machines:
        send(door, machine, [(later, "INTERRUPTED")])
    manage("derive", "--once", environment={"DATABASE_URL": url})
    assert all(line(door, machine)[-1][1:] == ("INTERRUPTED", True) for machine in healthy)
    assert line(door, broken)[-1][1] != "INTERRUPTED"
    left = door.execute("SELECT machine_id FROM telemetry_dirtyrange").fetchall()
    assert left == [(broken[0],)]
