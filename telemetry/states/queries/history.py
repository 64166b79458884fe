"""What is stored about machines' past: rule versions and checkpoints, for many machines in one question."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import msgspec
from django.db import connection

from telemetry.states.queries.readings import Heard, heard_by
from telemetry.states.rules.counters import Tallies
from telemetry.states.rules.definition import Definition, read_definition, tags_of
from telemetry.states.rules.fold import Memory
from telemetry.states.rules.moments import from_us, to_us

_RULES = """
SELECT id, machine_id, valid_from, definition::text FROM telemetry_staterule
 WHERE machine_id = ANY(%s) ORDER BY machine_id, valid_from
"""
# The newest checkpoint at or before each machine's moment, and everything after it.
_CHECKPOINTS = """
SELECT kept.machine_id, kept.rule_id, kept.memory::text
  FROM unnest(%s::bigint[], %s::timestamptz[]) AS wanted(machine_id, start)
  JOIN telemetry_statecheckpoint AS kept ON kept.machine_id = wanted.machine_id AND kept.at >= coalesce(
    (SELECT max(at) FROM telemetry_statecheckpoint
      WHERE machine_id = wanted.machine_id AND at <= wanted.start), wanted.start)
 ORDER BY kept.machine_id, kept.at
"""


@dataclass(frozen=True)
class Version:
    """One rule of a machine, the moment (microseconds) it took over, and the tags it listens to."""

    rule_id: int
    valid_from: int
    definition: Definition
    heard: Heard


class Kept(msgspec.Struct):
    """The stored form of what a checkpoint remembers."""

    fold: Memory
    tallies: Tallies


class Checkpoint(NamedTuple):
    """Where deriving may go on: everything before ``memory.until`` is in it."""

    version: Version
    memory: Memory
    tallies: Tallies

    @property
    def at(self) -> int:
        """The moment up to which readings are folded, exclusive."""
        return self.memory.until

    @property
    def opened_at(self) -> int | None:
        """When the interval began that is open here."""
        return None if self.memory.open is None else self.memory.open[0]

    def as_json(self) -> str:
        """The stored form."""
        return _WRITE(Kept(self.memory, self.tallies)).decode()


_READ = msgspec.json.Decoder(Kept).decode
_WRITE = msgspec.json.Encoder().encode


def versions_of(machine_ids: Collection[int]) -> dict[int, list[Version]]:
    """Each machine's rules, the oldest first. Raises RuleMistake for a stored rule nobody can read."""
    with connection.cursor() as cursor:
        cursor.execute(_RULES, [list(machine_ids)])
        rules = [(key, machine, to_us(start), _definition(text)) for key, machine, start, text in cursor.fetchall()]
    heard = heard_by(
        {machine for _key, machine, _start, _rule in rules}, {t for *_, rule in rules for t in tags_of(rule)}
    )
    versions: dict[int, list[Version]] = defaultdict(list)
    for key, machine, start, rule in rules:
        versions[machine].append(Version(key, start, rule, heard[machine].only(tags_of(rule))))
    return versions


def in_force(versions: list[Version], at: int) -> Version | None:
    """The version that decides at a moment; None before the first."""
    index = bisect_right(versions, at, key=lambda version: version.valid_from)
    return versions[index - 1] if index else None


def checkpoints_from(starts: Mapping[int, int], versions: Mapping[int, list[Version]]) -> dict[int, list[Checkpoint]]:
    """Per machine the newest checkpoint at or before its start (where there is one), and all after it."""
    known = {version.rule_id: version for each in versions.values() for version in each}
    found: dict[int, list[Checkpoint]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_CHECKPOINTS, [list(starts), [from_us(start) for start in starts.values()]])
        for machine, rule, text in cursor.fetchall():
            kept = _READ(text)
            found[machine].append(Checkpoint(known[rule], kept.fold, kept.tallies))
    return found


@lru_cache(maxsize=1024)
def _definition(text: str) -> Definition:
    return read_definition(text)
