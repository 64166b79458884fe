"""Whom the derive process has to look after, and when it has to wake for silence."""

from datetime import datetime
from typing import Final

from django.db import connection

from telemetry.states.models import StateCheckpoint
from telemetry.states.rules.moments import from_us, to_us
from telemetry.states.rules.stretches import MINUTE

# What lies no further back counts as the present: small, many at a time, in front of people's eyes.
NEAR: Final = 15 * MINUTE

_WAITING = """
SELECT machine_id FROM (
    SELECT machine_id, created_at AS since, started_at AS reaches FROM telemetry_dirtyrange
    UNION ALL
    SELECT machine_id, wakes_at, 'infinity' FROM telemetry_statecheckpoint WHERE wakes_at <= %(at)s
) AS waiting
GROUP BY machine_id HAVING %(past)s::boolean IS NULL OR (min(reaches) < %(near)s) = %(past)s
ORDER BY min(since) LIMIT %(limit)s
"""


def waiting_machines(at: datetime, limit: int, *, long_past: bool | None = None) -> list[int]:
    """Machines with dirty stretches, and those on whom silence has fallen; the longest waiting first.

    ``long_past``: only machines whose dirt reaches back further than the last minutes, which may take
    long to redraw; False: only the others; None: all.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"at": at, "past": long_past, "near": from_us(to_us(at) - NEAR), "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def next_wake() -> datetime | None:
    """When silence, or the next rule, will change a machine's state."""
    wakes = StateCheckpoint.objects.exclude(wakes_at=None).order_by("wakes_at")
    moment: datetime | None = wakes.values_list("wakes_at", flat=True).first()
    return moment
