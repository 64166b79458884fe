"""Which reactions follow which event. The table itself is `factory_core/wiring.py`; the roof hands it in at start."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from factory_core.events.types import EventRecord, EventType

if TYPE_CHECKING:
    from factory_core.events.models import Event

_table: dict[str, list["Reaction"]] = {}


@dataclass(frozen=True)
class Reaction:
    """A function of the app that acts, by its full name, and the payload key whose events must be handled in order.

    The name is also what its being done is remembered under: whoever moves a reaction leaves its old jobs behind.
    """

    name: str
    in_order_of: str = ""

    @property
    def function(self) -> Callable[[EventRecord], None]:
        """The function itself, loaded when it is needed. Raises ImportError or AttributeError when there is none."""
        module, _dot, function = self.name.rpartition(".")
        found: Callable[[EventRecord], None] = getattr(import_module(module), function)
        return found

    def defer(self, event: "Event") -> None:
        """Queue this reaction in the event's own transaction: both exist, or neither."""
        from factory_core.jobs.tasks import react

        lock = f"{self.name}:{event.payload[self.in_order_of]}" if self.in_order_of else None
        react.configure(lock=lock).defer(event_id=event.pk, reaction=self.name)


def wire(table: Mapping[EventType, Sequence[Reaction]]) -> None:
    """Hand the roof's table to the floor. Called once, when all apps are ready."""
    _table.clear()
    _table.update({kind.name: list(reactions) for kind, reactions in table.items()})


def reactions_to(event_name: str) -> list[Reaction]:
    """The reactions that an event of this name sets off."""
    return _table.get(event_name, [])


def reaction_named(name: str) -> Reaction:
    """The reaction of that name. Raises KeyError when no longer wired (a job from an older version)."""
    return {reaction.name: reaction for reactions in _table.values() for reaction in reactions}[name]
