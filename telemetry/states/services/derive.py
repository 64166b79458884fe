"""Deriving: dirty stretches of machines' time become states again. Late data change telemetry and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Machine
from telemetry.states.events import MACHINE_STATE_CHANGED
from telemetry.states.models import CounterStep, StateCheckpoint, StateInterval
from telemetry.states.queries.history import Version, checkpoints_from, versions_of
from telemetry.states.rules.moments import from_us, to_us
from telemetry.states.rules.stretches import HOUR, merged
from telemetry.states.services.redraw import Redrawn, redraw
from telemetry.states.services.store import Changed, store
from telemetry.states.states import DISPLAY_FAMILY

# The first number of the advisory lock that keeps two processes off one machine.
_LOCK = 0x4D57


@dataclass(frozen=True)
class Derived:
    """What one pass over a machine did. ``ranges``: dirty stretches claimed; ``changed``: states redrawn."""

    machine_id: int
    ranges: int
    changed: bool


def waiting_machines(at: datetime, limit: int) -> list[int]:
    """Machines with dirty stretches, and those on whom silence has fallen; the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT machine_id FROM ("
            " SELECT machine_id, min(created_at) AS since FROM telemetry_dirtyrange GROUP BY machine_id"
            " UNION ALL SELECT machine_id, wakes_at FROM telemetry_statecheckpoint WHERE wakes_at <= %s"
            ") AS waiting GROUP BY machine_id ORDER BY min(since) LIMIT %s",
            [at, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def next_wake() -> datetime | None:
    """When silence will next change a machine's state."""
    moment: datetime | None = (
        StateCheckpoint.objects.exclude(wakes_at=None).order_by("wakes_at").values_list("wakes_at", flat=True).first()
    )
    return moment


def derive_machine(*, actor: User, machine_id: int, at: datetime) -> Derived | None:
    """Claim a machine's dirty stretches and redraw them; None when another process has the machine.

    Claim and result are one transaction (open it with ``acting``): a process killed in between
    leaves the stretches dirty and everything else as it was.
    """
    if not _machine_is_ours(machine_id):
        return None
    ranges = _claim(machine_id)
    versions = versions_of(machine_id)
    now = to_us(at)
    if not versions or versions[0].valid_from > now:
        _forget(machine_id)
        return Derived(machine_id, len(ranges), False)
    changes: list[Changed] = []
    for start, end in merged(ranges, HOUR) or [(now, now)]:
        changed = store(machine_id, versions, _redrawn(machine_id, versions, start, end, now))
        if changed is not None:
            changes.append(changed)
    if changes:
        _tell(actor, machine_id, changes, at)
    return Derived(machine_id, len(ranges), bool(changes))


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


def _redrawn(machine_id: int, versions: list[Version], start: int, end: int, now: int) -> Redrawn:
    return redraw(versions, checkpoints_from(machine_id, versions, start), start, end, now)


def _machine_is_ours(machine_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, machine_id])
        return bool(cursor.fetchone()[0])


def _claim(machine_id: int) -> list[tuple[int, int]]:
    """Take the machine's dirty stretches; those being written at this moment are taken next time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM telemetry_dirtyrange WHERE id IN"
            " (SELECT id FROM telemetry_dirtyrange WHERE machine_id = %s FOR UPDATE SKIP LOCKED)"
            " RETURNING started_at, ended_at",
            [machine_id],
        )
        return [(to_us(start), to_us(end)) for start, end in cursor.fetchall()]


def _forget(machine_id: int) -> None:
    """Without a rule in force there is no time line."""
    for model in (StateInterval, CounterStep, StateCheckpoint):
        model.objects.filter(machine_id=machine_id).delete()


def _tell(actor: User, machine_id: int, changes: Iterable[Changed], at: datetime) -> None:
    """One event a pass: the newest state, and the stretch that reads differently now."""
    machine = Machine.objects.get(pk=machine_id)
    newest = StateInterval.objects.filter(machine_id=machine_id).order_by("-started_at").first()
    if newest is None:
        return
    ends = [change.ended_at for change in changes]
    live = {"s": DISPLAY_FAMILY[newest.state], "since": to_us(newest.started_at) // 1000}
    publish(
        MACHINE_STATE_CHANGED,
        about=[machine],
        at=at,
        actor=actor,
        live=live,
        machine_id=machine_id,
        state=newest.state,
        word=newest.word,
        since=newest.started_at.isoformat(),
        redrawn_from=from_us(min(change.started_at for change in changes)).isoformat(),
        redrawn_to=None if None in ends else from_us(max(end for end in ends if end is not None)).isoformat(),
    )
