"""An event is one sentence; moments in it are told by the clock on the wall."""

from django.utils import timezone

from factory_core.events.models import Event
from factory_core.events.types import EventType

STRUCK = EventType("test.clock_struck", "{about[0]} struck at {at}, {times} times, {note}")


def test_moments_are_told_in_the_readers_time_and_everything_else_as_it_is() -> None:
    event = Event(
        name=STRUCK.name,
        about=[{"label": "The clock"}],
        payload={"at": "2026-11-21T13:35:22.042541+00:00", "times": 3, "note": "2026-11-21 Tuesday"},
    )
    with timezone.override("Europe/Berlin"):
        assert event.sentence == "The clock struck at 2026-11-21 14:35:22, 3 times, 2026-11-21 Tuesday"
    event.payload["at"] = "2026-11-21T13:35:22Z"
    with timezone.override("UTC"):
        assert event.sentence == "The clock struck at 2026-11-21 13:35:22, 3 times, 2026-11-21 Tuesday"
