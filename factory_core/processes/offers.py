"""Lines of the health report that apps above the floor bring along when they start."""

from collections.abc import Callable

from factory_core.processes.rules import Part

_offered: list[Callable[[], Part | None]] = []


def offer_part(part: Callable[[], Part | None]) -> None:
    """Add a line to the health report; it is asked each time the report is made, and may have nothing to say."""
    if part not in _offered:
        _offered.append(part)


def offered_parts() -> list[Part]:
    """The lines that the apps brought along."""
    return [told for part in _offered if (told := part()) is not None]
