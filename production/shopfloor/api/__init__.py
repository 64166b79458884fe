"""The shop floor through the API."""

from production.shopfloor.api.checks import CheckViewSet, ConfirmationViewSet, EscalationViewSet
from production.shopfloor.api.handovers import HandoverViewSet
from production.shopfloor.api.machines import CallViewSet, CountViewSet, MachineViewSet

__all__ = [
    "CallViewSet",
    "CheckViewSet",
    "ConfirmationViewSet",
    "CountViewSet",
    "EscalationViewSet",
    "HandoverViewSet",
    "MachineViewSet",
]
