"""Who may make which move."""

from django.db.models import Model
from django.utils.translation import gettext as _

from factory_core.access.policy import Forbidden, may
from factory_core.access.roles import CAPABILITIES
from factory_core.people.models import User
from inventory.stock.services.refusals import ReasonNeeded
from inventory.stock.states import MoveKind

# Who may make moves of a kind: one of these rights is enough, the first is the one that a refusal names.
RIGHTS: dict[MoveKind, tuple[str, ...]] = {
    MoveKind.OPENING: ("inventory.stock.adjust",),
    MoveKind.RECEIVE: ("inventory.stock.receive",),
    MoveKind.RETURN_TO_SUPPLIER: ("inventory.stock.receive", "inventory.purchasing.manage"),
    MoveKind.TRANSFER: ("inventory.stock.move", "inventory.lot.judge"),
    MoveKind.ISSUE: ("inventory.stock.move",),
    MoveKind.RETURN: ("inventory.stock.move",),
    MoveKind.OUTPUT: ("inventory.stock.move",),
    MoveKind.REGRADE: ("inventory.stock.scrap",),
    MoveKind.SCRAP: ("inventory.stock.scrap",),
    MoveKind.ADJUST: ("inventory.stock.adjust",),
    MoveKind.DISPATCH: ("inventory.dispatch.send",),
    MoveKind.RETURN_FROM_CUSTOMER: ("inventory.stock.receive",),
}


def require_any(actor: User, capabilities: tuple[str, ...], place: Model) -> None:
    """Refuse unless the actor holds one of the capabilities at the place; the first is the one that is named."""
    if not any(may(actor, capability, place) for capability in capabilities):
        raise Forbidden(
            _("You may not %(act)s here. Ask your supervisor or the IT administrator for the right role.")
            % {"act": CAPABILITIES[capabilities[0]]},
            capability=capabilities[0],
        )


def refuse_no_reason(reason: str) -> None:
    """Refuse an act that needs a reason and has none. Raises ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded(_("Say why: this changes what the plant owns, and somebody will ask."))
