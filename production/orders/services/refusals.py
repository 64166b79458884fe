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
