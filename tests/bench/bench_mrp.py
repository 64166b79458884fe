"""Net requirements of a large plant: 50 000 items, 200 000 lines, eight levels, 52 weeks, read and written.

python -m tests.bench.bench_mrp [--items 50000] [--runs 5]

The bare netting it is measured against is `bare` below: the record of 04-definitions 4.10, week after week and level
by level (net requirement, lot by the same rules, projected stock, release moved back by whole weeks, needs of the
children), on arrays that lie in memory already, in plain NumPy. It knows no days, no causes, no bounds; it reads
nothing and writes nothing. `summed` is the same in closed form, by running sums instead of weeks, which is how the
product nets: about twice as quick, and shown beside it. `net` is the netting of the product on the same arrays, `read`
what fills them (the first run keeps the base of a plan, the others find it), `whole` a run with its 350 000 proposals
written. All run in one process, one after the other, and the middles are compared.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import django
import numpy as np

from tests.bench.report import percentile, report
from tests.world.running import SECRET, a_database, collected_static

TODAY = date(2026, 11, 23)
WEEKS = 52


def main() -> None:
    """Build in a database of its own, measure, drop it."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--items", type=int, default=50_000)
    arguments.add_argument("--runs", type=int, default=5)
    options = arguments.parse_args()
    with a_database() as url:
        environment = {"DATABASE_URL": url, **collected_static(Path(tempfile.mkdtemp(prefix="bench-mrp-")))}
        os.environ |= {**environment, "SECRET_KEY": SECRET, "DJANGO_SETTINGS_MODULE": "factory_core.settings"}
        django.setup()
        try:
            measure(options.items, options.runs)
        finally:
            from django.db import connection

            connection.close()


def measure(items: int, runs: int) -> None:
    """All figures."""
    from factory_core.access.identity import acting
    from factory_core.clock import now
    from production.planning.queries.reading import read_plant
    from production.planning.rules import net_requirements
    from production.planning.services import run_plan
    from production.planning.services.basing import base_of
    from tests.bench.mrp_world import build

    world = build(items)
    conditions: dict[str, Any] = {"items": items, "lines": world.lines, "depth": 8, "weeks": WEEKS}
    times: dict[str, list[float]] = {"bare": [], "summed": [], "read": [], "net": [], "whole": []}
    orders = 0
    for _n in range(runs):
        taken, read = _timed(lambda: read_plant(world.site, TODAY, WEEKS, base_of(world.site, TODAY)))
        times["read"].append(taken)
        taken, plan = _timed(lambda read=read: net_requirements(read.plant, read.days, WEEKS))
        times["net"].append(taken)
        prepared = prepare(read.plant, plan.level)
        taken, planned = _timed(lambda prepared=prepared: bare(prepared))
        times["bare"].append(taken)
        taken, same = _timed(lambda prepared=prepared: summed(prepared))
        times["summed"].append(taken)
        assert same == planned, (same, planned)

        def whole() -> Any:
            with acting(world.planner, channel="bench"):
                return run_plan(actor=world.planner, site=world.site, starts_on=TODAY, weeks=WEEKS, at=now())

        taken, run = _timed(whole)
        assert run.status == "DONE", run.findings
        times["whole"].append(taken)
        orders = run.proposals
        conditions["bare_orders"] = planned
    middle = {name: percentile(of_one, 0.5) for name, of_one in times.items()}
    conditions |= {"proposals": orders, "load": round(os.getloadavg()[0], 1)}
    for name, seconds in middle.items():
        report(f"mrp.{name}", seconds * 1000, "ms", **conditions)
    report("mrp.whole_to_bare", middle["whole"] / middle["bare"], "times", limit=2, **conditions)
    report("mrp.whole_to_summed", middle["whole"] / middle["summed"], "times", **conditions)
    report("mrp.whole_to_net", middle["whole"] / middle["net"], "times", **conditions)


def prepare(plant: Any, level: Any) -> dict[str, Any]:
    """Arrays as a bare netting wants them: items and lines in the order of their levels. Not measured."""
    order = np.argsort(level, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    lines = plant.lines
    by_parent = np.argsort(place[lines.parent], kind="stable")
    gross = np.zeros((len(order), WEEKS), dtype=np.int64)
    scheduled = np.zeros((len(order), WEEKS), dtype=np.int64)
    for table, dated in ((gross, plant.demand), (scheduled, plant.scheduled)):
        soon = dated.day < WEEKS * 7
        np.add.at(table, (place[dated.item[soon]], np.maximum(dated.day[soon], 0) // 7), dated.quantity[soon])
    return {
        "gross": gross, "scheduled": scheduled, "missing": (plant.safety - plant.on_hand)[order],
        "least": plant.least[order], "multiple": plant.multiple[order], "cover": plant.cover[order],
        "lead": -(-plant.lead[order] // np.where(plant.works[order], 5, 7)),
        "first": np.searchsorted(place[lines.parent][by_parent], np.arange(len(order) + 1)),
        "child": place[lines.child[by_parent]], "numerator": lines.numerator[by_parent],
        "denominator": lines.denominator[by_parent],
        "levels": np.searchsorted(level[order], np.arange(level.max() + 2)),
    }  # fmt: skip


def bare(given: dict[str, Any]) -> int:
    """The netting alone, week after week; gives how many orders it plans."""
    gross, orders = given["gross"].copy(), 0
    for above, below in zip(given["levels"][:-1].tolist(), given["levels"][1:].tolist(), strict=True):
        part = slice(above, below)
        wanted, coming = gross[part], given["scheduled"][part]
        least, multiple, cover = given["least"][part], given["multiple"][part], given["cover"][part]
        # What is missing at the end of each week if nothing were ordered, for lots that serve several weeks.
        missing = np.cumsum(wanted - coming, axis=1) + given["missing"][part, None]
        missing = np.maximum.accumulate(np.maximum(missing, 0), axis=1)
        available, come = -given["missing"][part], np.zeros(below - above, dtype=np.int64)
        lots = np.zeros((below - above, WEEKS), dtype=np.int64)
        for week in range(WEEKS):
            net = np.maximum(wanted[:, week] - coming[:, week] - available, 0)
            served = missing[np.arange(below - above), np.minimum(week + cover, WEEKS) - 1] - come
            lot = -(-np.maximum(np.maximum(served, net), least) // multiple) * multiple
            lots[:, week] = np.where(net > 0, lot, 0)
            available = available + coming[:, week] + lots[:, week] - wanted[:, week]
            come = come + lots[:, week]
        orders += _down(given, gross, above, part, lots)
    return orders


def summed(given: dict[str, Any]) -> int:
    """The same by running sums; gives how many orders it plans."""
    gross, orders = given["gross"].copy(), 0
    for above, below in zip(given["levels"][:-1].tolist(), given["levels"][1:].tolist(), strict=True):
        part = slice(above, below)
        needed = np.cumsum(gross[part] - given["scheduled"][part], axis=1) + given["missing"][part, None]
        needed = np.maximum.accumulate(np.maximum(needed, 0), axis=1)
        least, multiple, cover = given["least"][part], given["multiple"][part], given["cover"][part]
        arrived = -(-needed // multiple[:, None]) * multiple[:, None]
        hard = np.flatnonzero((cover > 1) | (least > multiple))
        come = np.zeros(len(hard), dtype=np.int64)
        for week in range(WEEKS):
            wanted = needed[hard, np.minimum(week + cover[hard], WEEKS) - 1] - come
            lot = -(-np.maximum(wanted, least[hard]) // multiple[hard]) * multiple[hard]
            come = come + np.where(needed[hard, week] > come, lot, 0)
            arrived[hard, week] = come
        lots = np.diff(arrived, axis=1, prepend=0)
        orders += _down(given, gross, above, part, lots)
    return orders


def _down(given: dict[str, Any], gross: Any, above: int, part: slice, lots: Any) -> int:
    """What the orders of a level want of their children; gives how many orders there are."""
    item, week = np.nonzero(lots)
    release = np.maximum(week - given["lead"][part][item], 0)
    counts = given["first"][item + above + 1] - given["first"][item + above]
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    line = np.arange(total) + np.repeat(given["first"][item + above] - (ends - counts), counts)
    amount = np.repeat(lots[item, week], counts) * given["numerator"][line]
    amount = -(-amount // given["denominator"][line])
    np.add.at(gross.reshape(-1), given["child"][line] * WEEKS + np.repeat(release, counts), amount)
    return len(item)


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


if __name__ == "__main__":
    main()
