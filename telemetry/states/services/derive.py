"""Deriving: dirty stretches of machines' time become states again. Late data change telemetry and nothing else."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Machine
from telemetry.states.events import MACHINE_STATE_CHANGED
from telemetry.states.models import CounterStep, StateCheckpoint, StateInterval
from telemetry.states.queries.history import Version, checkpoints_from, versions_of
from telemetry.states.queries.readings import fresh_readings
from telemetry.states.queries.timeline import current_states
from telemetry.states.queries.waiting import NEAR
from telemetry.states.rules.moments import from_us, to_us
from telemetry.states.rules.stretches import HOUR, merged
from telemetry.states.services.redraw import redraw
from telemetry.states.services.store import Changed, Drawn, store_checkpoints, store_states
from telemetry.states.services.store_steps import store_steps

# The first number of the advisory lock that keeps two processes off one machine.
_LOCK = 0x4D57


@dataclass(frozen=True)
class Derived:
    """What one pass over a machine did. ``ranges``: dirty stretches claimed; ``changed``: states redrawn."""

    machine_id: int
    ranges: int
    changed: bool


def derive_machines(*, actor: User, machine_ids: Collection[int], at: datetime) -> list[Derived]:
    """Claim the dirty stretches of machines and redraw them; a machine that another process has is left out.

    Claim and result are one transaction (open it with ``acting``): a process killed in between
    leaves the stretches dirty and everything else as it was.
    """
    ours = _lock(machine_ids)
    ranges = _claim(ours)
    versions = versions_of(ours)
    now = to_us(at)
    ruled = [machine for machine in ours if versions.get(machine) and versions[machine][0].valid_from <= now]
    _forget(set(ours) - set(ruled))
    changes: dict[int, list[Changed]] = defaultdict(list)
    present = (now, now)
    left = {machine: merged(ranges.get(machine, []), HOUR) or [present] for machine in ruled}
    while left:
        stretches = {machine: todo.pop(0) for machine, todo in left.items()}
        drawn = _draw(stretches, versions, now)
        for machine, changed in store_states(drawn).items():
            changes[machine].append(changed)
        store_steps(drawn)
        store_checkpoints(drawn)
        for machine, _versions, redrawn in drawn:
            # Late data that joined the old line said nothing about the present, where silence may have fallen.
            if redrawn.ended is not None and not left[machine] and stretches[machine] != present:
                left[machine].append(present)
        left = {machine: todo for machine, todo in left.items() if todo}
    _tell(actor, changes, at)
    return [Derived(machine, len(ranges.get(machine, ())), machine in changes) for machine in ours]


def derive_machine(*, actor: User, machine_id: int, at: datetime) -> Derived | None:
    """``derive_machines`` for one; None when another process has it."""
    return next(iter(derive_machines(actor=actor, machine_ids=[machine_id], at=at)), None)


def rebuild_states(*, actor: User, machine_id: int, at: datetime) -> bool:
    """Derive everything of a machine from its readings again; True when something was different.

    Stored intervals are a projection: a rebuilt time line equals the stored one unless rules or
    readings were changed behind its back.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, machine_id])
    StateCheckpoint.objects.filter(machine_id=machine_id).delete()
    derived = derive_machine(actor=actor, machine_id=machine_id, at=at)
    return derived is not None and derived.changed


def _draw(stretches: dict[int, tuple[int, int]], versions: dict[int, list[Version]], now: int) -> list[Drawn]:
    """Redraw one stretch of each machine. Readings of the last minutes are fetched for all of them at once."""
    stored = checkpoints_from({machine: start for machine, (start, _end) in stretches.items()}, versions)
    near = {}
    for machine, (start, _end) in stretches.items():
        began = next((mark for mark in reversed(stored[machine]) if mark.at <= start), None)
        newest = versions[machine][-1]
        # Across a change of rule the walk has to fetch for itself.
        if began is not None and began.at > now - NEAR and began.version == newest and began.at >= newest.valid_from:
            near[machine] = (began.version.heard, began.at)
    fresh = fresh_readings(near, now)
    return [
        Drawn(
            machine,
            versions[machine],
            redraw(versions[machine], stored[machine], start, end, now, fresh.get(machine)),
        )
        for machine, (start, end) in stretches.items()
    ]


def _lock(machine_ids: Collection[int]) -> list[int]:
    """The machines that no other process has; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM unnest(%s::int[]) AS id WHERE pg_try_advisory_xact_lock(%s, id)",
            [sorted(machine_ids), _LOCK],
        )
        return [row[0] for row in cursor.fetchall()]


def _claim(machine_ids: list[int]) -> dict[int, list[tuple[int, int]]]:
    """Take the machines' dirty stretches; those being written at this moment are taken next time."""
    claimed: dict[int, list[tuple[int, int]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM telemetry_dirtyrange WHERE id IN"
            " (SELECT id FROM telemetry_dirtyrange WHERE machine_id = ANY(%s) FOR UPDATE SKIP LOCKED)"
            " RETURNING machine_id, started_at, ended_at",
            [machine_ids],
        )
        for machine, start, end in cursor.fetchall():
            claimed[machine].append((to_us(start), to_us(end)))
    return claimed


def _forget(machine_ids: set[int]) -> None:
    """Without a rule in force there is no time line."""
    if machine_ids:
        for model in (StateInterval, CounterStep, StateCheckpoint):
            model.objects.filter(machine_id__in=machine_ids).delete()


def _tell(actor: User, changes: dict[int, list[Changed]], at: datetime) -> None:
    """One event a pass and machine: the newest state, and the stretch that reads differently now."""
    if not changes:
        return
    machines = Machine.objects.in_bulk(list(changes))
    states = current_states(changes)
    for machine, redrawn in changes.items():
        newest = states.get(machine)
        if newest is None:
            continue
        ends = [change.ended_at for change in redrawn]
        publish(
            MACHINE_STATE_CHANGED,
            about=[machines[machine]],
            at=at,
            actor=actor,
            live={"s": newest.display, "since": to_us(newest.started_at) // 1000},
            machine_id=machine,
            state=newest.state,
            word=newest.word,
            since=newest.started_at.isoformat(),
            redrawn_from=from_us(min(change.started_at for change in redrawn)).isoformat(),
            redrawn_to=None if None in ends else from_us(max(end for end in ends if end is not None)).isoformat(),
        )
