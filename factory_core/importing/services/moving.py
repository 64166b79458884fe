"""An import run moves from state to state; one at a time, as its table of moves says."""

from django.db import OperationalError, connection
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from factory_core.access.policy import visible
from factory_core.errors import Busy, Missing, Refused
from factory_core.importing.models import ImportRun
from factory_core.importing.states import RunStatus, may_move
from factory_core.people.models import User


class NoSuchImport(Missing):
    """The import does not exist, or the asker may not see it."""

    code = "no_such_import"


class WrongMoment(Refused):
    """The import is not where this act is possible."""

    code = "import_wrong_moment"


class ImportBusy(Busy):
    """The worker, or somebody else, holds the import right now."""

    code = "import_busy"


# Longer nobody waits at a screen for an import that is being worked on.
PATIENCE = "3s"


def locked(actor: User, run_id: int) -> ImportRun:
    """A run that nobody else moves until this transaction ends. Raises NoSuchImport, ImportBusy."""
    run = visible(actor, ImportRun.objects.select_related("site"), "import.view").filter(pk=run_id).first()
    if run is None:
        raise NoSuchImport(_("There is no such import that you may see."))
    _lock(run)
    run.refresh_from_db()
    return run


def _lock(run: ImportRun) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        try:
            ImportRun.objects.select_for_update().get(pk=run.pk)
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise ImportBusy(
                    _("%(file)s is being worked on. Wait for its end, or stop it.") % {"file": run.file_name}
                ) from error
            raise
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def can_move(run: ImportRun, status: RunStatus) -> bool:
    """Whether a run can be brought into a state from where it stands."""
    return may_move(RunStatus(run.status), status, is_in=bool(run.done))


def move(run: ImportRun, status: RunStatus, *also: str) -> None:
    """Bring a run into a state and keep the named fields with it. Raises WrongMoment."""
    if not can_move(run, status):
        raise WrongMoment(
            _("%(file)s stands as %(status)s; that is not possible from there.")
            % {"file": run.file_name, "status": run.status}
        )
    run.status = status.value
    run.version += 1
    run.save(update_fields=["status", *also, "version", "updated_at"])
