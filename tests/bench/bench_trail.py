"""What the trail costs: a one-row change with and without its triggers, and bulk changes.

`python -m tests.bench.bench_trail`. One JSON object a line; the ratio is with the trail over without it, in
the same run on the same connection.
"""

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import django

ROUNDS, BULK = 400, 5000


def main() -> None:
    """Measure in a database of its own and drop it again."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factory_core.settings")
    os.environ.setdefault("TEST_DB", "bench_trail")
    django.setup()
    from tests import database

    database.settle()
    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=0, interactive=False)
    created = runner.setup_databases(serialized_aliases=set())
    try:
        measure()
    finally:
        runner.teardown_databases(created)


def measure() -> None:
    """Alternate both ways round by round, so that a busy machine slows both alike."""
    from factory_core.plant.models import Machine
    from tests.world.plant import a_plant

    press = a_plant("bench").press

    def one_row(n: int) -> Callable[[], object]:
        return lambda: Machine.objects.filter(pk=press.pk).update(position=n)

    _in_one_transaction(one_row(0))
    bare, kept = [], []
    for n in range(1, ROUNDS + 1):
        kept.append(_seconds(lambda n=n: _in_one_transaction(one_row(n))))
        if n % 20 == 0:
            with _without_trail():
                bare.extend(_seconds(lambda m=n * 100 + m: _in_one_transaction(one_row(m))) for m in range(20))
    _tell("trail.one_row_update_us", 1e6 * statistics.median(kept), "us", statistics.median(bare) * 1e6)

    def rows(mark: str) -> list[Machine]:
        return [Machine(code=f"{mark}-{n}", name=mark, line=press.line) for n in range(BULK)]

    with _without_trail():
        bare_s = _seconds(lambda: _in_one_transaction(lambda: Machine.objects.bulk_create(rows("bare"))))
    kept_s = _seconds(lambda: _in_one_transaction(lambda: Machine.objects.bulk_create(rows("kept"))))
    _tell("trail.bulk_insert_rows_per_s", BULK / kept_s, "rows/s", BULK / bare_s)

    def grow() -> object:
        return Machine.objects.filter(name="kept").update(stop_limit_s=7)

    def grow_back() -> object:
        return Machine.objects.filter(name="kept").update(stop_limit_s=8)

    with _without_trail():
        bare_s = _seconds(lambda: _in_one_transaction(grow))
    kept_s = _seconds(lambda: _in_one_transaction(grow_back))
    _tell("trail.bulk_update_rows_per_s", BULK / kept_s, "rows/s", BULK / bare_s)


def _in_one_transaction(change: Callable[[], object]) -> None:
    from factory_core.access.identity import acting
    from factory_core.people.services import service_user

    global _plant
    _plant = _plant or service_user("plant")
    with acting(_plant, channel="bench"):
        change()


_plant = None


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@contextmanager
def _without_trail() -> Iterator[None]:
    from django.db import connection

    def switch(state: str) -> None:
        with connection.cursor() as cursor:
            for act in ("insert", "update", "delete"):
                cursor.execute(f"ALTER TABLE factory_core_machine {state} TRIGGER millwright_audit_{act}")

    switch("DISABLE")
    try:
        yield
    finally:
        switch("ENABLE ALWAYS")


def _tell(name: str, value: float, unit: str, without: float) -> None:
    print(
        json.dumps(
            {
                "name": name,
                "value": round(value, 1),
                "unit": unit,
                "ratio_to": "without the trail",
                "ratio": round(value / without, 3),
                "conditions": f"Django ORM, one transaction a change, {without:.1f} {unit} without",
            }
        )
    )


if __name__ == "__main__":
    main()
