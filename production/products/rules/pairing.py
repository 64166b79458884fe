"""Which line of a file is which line of the structure that is there."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]
Naming = Callable[[Facts], Hashable | None]


def _named(*names: str) -> Naming:
    """A name made of these facts; none where one of them is not said."""

    def name(facts: Facts) -> Hashable | None:
        found = tuple(facts.get(each) for each in names)
        return None if any(one is None or one == "" for one in found) else found

    return name


def _since(facts: Facts) -> Hashable | None:
    return facts["item"], facts.get("valid_from")


# The surest first. A part that was changed keeps its place on the board, or its position.
NAMINGS: tuple[Naming, ...] = (
    _named("item", "position", "valid_from"),
    _named("item", "designators", "valid_from"),
    _named("item", "designators"),
    _named("item", "position"),
    _since,
    _named("designators"),
    _named("position"),
)


def paired(wanted: Sequence[Facts], there: Sequence[Facts]) -> list[int | None]:
    """For each wanted line the place of the one it means, each only once; None for a new one.

    Lines say their `item`, `position`, `designators` and `valid_from`; a component that says another day on which it
    begins is another line, one that says none means the line of the component, whatever its day.
    """
    found: list[int | None] = [None] * len(wanted)
    free = set(range(len(there)))
    namings = [*NAMINGS[:5], _dateless(wanted), *NAMINGS[5:]]
    for naming in namings:
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for place in sorted(free, reverse=True):
            if (name := naming(there[place])) is not None:
                waiting[name].append(place)
        for index, facts in enumerate(wanted):
            if found[index] is None and (name := naming(facts)) is not None and waiting.get(name):
                place = waiting[name].pop()
                found[index] = place
                free.discard(place)
    return found


def _dateless(wanted: Sequence[Facts]) -> Naming:
    """The component alone, where no wanted line of it says a day."""
    dated = {facts["item"] for facts in wanted if facts.get("valid_from") is not None}
    return lambda facts: None if facts["item"] in dated else facts["item"]
