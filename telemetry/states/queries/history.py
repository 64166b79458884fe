"""What is stored about a machine's past: rule versions, checkpoints, intervals."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from django.db.models import Q, Subquery

from telemetry.states.models import StateCheckpoint, StateRule
from telemetry.states.queries.readings import Heard, heard_by
from telemetry.states.rules.counters import Tallies, Tally
from telemetry.states.rules.definition import Definition, read_definition
from telemetry.states.rules.fold import Memory
from telemetry.states.rules.moments import from_us, to_us


@dataclass(frozen=True)
class Version:
    """One rule of a machine, the moment (microseconds) it took over, and the tags it listens to."""

    rule_id: int
    valid_from: int
    definition: Definition
    heard: Heard


class Checkpoint(NamedTuple):
    """Where deriving may go on: everything before ``memory.until`` is in it."""

    version: Version
    memory: Memory
    tallies: Tallies

    @property
    def at(self) -> int:
        """The moment up to which readings are folded, exclusive."""
        return self.memory.until

    def as_json(self) -> dict[str, Any]:
        """The stored form."""
        built: dict[str, Any] = msgspec.to_builtins({"fold": self.memory, "tallies": self.tallies})
        return built


def versions_of(machine_id: int) -> list[Version]:
    """The machine's rules, the oldest first. Raises RuleMistake for a stored rule nobody can read."""
    rules = StateRule.objects.filter(machine_id=machine_id).order_by("valid_from")
    versions = []
    for rule in rules:
        definition = read_definition(rule.definition)
        versions.append(Version(rule.pk, to_us(rule.valid_from), definition, heard_by(machine_id, definition)))
    return versions


def in_force(versions: list[Version], at: int) -> Version | None:
    """The version that decides at a moment; None before the first."""
    index = bisect_right(versions, at, key=lambda version: version.valid_from)
    return versions[index - 1] if index else None


def checkpoints_from(machine_id: int, versions: list[Version], start: int) -> list[Checkpoint]:
    """The newest checkpoint at or before ``start`` (where there is one), and all after it."""
    known = {version.rule_id: version for version in versions}
    rows = StateCheckpoint.objects.filter(machine_id=machine_id, rule_id__in=known)
    before = rows.filter(at__lte=from_us(start)).order_by("-at").values("at")[:1]
    wanted = rows.filter(Q(at__gt=from_us(start)) | Q(at=Subquery(before))).order_by("at")
    return [
        Checkpoint(
            known[rule_id],
            msgspec.convert(memory["fold"], Memory),
            msgspec.convert(memory["tallies"], dict[str, Tally]),
        )
        for rule_id, memory in wanted.values_list("rule_id", "memory")
    ]
