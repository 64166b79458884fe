"""A whole old factory's 72 591 work orders from their workbook: mapped, checked, brought in with the trail, undone.

python -m tests.bench.bench_import [--requests 100] [--rows 12000: the first of them, and neither sums nor limits]
                                   [--beside: nothing but how long other pages take meanwhile]
"""

import argparse
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
import httpx
import psutil

from tests.bench.report import percentile, report
from tests.ports import free_port
from tests.world.running import SECRET, a_database, a_process, a_server, collected_static

MOST_S, MOST_TIMES, MOST_MIB, MOST_PREVIEW_S, MOST_SLOWER = 60, 12, 400, 2.0, 1.2
PAGE, BETWEEN_PAGES_S = "/orders/?show=open", 0.02


def main() -> None:
    """Build in a database of its own, measure, drop it."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--requests", type=int, default=100)
    arguments.add_argument("--rows", type=int, default=0)
    arguments.add_argument("--beside", action="store_true")
    options = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-import-"))
    with a_database() as url:
        environment = {"DATABASE_URL": url, "DATA_DIR": str(folder), **collected_static(folder)}
        os.environ |= {**environment, "SECRET_KEY": SECRET, "DJANGO_SETTINGS_MODULE": "factory_core.settings"}
        django.setup()
        try:
            measure(folder, environment, options)
        finally:
            from django.db import connection

            connection.close()


def measure(folder: Path, environment: dict[str, str], options: argparse.Namespace) -> None:
    """All figures; of the first so many orders where that is asked for."""
    from factory_core.clock import now
    from tests.bench.import_world import ORDERS, build

    world = build(now())
    path = first_rows(folder, options.rows) if options.rows else ORDERS
    if not options.beside:
        itself(world, folder, path, is_all=not options.rows)
    beside(world, options.requests, environment, path)


def itself(world: Any, folder: Path, path: Path, *, is_all: bool) -> None:
    """Time and memory of the way there and back."""
    alone = _seconds(lambda: _read_alone(path))
    report("import.openpyxl_alone", alone, "s", cells=_read_alone(path))
    if is_all:
        preview(world, folder)
    with watched() as peak:
        taken, run = whole_way(world, alone, path)
    report("import.peak_memory", peak(), "MiB", most=MOST_MIB, of="this process and its children")
    if is_all:
        sums_agree(world)
    undone = _seconds(lambda: _undo(world, run))
    report("import.undo", undone, "s", ratio_to="import.whole", ratio=undone / taken, most_ratio=1)


def whole_way(world: Any, alone: float, path: Path) -> tuple[float, Any]:
    """Opened and mapped, staged and checked, brought in; each step and the whole against reading alone."""
    from factory_core.access.identity import acting
    from factory_core.clock import now
    from factory_core.importing.services.carrying import carry_in
    from factory_core.importing.services.flow import check_run, choose
    from tests.bench.import_world import opened

    at, marks = now(), [time.perf_counter()]
    run = opened(world, path, "production_orders", at)
    marks.append(time.perf_counter())
    with acting(world.migrator, channel="bench"):
        choose(actor=world.migrator, run_id=run.pk, at=at, constants={"line": world.plant.line_a.code})
        check_run(actor=world.migrator, run_id=run.pk, at=at)
    marks.append(time.perf_counter())
    run = carry_in(actor=world.migrator, run_id=run.pk, at=at)
    marks.append(time.perf_counter())
    for name, began, ended in zip(("open", "stage_and_check", "commit"), marks, marks[1:], strict=False):
        report(f"import.{name}", ended - began, "s", rows=run.rows)
    taken = marks[-1] - marks[0]
    report("import.whole", taken, "s", ratio_to="import.openpyxl_alone", ratio=taken / alone, rows=run.rows,
           created=run.created, most=MOST_S, most_ratio=MOST_TIMES)  # fmt: skip
    return taken, run


def first_rows(folder: Path, rows: int) -> Path:
    """A workbook of the header and the first so many orders."""
    from openpyxl import Workbook, load_workbook

    from tests.bench.import_world import ORDERS

    book = Workbook(write_only=True)
    sheet = book.create_sheet("work_orders")
    for row in load_workbook(ORDERS, read_only=True).worksheets[0].iter_rows(max_row=rows + 1, values_only=True):
        sheet.append(row)
    book.save(folder / ORDERS.name)
    return folder / ORDERS.name


def preview(world: Any, folder: Path) -> None:
    """What a person waits for after dropping a file of 100 000 rows: its first rows and the proposed columns."""
    from factory_core.clock import now
    from tests.bench.bench_files import workbook
    from tests.bench.import_world import opened

    large = workbook(folder / "large.xlsx", 100_000)
    times = [_seconds(lambda: opened(world, large, "production_orders", now())) for _ in range(3)]
    report("import.preview_100k_rows", max(times), "s", most=MOST_PREVIEW_S, rounds=len(times))


def sums_agree(world: Any) -> None:
    """What the product's own queries say of the orders is what the old system says."""
    from production.orders.models import PastScrap
    from production.orders.queries.past import past_scrap_by_item, past_scrap_by_reason, past_totals
    from tests.bench.import_world import DATA

    wanted = json.loads((DATA / "expected.json").read_text())["adventureworks"]["work_orders"]
    totals = past_totals(world.migrator)
    assert (totals.orders, totals.ordered, totals.good, totals.scrap) == tuple(
        wanted[name] for name in ("count", "OrderQty", "StockedQty", "ScrappedQty")
    )
    assert (totals.with_scrap, totals.items) == (wanted["orders_with_scrap"], wanted["distinct_products"])
    assert totals.uneven == wanted["orders_where_stocked_plus_scrapped_differs_from_ordered"]
    assert f"{totals.scrap / totals.ordered:.8f}" == f"{wanted['scrap_rate']:.8f}"
    reasons = {f"{one.code} {one.name}": (one.rows, one.quantity) for one in past_scrap_by_reason(world.migrator)}
    assert reasons == {
        name: (one["orders"], Decimal(one["ScrappedQty"])) for name, one in wanted["scrap_by_reason"].items()
    }
    most = [(one.name, one.quantity) for one in past_scrap_by_item(world.migrator)][:10]
    assert most == [(one["Name"], one["ScrappedQty"]) for one in wanted["top10_products_by_scrapped_qty"]]
    report("import.sums_agree", PastScrap.objects.count(), "rows of scrap")


def beside(world: Any, requests: int, environment: dict[str, str], path: Path) -> None:
    """How long another page takes while the plant's worker checks, brings in and undoes, against alone."""
    from django.db import connection
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(world.migrator)
    session = client.cookies["sessionid"].value
    run = mapped(world, path)
    connection.close()
    alone: list[float] = []
    during: dict[str, list[float]] = {}
    with (
        a_process("manage.py", "work", environment=environment),
        a_server("factory_core.asgi:application", free_port(), environment) as base,
        httpx.Client(base_url=base, cookies={"sessionid": session}, timeout=30) as browser,
    ):
        # The first pages of a process are slower than all others.
        look(browser, requests, lambda: True)
        for act in ("CHECK", "CARRY", "UNDO"):
            alone += look(browser, requests, lambda: True)
            began = time.perf_counter()
            is_done = asked(world, run, act)
            during[act] = look(browser, 0, is_done)
            report(f"import.worker.{act.lower()}", time.perf_counter() - began, "s", rows=run.rows, people="at pages")
        alone += look(browser, requests, lambda: True)
    for act, waits in during.items():
        told(f"import.page_beside_{act.lower()}", waits, alone)
    told("import.page_beside", [wait for waits in during.values() for wait in waits], alone, most_ratio=MOST_SLOWER)


def told(name: str, waits: list[float], alone: list[float], **more: object) -> None:
    """One figure of pages against those alone."""
    quiet, busy = percentile(alone, 0.95), percentile(waits, 0.95)
    report(f"{name}.p95", busy, "ms", ratio_to="import.page_alone.p95", ratio=busy / quiet, page=PAGE, alone=quiet,
           requests=len(waits), requests_alone=len(alone), median=percentile(waits, 0.5),
           median_alone=percentile(alone, 0.5), **more)  # fmt: skip


def look(browser: httpx.Client, least: int, is_over: Callable[[], bool]) -> list[float]:
    """How many milliseconds a person waits for a page, one after the other until it is over."""
    waits: list[float] = []
    while len(waits) < least or not is_over():
        began = time.perf_counter()
        answer = browser.get(PAGE)
        waits.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.status_code
        time.sleep(BETWEEN_PAGES_S)
    return waits


def mapped(world: Any, path: Path) -> Any:
    """The orders' file opened, its columns and its line chosen."""
    from factory_core.access.identity import acting
    from factory_core.clock import now
    from factory_core.importing.services.flow import choose
    from tests.bench.import_world import opened

    run = opened(world, path, "production_orders", now())
    with acting(world.migrator, channel="bench"):
        return choose(actor=world.migrator, run_id=run.pk, at=now(), constants={"line": world.plant.line_a.code})


def asked(world: Any, run: Any, act: str) -> Callable[[], bool]:
    """Have the worker do an act, as screens and API do; tells whether it ended, and what follows of itself too."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    from factory_core.access.identity import acting
    from factory_core.clock import now
    from factory_core.importing.register_models import ImportWork
    from factory_core.importing.services.working import TASK
    from factory_core.importing.states import Work, WorkStatus
    from factory_core.importing.tasks import ask

    with acting(world.migrator, channel="bench"):
        ask(actor=world.migrator, run_id=run.pk, act=Work[act], at=now())

    def is_done() -> bool:
        if ProcrastinateJob.objects.filter(task_name=TASK, status__in=["todo", "doing"]).exists():
            return False
        work = ImportWork.objects.get(run=run.pk)
        assert work.status == WorkStatus.DONE, work.sentence
        return True

    return is_done


@contextmanager
def watched() -> Iterator[Callable[[], float]]:
    """The largest memory of this process and its children meanwhile, in MiB, looked at every 50 ms."""
    me, most, ended = psutil.Process(), [0.0], threading.Event()

    def look() -> None:
        while not ended.is_set():
            used = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    used += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            most[0] = max(most[0], used / (1 << 20))
            time.sleep(0.05)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield lambda: most[0]
    finally:
        ended.set()
        looking.join()


def _read_alone(path: Path) -> int:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    return sum(len(row) for sheet in book for row in sheet.iter_rows(values_only=True))


def _undo(world: Any, run: Any) -> None:
    from factory_core.access.identity import acting
    from factory_core.clock import now
    from factory_core.importing.services.undoing import undo_import
    from production.orders.models import ProductionOrder

    with acting(world.migrator, channel="bench"):
        undone = undo_import(actor=world.migrator, run_id=run.pk, at=now())
    assert undone.undo["kept"] == [], undone.undo["kept"][:3]
    assert not ProductionOrder.objects.exists()


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
