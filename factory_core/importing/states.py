"""The life of an import run and of its rows. Plain Python."""

from enum import StrEnum


class RunStatus(StrEnum):
    """From the file to the last word about it."""

    READING = "READING"
    MAPPING = "MAPPING"
    CHECKING = "CHECKING"
    CHECKED = "CHECKED"
    IMPORTING = "IMPORTING"
    IMPORTED = "IMPORTED"
    # A person accepted what came: it is not undone before the acceptance is taken back, with a reason.
    ACCEPTED = "ACCEPTED"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


MOVES: dict[RunStatus, frozenset[RunStatus]] = {
    RunStatus.READING: frozenset({RunStatus.MAPPING, RunStatus.CANCELLED, RunStatus.FAILED}),
    RunStatus.MAPPING: frozenset({RunStatus.CHECKING, RunStatus.READING, RunStatus.CANCELLED, RunStatus.FAILED}),
    RunStatus.CHECKING: frozenset(
        {RunStatus.CHECKED, RunStatus.IMPORTED, RunStatus.MAPPING, RunStatus.CANCELLED, RunStatus.FAILED}
    ),
    RunStatus.CHECKED: frozenset(
        {
            RunStatus.IMPORTING,
            RunStatus.CHECKING,
            RunStatus.MAPPING,
            RunStatus.UNDOING,
            RunStatus.CANCELLED,
            RunStatus.FAILED,
        }
    ),
    RunStatus.IMPORTING: frozenset({RunStatus.IMPORTED, RunStatus.CHECKED, RunStatus.FAILED}),
    # Rows left behind are checked again and come later, in the same run.
    RunStatus.IMPORTED: frozenset({RunStatus.CHECKING, RunStatus.UNDOING, RunStatus.ACCEPTED}),
    RunStatus.ACCEPTED: frozenset({RunStatus.IMPORTED}),
    RunStatus.UNDOING: frozenset({RunStatus.UNDONE, RunStatus.IMPORTED}),
    RunStatus.UNDONE: frozenset(),
    RunStatus.CANCELLED: frozenset(),
    # The file is still there: the same button again.
    RunStatus.FAILED: frozenset({RunStatus.READING, RunStatus.CHECKING, RunStatus.CANCELLED}),
}


def may_move(status: RunStatus, to: RunStatus, *, is_in: bool) -> bool:
    """Whether a run may go from one state to another. `is_in`: rows of it are in the books.

    Such a run is never given up nor read anew, which would leave those rows without an undo.
    """
    if is_in and to in (RunStatus.MAPPING, RunStatus.CANCELLED):
        return False
    if status is RunStatus.CHECKED and to is RunStatus.UNDOING and not is_in:
        return False
    return to in MOVES[status]


class RowStatus(StrEnum):
    """Where a staged row stands; until something is found wrong with it, it is ready."""

    READY = "READY"
    WARNING = "WARNING"
    ERROR = "ERROR"
    LEFT_OUT = "LEFT_OUT"
    DONE = "DONE"


class Act(StrEnum):
    """What a run did to a row of a table."""

    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


class Work(StrEnum):
    """What takes long on a run, and is done by the worker."""

    CHECK = "CHECK"
    REHEARSE = "REHEARSE"
    CARRY = "CARRY"
    COMPARE = "COMPARE"
    UNDO = "UNDO"


class WorkStatus(StrEnum):
    """How far that is; ASKED and WORKING are under way."""

    ASKED = "ASKED"
    WORKING = "WORKING"
    DONE = "DONE"
    FAILED = "FAILED"
    STOPPED = "STOPPED"


UNDER_WAY = (WorkStatus.ASKED, WorkStatus.WORKING)

# From where each of them can be asked for.
POSSIBLE: dict[Work, frozenset[RunStatus]] = {
    Work.CHECK: frozenset(status for status, to in MOVES.items() if RunStatus.CHECKING in to),
    Work.REHEARSE: frozenset({RunStatus.CHECKED}),
    Work.CARRY: frozenset({RunStatus.CHECKED}),
    Work.COMPARE: frozenset({RunStatus.IMPORTED, RunStatus.ACCEPTED}),
    Work.UNDO: frozenset(status for status, to in MOVES.items() if RunStatus.UNDOING in to),
}
# Where a run stands when the work was done already, and asking for it again is no mistake.
REACHED: dict[Work, RunStatus] = {Work.CARRY: RunStatus.IMPORTED, Work.UNDO: RunStatus.UNDONE}


class OpeningStatus(StrEnum):
    """The life of an opening."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"


class Meaning(StrEnum):
    """What a signature says."""

    COMPARED = "COMPARED"
    APPROVED = "APPROVED"
