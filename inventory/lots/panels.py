"""How a lot's status is called and drawn."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inventory.lots.states import LOT_MOVES, LotStatus

STATUS_WORDS: dict[str, str | Promise] = {
    LotStatus.OPEN: _("Open"),
    LotStatus.HOLD: _("On hold"),
    LotStatus.RELEASED: _("Released"),
    LotStatus.REJECTED: _("Rejected"),
}
# Display family: colour, glyph and pattern of the house.
STATUS_FAMILIES: dict[str, str] = {
    LotStatus.OPEN: "plan",
    LotStatus.HOLD: "wait",
    LotStatus.RELEASED: "run",
    LotStatus.REJECTED: "stop",
}
STATUS_ICONS: dict[str, str] = {
    LotStatus.OPEN: "square",
    LotStatus.HOLD: "pause",
    LotStatus.RELEASED: "check",
    LotStatus.REJECTED: "cross",
}
_ACTS: dict[str, str | Promise] = {
    LotStatus.HOLD: _("Put on hold"),
    LotStatus.RELEASED: _("Release"),
    LotStatus.REJECTED: _("Reject"),
}


def status_word(status: str) -> str:
    """The plain word of a status."""
    return str(STATUS_WORDS.get(status, status))


def judgements(status: str) -> list[tuple[str, str]]:
    """What may be decided about a lot of this status: (status, label of the button)."""
    return [(to, str(label)) for to, label in _ACTS.items() if to in LOT_MOVES[LotStatus(status)]]
