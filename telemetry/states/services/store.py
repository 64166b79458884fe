"""Puts a redrawn time line away: only what differs is written, and the changed stretch is told."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from telemetry.states.models import CounterStep, StateCheckpoint, StateInterval
from telemetry.states.queries.history import Checkpoint, Version, in_force
from telemetry.states.rules.counters import Tallies
from telemetry.states.rules.definition import FOREVER
from telemetry.states.rules.fold import Interval
from telemetry.states.rules.moments import from_us, to_us
from telemetry.states.rules.stretches import HOUR, changed_stretch, worth_keeping
from telemetry.states.services.redraw import Redrawn

_SMALLEST_DELTA = Decimal("0.000000001")


@dataclass(frozen=True)
class Changed:
    """The stretch (microseconds; no end: up to the present) whose states now read differently."""

    started_at: int
    ended_at: int | None


def store(machine_id: int, versions: list[Version], redrawn: Redrawn) -> Changed | None:
    """Replace what differs: intervals, counter steps, checkpoints. None when no state changed."""
    changed = _store_intervals(machine_id, versions, redrawn)
    _store_steps(machine_id, versions, redrawn)
    _store_checkpoints(machine_id, redrawn)
    return changed


def _store_intervals(machine_id: int, versions: list[Version], redrawn: Redrawn) -> Changed | None:
    # The interval open at the checkpoint is the first that can have changed; the one open where
    # the old result was joined is the first that cannot.
    first = redrawn.began.memory.open[0] if redrawn.began and redrawn.began.memory.open else None
    rows = StateInterval.objects.filter(machine_id=machine_id)
    if first is not None:
        rows = rows.filter(started_at__gte=from_us(first))
    if redrawn.ended is not None:
        if redrawn.ended.memory.open is None:
            return None
        rows = rows.filter(started_at__lt=from_us(redrawn.ended.memory.open[0]))
    stored = list(rows.order_by("started_at"))
    old = [
        Interval(to_us(row.started_at), None if row.ended_at is None else to_us(row.ended_at), row.state, row.word)
        for row in stored
    ]
    stretch = changed_stretch(old, redrawn.intervals)
    _replace(machine_id, versions, stored, old, redrawn.intervals)
    return None if stretch is None else Changed(*stretch)


def _replace(
    machine_id: int, versions: list[Version], stored: list[StateInterval], old: list[Interval], new: list[Interval]
) -> None:
    """Write the difference; an interval that keeps its start keeps its row."""
    wanted = {interval.started_at: interval for interval in new}
    gone, kept = [], []
    for row, interval in zip(stored, old, strict=True):
        following = wanted.pop(interval.started_at, None)
        if following is None:
            gone.append(row.pk)
        elif following != interval or row.rule_id != _rule_at(versions, following.started_at):
            row.ended_at = None if following.ended_at is None else from_us(following.ended_at)
            row.state, row.word = following.state, following.word
            row.rule_id = _rule_at(versions, following.started_at)
            kept.append(row)
    # First out, then shorter, then in: two intervals must not overlap even for a moment.
    if gone:
        StateInterval.objects.filter(pk__in=gone).delete()
    if kept:
        _update(kept)
    if not wanted:
        return
    StateInterval.objects.bulk_create(
        StateInterval(
            machine_id=machine_id,
            started_at=from_us(interval.started_at),
            ended_at=None if interval.ended_at is None else from_us(interval.ended_at),
            state=interval.state,
            word=interval.word,
            rule_id=_rule_at(versions, interval.started_at),
        )
        for interval in wanted.values()
    )


def _update(rows: list[StateInterval]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE telemetry_stateinterval SET ended_at = %s, state = %s, word = %s, rule_id = %s WHERE id = %s",
            [(row.ended_at, row.state, row.word, row.rule_id, row.pk) for row in rows],
        )


def _rule_at(versions: list[Version], at: int) -> int | None:
    version = in_force(versions, at)
    return None if version is None else version.rule_id


def _store_steps(machine_id: int, versions: list[Version], redrawn: Redrawn) -> None:
    if not any(version.definition.counters for version in versions):
        return
    rows = _steps_in_reach(machine_id, redrawn)
    tags = _counted_tags(versions)
    wanted = Counter(
        (tags[step.tag][0], step.at, step.delta.quantize(_SMALLEST_DELTA), step.kind, tags[step.tag][1])
        for step in redrawn.steps
        if step.tag in tags
    )
    gone = []
    for row in rows:
        key = (row.tag_id, to_us(row.at), row.delta, row.kind, row.counts)
        if wanted[key] > 0:
            wanted[key] -= 1
        else:
            gone.append(row.pk)
    if gone:
        CounterStep.objects.filter(pk__in=gone).delete()
    CounterStep.objects.bulk_create(
        CounterStep(machine_id=machine_id, tag_id=tag, at=from_us(at), delta=delta, kind=kind, counts=counts)
        for tag, at, delta, kind, counts in wanted.elements()
    )


def _steps_in_reach(machine_id: int, redrawn: Redrawn) -> list[CounterStep]:
    """The stored steps that the walk could have drawn differently; a doubt reaches back to its reading."""
    began, ended = redrawn.began, redrawn.ended
    rows = CounterStep.objects.filter(machine_id=machine_id)
    if began is not None:
        rows = rows.filter(at__gte=from_us(min([began.at, *_doubts(began.tallies).values()])))
    if ended is not None:
        rows = rows.filter(at__lt=from_us(ended.at))
    names = _names(redrawn)
    reach_from = {} if began is None else _doubts(began.tallies)
    reach_to = {} if ended is None else _doubts(ended.tallies)
    first = 0 if began is None else began.at
    last = FOREVER if ended is None else ended.at
    return [
        row
        for row in rows.order_by("at")
        if reach_from.get(names.get(row.tag_id, ""), first)
        <= to_us(row.at)
        < reach_to.get(names.get(row.tag_id, ""), last)
    ]


def _doubts(tallies: Tallies) -> dict[str, int]:
    return {tag: tally.doubt_at for tag, tally in tallies.items() if tally.doubt_at is not None}


def _names(redrawn: Redrawn) -> dict[int, str]:
    heard = redrawn.newest.version.heard
    return {**heard.numbers, **heard.texts}


def _counted_tags(versions: list[Version]) -> dict[str, tuple[int, str]]:
    """Tag id and what it counts, per counter name; a later rule's word for it wins."""
    found: dict[str, tuple[int, str]] = {}
    for version in versions:
        for counted in version.definition.counters:
            key = version.heard.id_of(counted.tag)
            if key is not None:
                found[counted.tag] = (key, counted.counts)
    return found


def _store_checkpoints(machine_id: int, redrawn: Redrawn) -> None:
    newest: Checkpoint = redrawn.newest
    if redrawn.ended is None:
        StateCheckpoint.objects.filter(machine_id=machine_id).exclude(wakes_at=None).update(wakes_at=None)
    StateCheckpoint.objects.bulk_create(
        [
            StateCheckpoint(
                machine_id=machine_id,
                at=from_us(at),
                rule_id=checkpoint.version.rule_id,
                memory=checkpoint.as_json(),
                wakes_at=from_us(redrawn.wakes_at) if at == newest.at and redrawn.wakes_at is not None else None,
            )
            for at, checkpoint in redrawn.checkpoints.items()
        ],
        update_conflicts=True,
        unique_fields=["machine", "at"],
        update_fields=["rule", "memory", "wakes_at"],
    )
    if redrawn.ended is None:
        _thin_out(machine_id, newest.at, whole=len(redrawn.checkpoints) > 1)


def _thin_out(machine_id: int, newest: int, *, whole: bool) -> None:
    """Keep the ladder. Most passes only look at its dense end; crossing an hour looks at all of it."""
    rows = StateCheckpoint.objects.filter(machine_id=machine_id)
    if not whole:
        rows = rows.filter(at__gte=from_us(newest - 2 * HOUR))
    moments = {to_us(at): at for at in rows.values_list("at", flat=True)}
    dropped = [moments[moment] for moment in moments.keys() - worth_keeping(moments)]
    if dropped:
        StateCheckpoint.objects.filter(machine_id=machine_id, at__in=dropped).delete()
