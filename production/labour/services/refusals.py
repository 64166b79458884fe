"""Why working time is not written down."""

from factory_core.errors import Invalid, NotAllowed, Refused


class NobodyNamed(Invalid):
    """The clock runs for a person: a terminal or a service has no working time."""

    code = "nobody_named"


class NotYourTime(NotAllowed):
    """Only supervisors write down the time of others."""

    code = "not_your_time"


class StepOver(Refused):
    """Nothing is worked on this operation any more, or not yet."""

    code = "operation_not_workable"


class WrongPlace(Invalid):
    """The operation is not done at this machine."""

    code = "wrong_machine"


class EntryOverlaps(Refused):
    """The person has time on this operation in that stretch already."""

    code = "entry_overlaps"


class AlreadyEnded(Refused):
    """The entry was ended before."""

    code = "entry_ended"


class PausedWork(Refused):
    """The work is paused: it is resumed, or said to be done."""

    code = "work_paused"


class BeforeBegin(Invalid):
    """Work cannot end before it began."""

    code = "before_begin"


class NotYet(Invalid):
    """The moment is still to come."""

    code = "time_in_future"


class ReasonNeeded(Invalid):
    """Whoever corrects working time says why."""

    code = "reason_needed"


class NothingChanged(Invalid):
    """Nothing of the entry would be different."""

    code = "nothing_changed"


class KeyOfOther(Invalid):
    """The key was used for another entry."""

    code = "key_reused"
