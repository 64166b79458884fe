"""How far the work is, told beside the transaction that does it; and whether people want it to stop."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
from django.db import connection
from django.utils.translation import gettext as _

from factory_core.clock import now
from factory_core.errors import Refused
from factory_core.importing.models import ImportProgress, ImportRun
from factory_core.live.nudge import LIVE_CHANNEL

# done, total → nothing; raises Stopped when people asked for it.
Tell = Callable[[int, int], None]
EVERY_S = 0.25


class Stopped(Refused):
    """People asked that the work on an import end."""

    code = "import_stopped"


def tell_nobody(done: int, total: int) -> None:
    """For work that nobody waits for."""


@contextmanager
def telling(run: ImportRun, step: str = "", status: str = "") -> Iterator[Tell]:
    """Tell screens and the register how far a run is, at most four times a second, over a connection of its own.

    `step` says what is being done, `status` how the run is called meanwhile.
    """
    params = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "pool", "prepare_threshold"):
        params.pop(ours, None)
    last: datetime | None = None
    with psycopg.connect(**params, autocommit=True) as beside:

        def tell(done: int, total: int) -> None:
            nonlocal last
            at = now()
            if last is not None and (at - last).total_seconds() < EVERY_S and done < total:
                return
            last = at
            row = beside.execute(
                """
                INSERT INTO factory_core_importprogress (run_id, done, total, is_to_stop, told_at)
                VALUES (%s, %s, %s, false, %s)
                ON CONFLICT (run_id) DO UPDATE SET done = excluded.done, total = excluded.total,
                    told_at = excluded.told_at
                RETURNING is_to_stop
                """,
                [run.pk, done, total, at],
            ).fetchone()
            message = {
                "topic": f"import:{run.pk}", "at": int(at.timestamp() * 1000), "t": "import", "run": run.pk,
                "step": step, "work": "WORKING", "status": status or run.status, "done": done, "total": total,
            }  # fmt: skip
            beside.execute("SELECT pg_notify(%s, %s)", [LIVE_CHANNEL, json.dumps(message, separators=(",", ":"))])
            if row is not None and row[0]:
                raise Stopped(_("The import of %(file)s was stopped; nothing was changed.") % {"file": run.file_name})

        yield tell


def ask_to_stop(run: ImportRun) -> None:
    """The next time the work tells how far it is, it ends."""
    ImportProgress.objects.update_or_create(run=run, defaults={"is_to_stop": True})


def begin_anew(run: ImportRun) -> None:
    """A wish to stop belongs to the work it was said of, not to the next."""
    ImportProgress.objects.filter(run=run).delete()
