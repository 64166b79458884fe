"""What takes long is asked for once, carried out by the worker in one transaction, told while it goes on, and stopped.

Effect and mark share the transaction: a job that a killed worker leaves behind is taken up again and does all of it, or
finds it done.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from procrastinate.contrib.django.models import ProcrastinateJob

from factory_core.access.identity import acting
from factory_core.access.policy import require, visible
from factory_core.errors import Refusal, Refused
from factory_core.events.services import publish
from factory_core.importing import events
from factory_core.importing.models import ImportProgress, ImportRun
from factory_core.importing.register_models import ImportWork
from factory_core.importing.services.carrying import Carried, NothingImported, carry_in, kind_of, rehearse
from factory_core.importing.services.comparing import compared
from factory_core.importing.services.flow import cancel, check_run, recheck
from factory_core.importing.services.moving import NoSuchImport, WrongMoment, can_move, locked
from factory_core.importing.services.progress import Stopped, Tell, ask_to_stop, begin_anew, tell_nobody, telling
from factory_core.importing.services.undoing import undo_import
from factory_core.importing.states import POSSIBLE, REACHED, UNDER_WAY, RunStatus, Work, WorkStatus
from factory_core.live.nudge import nudge
from factory_core.people.models import User
from factory_core.people.services import service_user

RUN = "import.run"
TASK = "factory_core.import_work"
# What a run is called while the worker is at it.
STANDS_AS: dict[Work, RunStatus] = {
    Work.CHECK: RunStatus.CHECKING,
    Work.CARRY: RunStatus.IMPORTING,
    Work.UNDO: RunStatus.UNDOING,
}
_TOLD = 200


class WorkUnderWay(Refused):
    """Something else is being done with this import right now."""

    code = "import_under_way"


def want(*, actor: User, run_id: int, act: Work, at: datetime) -> tuple[ImportWork, bool]:
    """Note what the worker is to do with a run; whether that is new, so that it has to be told.

    The same thing asked for again while it is under way, or after it was done, is no new wish. Raises NoSuchImport,
    NotAllowed, NoKind, WrongMoment, WorkUnderWay.
    """
    run = _seen(actor, run_id)
    require(actor, RUN, run.site)
    wish = {"act": act.value, "by": actor, "asked_at": at}
    work, is_first = ImportWork.objects.select_for_update().get_or_create(run=run, defaults=wish)
    # Whoever waited for the lock reads what happened meanwhile.
    run.refresh_from_db()
    if not is_first and work.status in UNDER_WAY and not _is_lost(work):
        if work.act == act:
            return work, False
        raise WorkUnderWay(_("%(file)s is being worked on. Wait for its end, or stop it.") % {"file": run.file_name})
    if run.status == REACHED.get(act):
        if is_first:
            ImportWork.objects.filter(pk=work.pk).update(status=WorkStatus.DONE, ended_at=at)
        return work, False
    if run.status not in POSSIBLE[act] or (act is Work.UNDO and not can_move(run, RunStatus.UNDOING)):
        raise WrongMoment(
            _("%(file)s stands as %(status)s; that is not possible from there.")
            % {"file": run.file_name, "status": run.status}
        )
    kind_of(actor, run)
    if not is_first:
        work.turn += 1
        work.act, work.by, work.asked_at, work.ended_at = act.value, actor, at, None
        work.status, work.sentence, work.answer = WorkStatus.ASKED.value, "", {}
        work.save()
    begin_anew(run)
    _nudge(run, work)
    return work, True


def stop(*, actor: User, run_id: int, at: datetime) -> ImportRun:
    """End what is under way, so that nothing of it stays; where nothing is, give the run up. Raises as `cancel`."""
    run = _seen(actor, run_id)
    require(actor, RUN, run.site)
    work = ImportWork.objects.select_for_update().filter(run=run).first()
    if work is None or work.status not in UNDER_WAY or _is_lost(work):
        return cancel(actor=actor, run_id=run_id, at=at)
    ask_to_stop(run)
    if work.status == WorkStatus.ASKED:
        _end(run, work, WorkStatus.STOPPED, at, sentence=_("It was stopped before it began; nothing was changed."))
    return run


def carry_out(*, run_id: int, turn: int, at: datetime) -> None:
    """Do what was asked for. A refusal is told on the work, and an event; anything else is told and raised."""
    mine = ImportWork.objects.filter(run=run_id, turn=turn, status__in=UNDER_WAY)
    if not mine.update(status=WorkStatus.WORKING):
        return
    work = mine.select_related("run__site", "by").get()
    run, act = work.run, Work(work.act)
    try:
        with telling(run, act.value, STANDS_AS.get(act, run.status)) as tell:
            tell(0, run.rows)
            with acting(work.by, channel="worker"):
                _do(work, act, at, tell)
    except Stopped as wish:
        with acting(_hand(work), channel="worker"):
            _end(run, work, WorkStatus.STOPPED, at, sentence=wish.sentence)
    except Refusal as no:
        fail(run_id=run_id, turn=turn, why=no.sentence, at=at)


def compare_what_came(*, run_id: int, at: datetime) -> None:
    """Keep, once rows came in, what the books say about them; what cannot be compared now is compared when asked."""
    work = ImportWork.objects.select_related("run__site", "by").filter(run=run_id, act=Work.CARRY).first()
    if work is None or work.status != WorkStatus.DONE or not work.by.is_active:
        return
    with acting(work.by, channel="worker"):
        run = locked(work.by, run_id)
        if run.status == RunStatus.IMPORTED:
            _keep_comparison(work.by, run, at, tell_nobody)


def next_undo(*, run_id: int, turn: int, then: Sequence[int], at: datetime) -> tuple[ImportWork, bool] | None:
    """After a run of an opening was undone, want the same of the one before it; None when that was the last or failed.

    Raises as `want`.
    """
    done = ImportWork.objects.filter(run=run_id, turn=turn, act=Work.UNDO, status=WorkStatus.DONE)
    work = done.select_related("by").first()
    return want(actor=work.by, run_id=then[0], act=Work.UNDO, at=at) if work is not None and then else None


def fail(*, run_id: int, turn: int, why: str, at: datetime) -> None:
    """Tell that something did not happen, and why; the run stands where it stood."""
    work = ImportWork.objects.select_related("run__site", "by").get(run=run_id)
    if work.turn != turn or work.status not in UNDER_WAY:
        return
    with acting(_hand(work), channel="worker"):
        _fail(work, why, at)


def _do(work: ImportWork, act: Work, at: datetime, tell: Tell) -> None:
    try:
        answer = _ACTS[act](work, at, tell)
    except NothingImported as no:
        # The rows that the books refused are marked, and that stays.
        _fail(work, no.sentence, at)
        return
    work.run.refresh_from_db()
    if work.run.failure:
        work.run.failure = ""
        work.run.save(update_fields=["failure", "updated_at"])
    _end(work.run, work, WorkStatus.DONE, at, answer=answer)


def _fail(work: ImportWork, why: str, at: datetime) -> None:
    run = work.run
    run.refresh_from_db()
    run.failure = why
    run.version += 1
    run.save(update_fields=["failure", "version", "updated_at"])
    publish(events.IMPORT_FAILED, about=[run], at=at, actor=work.by, reason=why[:400])
    _end(run, work, WorkStatus.FAILED, at, sentence=why)


def _end(
    run: ImportRun, work: ImportWork, status: WorkStatus, at: datetime, *, sentence: str = "", answer: Any = None
) -> None:
    work.status, work.ended_at, work.sentence, work.answer = status.value, at, sentence, answer or {}
    work.save(update_fields=["status", "ended_at", "sentence", "answer"])
    _nudge(run, work)


def _nudge(run: ImportRun, work: ImportWork) -> None:
    told = ImportProgress.objects.filter(run=run).values_list("done", "total").first() or (0, run.rows)
    for topic in (f"import:{run.pk}", f"imports:{run.site_id}"):
        nudge(
            topic, t="import", run=run.pk, step=work.act, work=work.status, status=run.status, done=told[0],
            total=told[1],
        )  # fmt: skip


def _check(work: ImportWork, at: datetime, tell: Tell) -> dict[str, Any]:
    again = work.run.status in (RunStatus.CHECKED, RunStatus.IMPORTED)
    (recheck if again else check_run)(actor=work.by, run_id=work.run_id, at=at, tell=tell)
    return {}


def _rehearse(work: ImportWork, at: datetime, tell: Tell) -> dict[str, Any]:
    return would(rehearse(actor=work.by, run_id=work.run_id, at=at, tell=tell))


def _carry(work: ImportWork, at: datetime, tell: Tell) -> dict[str, Any]:
    carry_in(actor=work.by, run_id=work.run_id, at=at, tell=tell)
    return {}


def _compare(work: ImportWork, at: datetime, tell: Tell) -> dict[str, Any]:
    _keep_comparison(work.by, locked(work.by, work.run_id), at, tell)
    return {}


def _keep_comparison(actor: User, run: ImportRun, at: datetime, tell: Tell) -> None:
    run.totals = {**run.totals, "books": compared(actor, run, at, tell)}
    run.version += 1
    run.save(update_fields=["totals", "version", "updated_at"])


def _undo(work: ImportWork, at: datetime, tell: Tell) -> dict[str, Any]:
    undo_import(actor=work.by, run_id=work.run_id, at=at, tell=tell)
    return {}


_ACTS: dict[Work, Callable[[ImportWork, datetime, Tell], dict[str, Any]]] = {
    Work.CHECK: _check,
    Work.REHEARSE: _rehearse,
    Work.CARRY: _carry,
    Work.COMPARE: _compare,
    Work.UNDO: _undo,
}


def would(carried: Carried) -> dict[str, Any]:
    """What a rehearsal found, as it is kept and told: counts, old → new of the first changed rows, refused rows."""
    return {
        "outcomes": {outcome.value: count for outcome, count in carried.outcomes.items()},
        "totals": {name: str(value) for name, value in carried.totals.items()},
        "changes": [[number, changes] for number, changes in carried.changes],
        "refused": [
            [row.number, row.problems[-1].field, row.problems[-1].code, row.problems[-1].sentence]
            for row in carried.refused[:_TOLD]
        ],
    }


def _seen(actor: User, run_id: int) -> ImportRun:
    run = visible(actor, ImportRun.objects.select_related("site"), "import.view").filter(pk=run_id).first()
    if run is None:
        raise NoSuchImport(_("There is no such import that you may see."))
    return run


def _is_lost(work: ImportWork) -> bool:
    """No job does it or waits to do it: it was given up by hand, and may be asked for anew."""
    jobs = ProcrastinateJob.objects.filter(task_name=TASK, status__in=["todo", "doing"])
    return not jobs.filter(args__run_id=work.run_id, args__turn=work.turn).exists()


def _hand(work: ImportWork) -> User:
    """Who notes how it ended; whoever asked may have left meanwhile."""
    return work.by if work.by.is_active else service_user("import")
