"""Puts redrawn time lines away, many machines in one statement: only what differs is written."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from telemetry.states.queries.history import Version, in_force
from telemetry.states.rules.fold import Interval
from telemetry.states.rules.moments import from_us, to_us
from telemetry.states.rules.stretches import HOUR, changed_stretch, worth_keeping
from telemetry.states.services.redraw import Redrawn

_STORED = """
SELECT row.machine_id, row.id, row.rule_id, row.started_at, row.ended_at, row.state, row.word
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS wanted(machine_id, first, stop)
  JOIN telemetry_stateinterval AS row
    ON row.machine_id = wanted.machine_id AND row.started_at >= wanted.first AND row.started_at < wanted.stop
 ORDER BY row.machine_id, row.started_at
"""
_GONE = "DELETE FROM telemetry_stateinterval WHERE id = ANY(%s)"
_KEPT = """
UPDATE telemetry_stateinterval AS row
   SET ended_at = new.ended_at, state = new.state, word = new.word, rule_id = new.rule
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::bigint[])
    AS new(id, ended_at, state, word, rule) WHERE row.id = new.id
"""
_NEW = """
INSERT INTO telemetry_stateinterval (machine_id, started_at, ended_at, state, word, rule_id)
SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::bigint[])
"""
_ASLEEP = "UPDATE telemetry_statecheckpoint SET wakes_at = NULL WHERE machine_id = ANY(%s) AND wakes_at IS NOT NULL"
_REMEMBER = """
INSERT INTO telemetry_statecheckpoint (machine_id, at, rule_id, memory, wakes_at)
SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::bigint[], %s::jsonb[], %s::timestamptz[])
ON CONFLICT (machine_id, at)
DO UPDATE SET rule_id = excluded.rule_id, memory = excluded.memory, wakes_at = excluded.wakes_at
"""
_MOMENTS = """
SELECT kept.machine_id, kept.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS wanted(machine_id, first)
  JOIN telemetry_statecheckpoint AS kept ON kept.machine_id = wanted.machine_id AND kept.at >= wanted.first
"""
_DROP = """
DELETE FROM telemetry_statecheckpoint AS kept USING unnest(%s::bigint[], %s::timestamptz[]) AS gone(machine_id, at)
 WHERE kept.machine_id = gone.machine_id AND kept.at = gone.at
"""


class Drawn(NamedTuple):
    """One machine's redrawn time line, and the rules it was drawn by."""

    machine_id: int
    versions: list[Version]
    redrawn: Redrawn


@dataclass(frozen=True)
class Changed:
    """The stretch (microseconds; no end: up to the present) whose states now read differently."""

    started_at: int
    ended_at: int | None


class _Row(NamedTuple):
    id: int
    rule_id: int | None
    interval: Interval


def store_states(drawn: Sequence[Drawn]) -> dict[int, Changed]:
    """Replace the intervals that differ; gives the machines whose states read differently now.

    An interval that keeps its start keeps its row.
    """
    stored = _stored(drawn)
    gone: list[int] = []
    kept: list[tuple[Any, ...]] = []
    added: list[tuple[Any, ...]] = []
    changes: dict[int, Changed] = {}
    for machine_id, versions, redrawn in drawn:
        old, new = stored[machine_id], redrawn.intervals
        stretch = changed_stretch([row.interval for row in old], new)
        if stretch is not None:
            changes[machine_id] = Changed(*stretch)
        wanted = {interval.started_at: interval for interval in new}
        for row in old:
            following = wanted.pop(row.interval.started_at, None)
            if following is None:
                gone.append(row.id)
                continue
            rule = _rule_at(versions, following.started_at)
            if (following, rule) != (row.interval, row.rule_id):
                kept.append((row.id, _moment(following.ended_at), following.state, following.word, rule))
        added += (
            (
                machine_id,
                from_us(interval.started_at),
                _moment(interval.ended_at),
                interval.state,
                interval.word,
                _rule_at(versions, interval.started_at),
            )
            for interval in wanted.values()
        )
    # First out, then shorter, then in: two intervals must not overlap even for a moment.
    if gone:
        _run(_GONE, [gone])
    _run_for(_KEPT, kept)
    _run_for(_NEW, added)
    return changes


def store_checkpoints(drawn: Sequence[Drawn]) -> None:
    """Remember where deriving may go on, and forget the checkpoints nobody will need."""
    present = [each for each in drawn if each.redrawn.ended is None]
    if present:
        _run(_ASLEEP, [[machine_id for machine_id, _versions, _redrawn in present]])
    rows = []
    for machine_id, _versions, redrawn in drawn:
        for at, checkpoint in redrawn.checkpoints.items():
            wakes_at = _moment(redrawn.wakes_at) if at == redrawn.newest.at else None
            rows.append((machine_id, from_us(at), checkpoint.version.rule_id, checkpoint.as_json(), wakes_at))
    _run_for(_REMEMBER, rows)
    _thin_out(present)


def _stored(drawn: Iterable[Drawn]) -> dict[int, list[_Row]]:
    """The stored intervals each walk may have drawn differently.

    The interval open at the checkpoint is the first that can have changed; the one open where the
    old result was joined is the first that cannot.
    """
    wanted = []
    for machine_id, _versions, redrawn in drawn:
        first = redrawn.began.opened_at if redrawn.began else None
        stop = redrawn.ended.opened_at if redrawn.ended else None
        if redrawn.ended is None or stop is not None:
            wanted.append((machine_id, _text(first, "-infinity"), _text(stop, "infinity")))
    stored: dict[int, list[_Row]] = defaultdict(list)
    for machine_id, key, rule_id, started_at, ended_at, state, word in _ask(_STORED, wanted):
        end = None if ended_at is None else to_us(ended_at)
        stored[machine_id].append(_Row(key, rule_id, Interval(to_us(started_at), end, state, word)))
    return stored


def _thin_out(drawn: Iterable[Drawn]) -> None:
    """Keep the ladder. Most passes only look at its dense end; one that crosses an hour looks at all of it."""
    wanted = []
    for machine_id, _versions, redrawn in drawn:
        dense = redrawn.newest.at - 2 * HOUR if len(redrawn.checkpoints) == 1 else None
        wanted.append((machine_id, _text(dense, "-infinity")))
    moments: dict[int, dict[int, datetime]] = defaultdict(dict)
    for machine_id, at in _ask(_MOMENTS, wanted):
        moments[machine_id][to_us(at)] = at
    _run_for(
        _DROP,
        [
            (machine_id, known[moment])
            for machine_id, known in moments.items()
            for moment in known.keys() - worth_keeping(known)
        ],
    )


def _rule_at(versions: list[Version], at: int) -> int | None:
    version = in_force(versions, at)
    return None if version is None else version.rule_id


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_us(microseconds)


def _text(microseconds: int | None, otherwise: str) -> str:
    return otherwise if microseconds is None else from_us(microseconds).isoformat()


def _ask(sql: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, _columns(rows))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _run_for(sql: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        _run(sql, _columns(rows))


def _run(sql: str, parameters: list[list[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def _columns(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
