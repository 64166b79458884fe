"""What orders refuse, each with its code."""

from factory_core.errors import Invalid, Missing, Refused


class NoSuchOrder(Missing):
    """The order does not exist, or the asker may not see it."""

    code = "no_such_order"


class NoSuchOperation(Missing):
    """The operation does not exist, or the asker may not see it."""

    code = "no_such_operation"


class NoSuchCount(Missing):
    """The report does not exist, or the asker may not see it."""

    code = "no_such_count"


class WrongStatus(Refused):
    """The status of the order or of its operation does not allow the move."""

    code = "wrong_status"


class MachineTaken(Refused):
    """Another order runs on the machine."""

    code = "machine_taken"


class WrongMachine(Refused):
    """The operation is not done on this machine, or nobody said on which one."""

    code = "wrong_machine"


class NothingToWorkOn(Refused):
    """The operation before has made nothing yet."""

    code = "nothing_to_work_on"


class BeforeStart(Refused):
    """An order cannot end before it began."""

    code = "before_start"


class BadQuantity(Invalid):
    """Quantities and cycle times are positive numbers."""

    code = "bad_quantity"


class KeyOfOther(Invalid):
    """The key of a report was used for another report."""

    code = "key_reused"


class AlreadyTakenBack(Refused):
    """A report can be taken back once."""

    code = "already_taken_back"


class CountedByMachine(Refused):
    """The machine alone counts the good pieces of this operation."""

    code = "counted_by_machine"


class BadLossReason(Invalid):
    """The reason is out of use, or is none for this kind of loss."""

    code = "bad_loss_reason"


class ReasonNeeded(Invalid):
    """The act needs a reason for the trail."""

    code = "reason_needed"


class NothingLeftToDo(Refused):
    """An order whose every step is left out makes nothing."""

    code = "nothing_left_to_do"


class NoRouting(Refused):
    """Nobody has said how the item is made: no released routing is in force on the day it is to be made."""

    code = "no_routing"


class ItemNotInUse(Invalid):
    """The item is out of use."""

    code = "item_not_in_use"


class BadPriority(Invalid):
    """Priorities go from 0 to 9."""

    code = "bad_priority"


class BadMoment(Invalid):
    """An order starts before it is due."""

    code = "start_after_due"


class AlreadyBegun(Refused):
    """Something of the order was begun, so this can no longer be done with it."""

    code = "already_begun"


class MaterialTaken(Refused):
    """Material was taken for the order and not given back."""

    code = "material_taken"


class NotAlike(Refused):
    """Only orders of the same item, revision, status and frozen steps and material become one."""

    code = "not_alike"


class ChildrenOpen(Refused):
    """Orders that make its material are still open; say what becomes of them."""

    code = "children_open"


class EndlessChildren(Refused):
    """The products in force contain themselves, so the orders below would never end."""

    code = "endless_children"
