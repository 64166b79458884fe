"""The queue of a machine for those who plan it: what waits there, how urgent it is, and where else it could go."""

from dataclasses import dataclass

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.orders.models import OrderOperation
from production.orders.queries import operations_waiting

# A queue is worked off from its top; what stands farther down is found by its order.
MOST_QUEUED = 100


@dataclass(frozen=True)
class Queued:
    """A step that waits. `here`: at this machine and no other; `could_move`: other machines of its centre do it too."""

    step: OrderOperation
    here: bool
    could_move: bool


def queued_at(actor: User, machine: Machine) -> list[Queued]:
    """The steps somebody sees in the queue of a machine, the most urgent first; in one query."""
    rows = visible(actor, operations_waiting(machine)).select_related("order", "work_centre", "machine")
    return [
        Queued(step, here=step.machine_id == machine.pk, could_move=step.work_centre_id is not None)
        for step in rows[:MOST_QUEUED]
    ]


def standing_in_for(actor: User, machine: Machine, capability: str) -> list[Machine]:
    """The machines of a machine's work centre on which somebody may do this, itself among them."""
    centre = Machine.objects.filter(is_active=True, work_centre_place__work_centre__machines__machine=machine)
    return list(visible(actor, centre, capability).order_by("line__code", "position", "code"))
