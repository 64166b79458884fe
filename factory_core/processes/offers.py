"""Lines of the health report that apps above the floor bring along when they start."""

from collections.abc import Callable

from factory_core.processes.rules import Part

_offered: list[Callable[[], Part]] = []


def offer_part(part: Callable[[], Part]) -> None:
    """Add a line to the health report; it is asked each time the report is made."""
    if part not in _offered:
        _offered.append(part)


def offered_parts() -> list[Part]:
    """The lines that the apps brought along."""
    return [part() for part in _offered]
