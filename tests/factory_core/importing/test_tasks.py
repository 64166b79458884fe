"""The worker checks, rehearses, brings in and undoes: once, told while it goes on, stopped, taken up after a kill."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import connection

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from factory_core.importing.models import ImportProgress, ImportRun, StagedRow
from factory_core.importing.register_models import ImportWork
from factory_core.importing.services import working
from factory_core.importing.services.flow import choose, open_run
from factory_core.importing.services.moving import ImportBusy, NoSuchImport, WrongMoment
from factory_core.importing.services.opening import begin_opening, put_in
from factory_core.importing.services.working import WorkUnderWay, carry_out, fail, stop
from factory_core.importing.states import RowStatus, RunStatus, Work, WorkStatus
from factory_core.importing.tasks import ask, undo_opening, work_on_import
from factory_core.live.nudge import LIVE_CHANNEL
from factory_core.partners.models import Partner
from factory_core.people.models import User
from tests.world.people import a_user
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FILE = "Code;Name;GLN\nS-1;One;\nS-2;Two;\n"


@pytest.fixture
def mia(migrator: User) -> User:
    return migrator


@pytest.fixture
def run(plant: Plant, mia: User) -> ImportRun:
    return a_run(plant, mia)


def a_run(plant: Plant, mia: User, text: str = FILE) -> ImportRun:
    with acting(mia, channel="test"):
        run = open_run(
            actor=mia, site=plant.site, name="s.csv", content=[text.encode()], at=NOW, kind="suppliers"
        )  # fmt: skip
        return choose(actor=mia, run_id=run.pk, at=NOW)


def asked(mia: User, run: ImportRun, act: Work) -> ImportWork:
    with acting(mia, channel="test"):
        return ask(actor=mia, run_id=run.pk, act=act, at=NOW)


def jobs(run: ImportRun) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [working.TASK])
        found = [json.loads(arguments) for (arguments,) in cursor.fetchall()]
    return [arguments for arguments in found if arguments["run_id"] == run.pk]


def worked(mia: User, run: ImportRun, act: Work) -> ImportWork:
    """Asked, and carried out as the worker does."""
    work = asked(mia, run, act)
    carry_out(run_id=run.pk, turn=work.turn, at=NOW)
    work.refresh_from_db()
    run.refresh_from_db()
    return work


@pytest.fixture
def heard() -> Iterator[list[dict[str, Any]]]:
    """What the live channel said, read when the test looks."""
    params = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "pool", "prepare_threshold"):
        params.pop(ours, None)
    messages: list[dict[str, Any]] = []
    with psycopg.connect(**params, autocommit=True) as ear:
        ear.execute(f"LISTEN {LIVE_CHANNEL}")

        class Heard(list[dict[str, Any]]):
            def __iter__(self) -> Iterator[dict[str, Any]]:
                messages.extend(json.loads(one.payload) for one in ear.notifies(timeout=0.2))
                return iter(messages)

        yield Heard()


def test_the_worker_goes_the_whole_way_and_back(run: ImportRun, mia: User) -> None:
    assert worked(mia, run, Work.CHECK).status == WorkStatus.DONE
    assert (run.status, run.rows) == (RunStatus.CHECKED, 2)
    rehearsed = worked(mia, run, Work.REHEARSE)
    assert rehearsed.answer["outcomes"]["created"] == 2
    assert not Partner.objects.filter(code="S-1").exists()
    assert worked(mia, run, Work.CARRY).status == WorkStatus.DONE
    assert (run.status, run.created) == (RunStatus.IMPORTED, 2)
    assert worked(mia, run, Work.UNDO).status == WorkStatus.DONE
    assert run.status == RunStatus.UNDONE
    assert not Partner.objects.filter(code="S-1").exists()
    assert jobs(run) == [{"run_id": run.pk, "turn": turn} for turn in (1, 2, 3, 4)]


def test_asked_twice_it_is_done_once_and_something_else_waits(run: ImportRun, mia: User) -> None:
    first, again = asked(mia, run, Work.CHECK), asked(mia, run, Work.CHECK)
    assert (first.pk, first.turn) == (again.pk, again.turn)
    with pytest.raises(WorkUnderWay):
        asked(mia, run, Work.UNDO)
    carry_out(run_id=run.pk, turn=1, at=NOW)
    worked(mia, run, Work.CARRY)
    # The same button again, and the same job again: both find it done.
    assert asked(mia, run, Work.CARRY).turn == 2
    carry_out(run_id=run.pk, turn=2, at=NOW)
    carry_out(run_id=run.pk, turn=1, at=NOW)
    assert len(jobs(run)) == 2
    assert Partner.objects.filter(code__in=["S-1", "S-2"]).count() == 2
    assert Event.objects.filter(name="importing.rows_imported").count() == 1


def test_what_is_not_possible_from_there_is_refused_at_once(run: ImportRun, mia: User) -> None:
    for act in (Work.REHEARSE, Work.CARRY, Work.UNDO, Work.COMPARE):
        with pytest.raises(WrongMoment):
            asked(mia, run, act)
    assert not ImportWork.objects.exists()
    assert jobs(run) == []


def test_a_killed_worker_leaves_nothing_and_the_next_one_does_all_of_it(
    run: ImportRun, mia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked(mia, run, Work.CHECK)
    work = asked(mia, run, Work.CARRY)

    class Killed(BaseException):
        """As if the process were gone: nothing of ours runs after it."""

    def killed(*_all: Any, **_more: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(working, "_end", killed)
        with pytest.raises(Killed):
            carry_out(run_id=run.pk, turn=work.turn, at=NOW)
    work.refresh_from_db()
    run.refresh_from_db()
    assert (work.status, run.status) == (WorkStatus.WORKING, RunStatus.CHECKED)
    assert not Partner.objects.filter(code="S-1").exists()
    # Taken back from the dead, the same job runs again; meanwhile the button does nothing new.
    assert asked(mia, run, Work.CARRY).turn == work.turn
    carry_out(run_id=run.pk, turn=work.turn, at=NOW)
    run.refresh_from_db()
    assert (run.status, run.created) == (RunStatus.IMPORTED, 2)


def test_work_whose_job_was_given_up_can_be_asked_for_again(run: ImportRun, mia: User) -> None:
    asked(mia, run, Work.CHECK)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert worked(mia, run, Work.CHECK).turn == 2
    assert run.status == RunStatus.CHECKED


def test_a_refusal_is_kept_as_a_sentence_with_its_rows(plant: Plant, mia: User) -> None:
    run = a_run(plant, mia, FILE.replace("Two;", "Two;4012345000001"))
    worked(mia, run, Work.CHECK)
    work = worked(mia, run, Work.CARRY)
    assert (work.status, run.status) == (WorkStatus.FAILED, RunStatus.CHECKED)
    assert "Row 3 was refused" in work.sentence
    assert run.failure == work.sentence
    assert StagedRow.objects.get(run=run, number=3).status == RowStatus.ERROR
    assert Event.objects.get(name="importing.failed").payload["reason"] == work.sentence
    assert not Partner.objects.filter(code="S-1").exists()
    with acting(mia, channel="test"):
        StagedRow.objects.filter(run=run, number=3).update(status=RowStatus.LEFT_OUT)
    assert worked(mia, run, Work.CARRY).status == WorkStatus.DONE
    assert (run.failure, run.created) == ("", 1)


def test_what_breaks_is_told_and_nothing_stays(run: ImportRun, mia: User) -> None:
    worked(mia, run, Work.CHECK)
    work = asked(mia, run, Work.CARRY)
    fail(run_id=run.pk, turn=work.turn - 1, why="an old job", at=NOW)
    work.refresh_from_db()
    assert work.status == WorkStatus.ASKED
    fail(run_id=run.pk, turn=work.turn, why="The disk is full.", at=NOW)
    run.refresh_from_db()
    assert (run.status, run.failure) == (RunStatus.CHECKED, "The disk is full.")
    carry_out(run_id=run.pk, turn=work.turn, at=NOW)
    assert not Partner.objects.filter(code="S-1").exists()
    assert worked(mia, run, Work.CARRY).status == WorkStatus.DONE


@pytest.mark.parametrize("act", [Work.CHECK, Work.REHEARSE, Work.CARRY, Work.UNDO])
def test_each_act_stops_when_people_say_so(
    run: ImportRun, mia: User, act: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    for before in (Work.CHECK, Work.CARRY)[: {Work.CHECK: 0, Work.UNDO: 2}.get(act, 1)]:
        worked(mia, run, before)
    stood, partners = run.status, set(Partner.objects.values_list("code", flat=True))
    work = asked(mia, run, act)
    does = working._ACTS[act]

    # In the middle of the work, from a transaction that is not the worker's.
    monkeypatch.setitem(working._ACTS, act, _after_a_wish(run, does))
    carry_out(run_id=run.pk, turn=work.turn, at=NOW)
    work.refresh_from_db()
    run.refresh_from_db()
    assert (work.status, run.status) == (WorkStatus.STOPPED, stood)
    assert set(Partner.objects.values_list("code", flat=True)) == partners
    monkeypatch.setitem(working._ACTS, act, does)
    assert worked(mia, run, act).status == WorkStatus.DONE


def _after_a_wish(run: ImportRun, does: Any) -> Any:
    def act(*all_: Any) -> Any:
        params = connection.get_connection_params()
        for ours in ("cursor_factory", "context", "pool", "prepare_threshold"):
            params.pop(ours, None)
        with psycopg.connect(**params, autocommit=True) as other:
            other.execute("UPDATE factory_core_importprogress SET is_to_stop = true WHERE run_id = %s", [run.pk])
        return does(*all_)

    return act


def test_what_has_not_begun_is_stopped_at_once_and_a_run_at_rest_is_given_up(run: ImportRun, mia: User) -> None:
    work = asked(mia, run, Work.CHECK)
    with acting(mia, channel="test"):
        stop(actor=mia, run_id=run.pk, at=NOW)
    carry_out(run_id=run.pk, turn=work.turn, at=NOW)
    work.refresh_from_db()
    run.refresh_from_db()
    assert (work.status, run.status) == (WorkStatus.STOPPED, RunStatus.MAPPING)
    with acting(mia, channel="test"):
        assert stop(actor=mia, run_id=run.pk, at=NOW).status == RunStatus.CANCELLED


def test_progress_is_told_beside_the_transaction(run: ImportRun, mia: User, heard: Any) -> None:
    worked(mia, run, Work.CHECK)
    progress = ImportProgress.objects.get(run=run)
    assert (progress.done, progress.total, progress.is_to_stop) == (2, 2, False)
    told = [one for one in heard if one["topic"] == f"import:{run.pk}"]
    steps = [(one["t"], one["run"], one["step"], one["work"], one["status"]) for one in told]
    assert steps[0] == ("import", run.pk, "CHECK", "ASKED", "MAPPING")
    assert steps[-1] == ("import", run.pk, "CHECK", "DONE", "CHECKED")
    assert ("import", run.pk, "CHECK", "WORKING", "CHECKING") in steps
    assert [one["done"] for one in told][-1] == 2
    assert {one["topic"] for one in heard} >= {f"imports:{run.site_id}"}


def test_a_run_that_the_worker_holds_is_busy_for_others(
    run: ImportRun, mia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("factory_core.importing.services.moving.PATIENCE", "50ms")
    params = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "pool", "prepare_threshold"):
        params.pop(ours, None)
    with psycopg.connect(**params) as worker:
        worker.execute("SELECT id FROM factory_core_importrun WHERE id = %s FOR UPDATE", [run.pk])
        with pytest.raises(ImportBusy), acting(mia, channel="test"):
            choose(actor=mia, run_id=run.pk, at=NOW)


def test_strangers_ask_for_nothing(run: ImportRun, plant: Plant) -> None:
    stranger, auditor = a_user("stranger"), a_user("ada", "auditor", plant.site)
    for person, refusal in ((stranger, NoSuchImport), (auditor, Forbidden)):
        for act in (
            lambda who: ask(actor=who, run_id=run.pk, act=Work.CHECK, at=NOW),
            lambda who: stop(actor=who, run_id=run.pk, at=NOW),
        ):
            with pytest.raises(refusal), acting(person, channel="test"):
                act(person)
    assert jobs(run) == []


def test_an_opening_is_undone_run_by_run_the_last_one_first(plant: Plant, mia: User) -> None:
    first, second = a_run(plant, mia), a_run(plant, mia, "Code;Name\nS-3;Three\n")
    for run in (first, second):
        for act in (Work.CHECK, Work.CARRY):
            worked(mia, run, act)
    with acting(mia, channel="test"):
        opening = begin_opening(actor=mia, site=plant.site, opens_on=date(2026, 12, 1), at=NOW)
        put_in(actor=mia, opening_id=opening.pk, run_ids=[first.pk, second.pk], at=NOW)
        assert undo_opening(actor=mia, opening_id=opening.pk, at=NOW) == [second, first]
        # Pressed again while it goes on: nothing new.
        undo_opening(actor=mia, opening_id=opening.pk, at=NOW)
    job = SimpleNamespace(job=SimpleNamespace(attempts=0))
    assert jobs(second)[-1] == {"run_id": second.pk, "turn": 3, "then": [first.pk]}
    assert not [one for one in jobs(first) if one["turn"] == 3]
    for run in (second, first):
        work_on_import(job, **jobs(run)[-1])
        # A job that comes twice, because its worker was killed at the very end, changes nothing.
        work_on_import(job, **jobs(run)[-1])
    assert set(ImportRun.objects.values_list("status", flat=True)) == {RunStatus.UNDONE}
    assert (len(jobs(first)), len(jobs(second))) == (3, 3)
    assert not Partner.objects.filter(code__in=["S-1", "S-3"]).exists()
