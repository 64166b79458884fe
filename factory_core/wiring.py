"""When this happened, these react. The whole wiring of the house, readable in one table."""

from collections.abc import Mapping, Sequence

from factory_core.events.types import EventType
from factory_core.jobs.wiring import Reaction

WIRING: Mapping[EventType, Sequence[Reaction]] = {}
