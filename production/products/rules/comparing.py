"""What differs between two versions of a design."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """One thing that is in both versions, and its facts that differ: name → (before, after)."""

    key: Hashable
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    facts: dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Difference:
    """What the second version has beside the first, what it lacks, and what it has otherwise."""

    added: list[Mapping[str, Any]]
    removed: list[Mapping[str, Any]]
    changed: list[Change]

    @property
    def is_none(self) -> bool:
        """Whether both are alike."""
        return not (self.added or self.removed or self.changed)


def differences(
    before: Mapping[Hashable, Mapping[str, Any]], after: Mapping[Hashable, Mapping[str, Any]]
) -> Difference:
    """Compare facts by key, each in the order in which it is given."""
    changed = []
    for key, facts in after.items():
        former = before.get(key)
        if former is None:
            continue
        unlike = {name: (former.get(name), value) for name, value in facts.items() if former.get(name) != value}
        if unlike:
            changed.append(Change(key, former, facts, unlike))
    return Difference(
        added=[facts for key, facts in after.items() if key not in before],
        removed=[facts for key, facts in before.items() if key not in after],
        changed=changed,
    )
