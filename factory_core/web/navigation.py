"""At most five entries in the bar and the rest under "More"; apps offer theirs, a person sees what they may open."""

from dataclasses import dataclass
from typing import Any

from factory_core.access.policy import may
from factory_core.people.models import User

MOST_ENTRIES = 5


@dataclass(frozen=True)
class Entry:
    """A place to go: address, title, the capability that opens it, and its rank in the bar."""

    url: str
    title: Any
    capability: str
    rank: int


_entries: list[Entry] = []


def offer(entry: Entry) -> None:
    """Add an entry to the bar (called when an app starts)."""
    if entry not in _entries:
        _entries.append(entry)
        _entries.sort(key=lambda known: known.rank)


def entries_for(user: User) -> list[Entry]:
    """The entries this person may open, the most important first; each place once."""
    found: dict[str, Entry] = {}
    for entry in _entries:
        if entry.url not in found and may(user, entry.capability):
            found[entry.url] = entry
    return list(found.values())
