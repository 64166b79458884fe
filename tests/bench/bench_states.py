"""How fast readings become states: folded in memory, a whole day through the database, passes over many machines.

`python -m tests.bench.bench_states`. One JSON object a line; the ratio of a day is the time to derive it over the time
to fold the same readings in memory, in the same run.
"""

import os
import time
from datetime import timedelta
from typing import Any

import django

DAY, ROUNDS, MACHINES, READINGS = 86_400, 20, 100, 10


def main() -> None:
    """Measure in a database of its own and drop it again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factory_core.settings")
    os.environ.setdefault("TEST_DB", "bench_states")
    django.setup()
    from tests import database

    database.settle()
    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=0, interactive=False)
    created = runner.setup_databases(serialized_aliases=set())
    try:
        folded_s = fold_a_day()
        derive_a_day(folded_s)
        pass_over_many()
    finally:
        runner.teardown_databases(created)


def fold_a_day() -> float:
    """A day of 1 Hz readings folded in memory; gives the seconds for a current."""
    from telemetry.states.rules.definition import read_definition
    from telemetry.states.rules.fold import fold
    from telemetry.states.rules.readings import Reading
    from tests.bench.report import report

    start = 1_700_000_000
    kinds: dict[str, tuple[dict[str, Any], Any]] = {
        "words": ({}, lambda i: "ACTIVE" if i // 30 % 2 else "FEED_HOLD"),
        "counter": ({"cycle_s": 5}, lambda i: float(i // 5)),
        "current": ({}, lambda i: 0.8 if i // 300 % 3 == 0 else 6.0),
    }
    best = 0.0
    for kind, (more, value) in kinds.items():
        rule = read_definition({"sources": [{"kind": kind, "tag": "x", **more}]})
        readings = [Reading((start + i) * 1_000_000, "x", 1, i, value(i)) for i in range(DAY)]
        best = min(_seconds(lambda rule=rule, readings=readings: fold(readings, rule)) for _ in range(3))
        report(f"states.fold_{kind}", DAY / best, "readings/s", readings=DAY)
    return best


def derive_a_day(folded_s: float) -> None:
    """The same day of one machine derived from the database, first and again."""
    from django.db import connection

    from telemetry.states.tasks import derive_waiting
    from tests.bench.report import report
    from tests.telemetry.states.machines import CURRENT, NOON, a_watched_machine
    from tests.world.plant import a_plant

    watched = a_watched_machine(a_plant("day"))
    watched.rule(CURRENT, valid_from=-9 * DAY)
    start = NOON.replace(hour=0) - timedelta(days=3)
    _dirty([watched], start, start + timedelta(seconds=DAY - 1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_ensure_day(%s)", [start.date()])
        cursor.execute(
            "INSERT INTO telemetry_reading SELECT %s, %s::timestamptz + g * interval '1 s',"
            " CASE WHEN g / 300 %% 3 = 0 THEN 0.8 ELSE 6 END, 192, 1, g FROM generate_series(0, %s) AS g",
            [watched.tags["amps"].pk, start, DAY - 1],
        )
        cursor.execute("ANALYZE telemetry_reading")
    first = _seconds(derive_waiting)
    report("states.derive_a_day", first, "s", ratio_to="states.fold_current", ratio=first / folded_s, readings=DAY)
    _dirty([watched], start, start + timedelta(seconds=DAY - 1))
    report("states.derive_a_day_again", _seconds(derive_waiting), "s", readings=DAY, changed=0)


def pass_over_many() -> None:
    """The present: every machine sends a packet, one pass derives them all."""
    from django.db import connection

    from factory_core.clock import now
    from telemetry.states.tasks import derive_waiting
    from tests.bench.report import report
    from tests.telemetry.states.machines import CURRENT, a_watched_machine
    from tests.world.plant import a_machine, a_plant

    plant = a_plant("many")
    watched = [a_watched_machine(plant, a_machine(plant.line_a, f"many-{n}")) for n in range(MACHINES)]
    for each in watched:
        each.rule(CURRENT, valid_from=-30 * DAY)
    derive_waiting()
    spent = 0.0
    for turn in range(ROUNDS):
        at = now()
        with connection.cursor() as cursor:
            cursor.execute("SELECT telemetry_ensure_day(%s)", [at.date()])
            cursor.execute(
                "INSERT INTO telemetry_reading SELECT tag, %s::timestamptz + g * interval '1 ms',"
                " %s, 192, 1, %s + g FROM unnest(%s::int[]) AS tag, generate_series(1, %s) AS g",
                [at, 5.0 if turn % 4 else 1.0, turn * READINGS, [w.tags["amps"].pk for w in watched], READINGS],
            )
        _dirty(watched, at, at + timedelta(milliseconds=READINGS))
        spent += _seconds(derive_waiting)
    passes = ROUNDS * MACHINES
    report("states.pass_ms_a_machine", 1000 * spent / passes, "ms", machines=MACHINES, readings_a_pass=READINGS)
    report("states.derived", passes * READINGS / spent, "readings/s", machines=MACHINES)


def _dirty(watched: list[Any], start: Any, end: Any) -> None:
    from telemetry.readings.models import DirtyRange

    DirtyRange.objects.bulk_create(
        DirtyRange(machine=each.machine, started_at=start, ended_at=end, created_at=end) for each in watched
    )


def _seconds(act: Any) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
