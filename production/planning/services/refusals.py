"""Why a proposal is not firmed."""

from factory_core.errors import Invalid, Refused


class AlreadyFirmed(Refused):
    """The proposal became an order already."""

    code = "already_firmed"


class StalePlan(Refused):
    """A newer plan was made since the person looked."""

    code = "stale_plan"


class NotMakeable(Refused):
    """Nobody said on which line the item is made: it has no released routing."""

    code = "not_makeable"


class NothingChosen(Invalid):
    """At least one proposal, and not too many."""

    code = "nothing_chosen"


class BadFirming(Invalid):
    """The quantity is not above zero."""

    code = "bad_firming"
