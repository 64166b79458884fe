"""What dispatching refuses, each with its code."""

from factory_core.errors import Invalid, Missing, Refused


class NoSuchDispatch(Missing):
    """The dispatch does not exist, or the asker may not see it."""

    code = "no_such_dispatch"


class NoSuchPick(Missing):
    """The dispatch has no such line or pick."""

    code = "no_such_pick"


class DispatchStatusForbids(Refused):
    """The dispatch's status does not allow the act."""

    code = "dispatch_status_forbids"


class NothingToSend(Invalid):
    """A dispatch needs at least one line, and at least one pick to be packed."""

    code = "nothing_to_send"


class NotOneJourney(Invalid):
    """A dispatch goes from one site to one customer at one address."""

    code = "not_one_journey"


class NotStaging(Invalid):
    """A dispatch is collected at a staging place of its site."""

    code = "not_staging"


class MoreThanDue(Refused):
    """More than is left of a line, or already on other dispatches."""

    code = "more_than_due"


class NotOnDispatch(Refused):
    """The dispatch does not carry this item, or needs no more of it."""

    code = "not_on_dispatch"


class PickedTooMuch(Refused):
    """More than the dispatch still needs."""

    code = "picked_too_much"


class NotPickable(Refused):
    """Stock of this place is not picked."""

    code = "not_pickable"


class LotUnfit(Refused):
    """The lot is on hold, rejected or not inspected."""

    code = "lot_blocked"


class LotExpired(Refused):
    """The lot's last day has passed."""

    code = "lot_expired"


class WhyAnotherLot(Invalid):
    """Another lot than proposed needs a note."""

    code = "why_another_lot"


class NotAllPicked(Refused):
    """Something is still to be picked, or to be declared short."""

    code = "not_all_picked"


class StillPicked(Refused):
    """What was picked has to be put back first."""

    code = "still_picked"


class NotAPallet(Invalid):
    """The place is no pallet of this site."""

    code = "not_a_pallet"


class BadDelivery(Invalid):
    """The proof of delivery cannot be right."""

    code = "bad_delivery"


class CameBackTooMuch(Refused):
    """More came back than was sent."""

    code = "came_back_too_much"


class DispatchReasonNeeded(Invalid):
    """The act needs a reason for the trail."""

    code = "reason_needed"
