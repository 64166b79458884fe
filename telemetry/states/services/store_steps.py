"""Puts redrawn counter steps away: only what differs is written."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from telemetry.states.queries.history import Checkpoint, Version
from telemetry.states.rules.counters import Step
from telemetry.states.rules.definition import FOREVER
from telemetry.states.rules.moments import from_us, to_us
from telemetry.states.services.redraw import Redrawn
from telemetry.states.services.store import Drawn

_SMALLEST_DELTA = Decimal("0.000000001")
_STORED = """
SELECT row.machine_id, row.id, row.tag_id, row.at, row.delta, row.kind, row.counts
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS wanted(machine_id, first, stop)
  JOIN telemetry_counterstep AS row
    ON row.machine_id = wanted.machine_id AND row.at >= wanted.first AND row.at < wanted.stop
"""
_NEW = """
INSERT INTO telemetry_counterstep (machine_id, tag_id, at, delta, kind, counts)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::numeric[], %s::text[], %s::text[])
"""


class _Step(NamedTuple):
    machine_id: int
    tag_id: int
    at: datetime
    delta: Decimal
    kind: str
    counts: str


def store_steps(drawn: Sequence[Drawn]) -> None:
    """Replace the counter steps that differ."""
    counted = [each for each in drawn if any(version.definition.counters for version in each.versions)]
    if not counted:
        return
    stored = _stored(counted)
    gone: list[int] = []
    added: list[_Step] = []
    for machine_id, versions, redrawn in counted:
        tags = _counted_tags(versions)
        wanted = Counter(
            _Step(machine_id, tags[step.tag][0], from_us(step.at), *_amount(step), tags[step.tag][1])
            for step in redrawn.steps
            if step.tag in tags
        )
        reach = _Reach(redrawn, {key: name for name, (key, _counts) in tags.items()})
        for number, row in stored[machine_id]:
            if not reach.covers(row):
                continue
            if wanted[row] > 0:
                wanted[row] -= 1
            else:
                gone.append(number)
        added += wanted.elements()
    with connection.cursor() as cursor:
        if gone:
            cursor.execute("DELETE FROM telemetry_counterstep WHERE id = ANY(%s)", [gone])
        if added:
            cursor.execute(_NEW, [list(column) for column in zip(*added, strict=True)])


class _Reach:
    """Which stored steps a walk could have drawn differently; a doubt reaches back to its reading."""

    def __init__(self, redrawn: Redrawn, names: dict[int, str]) -> None:
        self._names = names
        self._first, self._last = redrawn.began, redrawn.ended

    def covers(self, row: _Step) -> bool:
        """Whether the walk's steps are the whole truth about this one."""
        name = self._names.get(row.tag_id, "")
        return _open_since(self._first, name, 0) <= to_us(row.at) < _open_since(self._last, name, FOREVER)


def _amount(step: Step) -> tuple[Decimal, str]:
    return step.delta.quantize(_SMALLEST_DELTA), step.kind


def _open_since(checkpoint: Checkpoint | None, tag: str, otherwise: int) -> int:
    """From when on a tag's steps are still open at a checkpoint."""
    if checkpoint is None:
        return otherwise
    tally = checkpoint.tallies.get(tag)
    return checkpoint.at if tally is None or tally.doubt_at is None else tally.doubt_at


def _stored(drawn: Sequence[Drawn]) -> dict[int, list[tuple[int, _Step]]]:
    machines, first, stop = [], [], []
    for machine_id, _versions, redrawn in drawn:
        machines.append(machine_id)
        began, ended = redrawn.began, redrawn.ended
        since = None if began is None else min(_open_since(began, tag, began.at) for tag in [*began.tallies, ""])
        first.append("-infinity" if since is None else from_us(since).isoformat())
        stop.append("infinity" if ended is None else from_us(ended.at).isoformat())
    found: dict[int, list[tuple[int, _Step]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_STORED, [machines, first, stop])
        for machine_id, number, *rest in cursor.fetchall():
            found[machine_id].append((number, _Step(machine_id, *rest)))
    return found


def _counted_tags(versions: Sequence[Version]) -> dict[str, tuple[int, str]]:
    """Tag id and what it counts, per counter name; a later rule's word for it wins."""
    found: dict[str, tuple[int, str]] = {}
    for version in versions:
        for counted in version.definition.counters:
            key = version.heard.id_of(counted.tag)
            if key is not None:
                found[counted.tag] = (key, counted.counts)
    return found
