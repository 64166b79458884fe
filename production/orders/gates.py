"""What must be done before an operation may end: higher rooms say so, orders only ask."""

from collections.abc import Callable
from datetime import datetime

from production.orders.models import OrderOperation

# Raises a refusal that names what is missing; says nothing where all is done.
Gate = Callable[[OrderOperation, datetime], None]
_GATES: list[Gate] = []


def offer_gate(gate: Gate) -> None:
    """Let a room have its say before an operation is finished."""
    if gate not in _GATES:
        _GATES.append(gate)


def pass_gates(operation: OrderOperation, at: datetime) -> None:
    """Ask every room; one that was never started has nothing to be missed. Raises what a gate raises."""
    if operation.started_at is None:
        return
    for gate in _GATES:
        gate(operation, at)
