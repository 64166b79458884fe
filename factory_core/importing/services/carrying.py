"""Bring the checked rows in: rehearsed in a transaction that is taken back, or for good; all, or the ready ones."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from factory_core.access.identity import acting
from factory_core.access.policy import require
from factory_core.errors import Refused
from factory_core.events.services import publish
from factory_core.importing import events
from factory_core.importing.kinds import Context, Existing, Kind, Outcome, Row, kind_named
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.queries.footprint import chain_of
from factory_core.importing.queries.rows import BATCH, Reading, in_order, in_parts, ready_rows
from factory_core.importing.remedies import with_remedy
from factory_core.importing.services.checking import counts_of, problems_kept
from factory_core.importing.services.moving import locked, move
from factory_core.importing.services.progress import Tell, tell_nobody
from factory_core.importing.services.referring import References, unknown_reference
from factory_core.importing.services.tracing import traced
from factory_core.importing.states import RowStatus, RunStatus
from factory_core.people.models import User

RUN = "import.run"
CHANNEL = "import"
_TOLD = 200
_DONE = """
UPDATE factory_core_stagedrow s SET status = n.status, outcome = n.outcome, problems = n.problems::jsonb
  FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[]) AS n(number, status, outcome, problems)
 WHERE s.run_id = %s AND s.number = n.number
"""


class NoKind(Refused):
    """Nobody said what the file holds, or no app takes such things."""

    code = "no_import_kind"


class NotReady(Refused):
    """Rows have errors, and all or nothing was asked for."""

    code = "import_not_ready"


class NothingImported(Refused):
    """The books refused rows while they came in; none of them stayed."""

    code = "nothing_imported"


@dataclass(slots=True)
class Carried:
    """What became of the rows: the numbers of each outcome, sums by field, old and new of the first changed ones."""

    numbers: dict[Outcome, list[int]] = field(default_factory=lambda: {outcome: [] for outcome in Outcome})
    totals: dict[str, Decimal] = field(default_factory=dict)
    changes: list[tuple[int, dict[str, tuple[str, str]]]] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)
    # Those that came in, with a remark.
    told: list[Row] = field(default_factory=list)

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """How many rows came to what."""
        return {outcome: len(numbers) for outcome, numbers in self.numbers.items()}

    def note(self, kind: Kind, rows: list[Row]) -> None:
        """Count rows that went through the app's services."""
        added_up = [each.name for each in kind.fields if each.is_total]
        for row in rows:
            if row.problems:
                row.problems = [with_remedy(kind, problem) for problem in row.problems]
            outcome = row.outcome or Outcome.UNCHANGED
            self.numbers[outcome].append(row.number)
            if outcome is Outcome.REFUSED:
                self.refused.append(row)
                continue
            if row.problems:
                self.told.append(row)
            if row.changes and len(self.changes) < _TOLD:
                self.changes.append((row.number, row.changes))
            if outcome is Outcome.SKIPPED:
                continue
            for name in added_up:
                value = row.values.get(name)
                if isinstance(value, Decimal | int):
                    self.totals[name] = self.totals.get(name, Decimal(0)) + value


def rehearse(*, actor: User, run_id: int, at: datetime, tell: Tell = tell_nobody) -> Carried:
    """Bring the rows in and take everything back: what an import would do, told by the very services that do it.

    Raises NoSuchImport, NotAllowed, NoKind, Stopped.
    """
    with acting(actor, channel=CHANNEL):
        run = locked(actor, run_id)
        kind = kind_of(actor, run)
        carried = _carried(actor, run, kind, at, tell)
        transaction.set_rollback(True)
    return carried


def carry_in(*, actor: User, run_id: int, at: datetime, tell: Tell = tell_nobody) -> ImportRun:
    """Bring the rows in for good, in one transaction of its own, under the name of the run in the trail.

    All or nothing by default: NotReady while a row has errors, NothingImported when the books refuse one (the staged
    rows then say which, and why). With the option `partly` the ready rows come and the rest stays for later.
    Raises also NoSuchImport, NotAllowed, NoKind, WrongMoment, Stopped.
    """
    refused: list[Row] = []
    try:
        return _carry_in(actor, run_id, at, tell, refused)
    except NothingImported:
        with acting(actor, channel=CHANNEL):
            run = locked(actor, run_id)
            _keep(run, refused)
        raise


def kind_of(actor: User, run: ImportRun) -> Kind:
    """The kind of a run, which this person may bring over here. Raises NoKind, NotAllowed."""
    kind = kind_named(run.kind)
    if kind is None:
        raise NoKind(_("Say what the rows of %(file)s are before they are imported.") % {"file": run.file_name})
    require(actor, RUN, run.site)
    require(actor, kind.capability, run.site if kind.needs_site else None)
    return kind


def _carry_in(actor: User, run_id: int, at: datetime, tell: Tell, refused: list[Row]) -> ImportRun:
    with acting(actor, channel=CHANNEL, correlation=chain_of(run_id)):
        run = locked(actor, run_id)
        kind = kind_of(actor, run)
        partly = bool(run.options.get("partly"))
        errors = counts_of(run).get(RowStatus.ERROR, 0)
        if errors and not partly:
            raise NotReady(
                _("%(count)d rows of %(file)s have errors. Put them right, leave them out, or bring the others first.")
                % {"count": errors, "file": run.file_name}
            )
        move(run, RunStatus.IMPORTING)
        carried = _carried(actor, run, kind, at, tell)
        if carried.refused and not partly:
            refused += carried.refused
            raise NothingImported(
                _("Row %(row)d was refused: %(why)s Nothing was imported.")
                % {"row": refused[0].number, "why": refused[0].problems[-1].sentence}
            )
        _keep_done(run, carried)
        _finish(run, carried, at)
        publish(
            events.ROWS_IMPORTED, about=[run], at=at, actor=actor, created=run.created, changed=run.changed,
            unchanged=run.unchanged, left=run.rows - run.done,
        )  # fmt: skip
    return run


def _carried(actor: User, run: ImportRun, kind: Kind, at: datetime, tell: Tell) -> Carried:
    context = Context(
        actor=actor,
        site=run.site,
        at=at,
        run_id=run.pk,
        existing=Existing(run.options.get("existing", Existing.CHANGE)),
        clears=bool(run.options.get("clears")),
        creates_missing=bool(run.options.get("creates_missing")),
    )
    reading, carried = Reading.of(run, kind), Carried()
    references = References(actor, run, kind)
    done = 0
    # A cursor that streams needs the transaction to stay whole; savepoints of the services do not end it.
    with traced(run.pk):
        for part in in_parts(in_order(ready_rows(run)), BATCH):
            rows = [reading.row(number, cells, fixes) for number, _document, _status, cells, fixes in part]
            for row, each, target, value in references.resolve(rows):
                # Rows of the same file that refer to each other are the app's to put in order.
                if not context.creates_missing and target is not kind:
                    problem = unknown_reference(each, value, target, run)
                    row.refuse(problem.field, problem.code, problem.sentence, problem.expected)
            kind.take([row for row in rows if row.outcome is None], context)
            references.keep(rows)
            carried.note(kind, rows)
            for row in rows:
                row.values = {}
            done += len(rows)
            tell(done, max(run.rows, done))
    return carried


def _keep_done(run: ImportRun, carried: Carried) -> None:
    """Most rows of a file come to the same: that is said of all at once, then the others are named."""
    usual = max(Outcome, key=lambda outcome: len(carried.numbers[outcome]))
    ready_rows(run).update(status=RowStatus.DONE.value, outcome=usual.value)
    for outcome, numbers in carried.numbers.items():
        if numbers and outcome is not usual:
            StagedRow.objects.filter(run=run, number__in=numbers).update(outcome=outcome.value)
    _keep(run, [*carried.told, *carried.refused])


def _keep(run: ImportRun, rows: list[Row]) -> None:
    if not rows:
        return
    numbers, statuses, outcomes, problems = [], [], [], []
    for row in rows:
        numbers.append(row.number)
        statuses.append((RowStatus.ERROR if row.outcome is Outcome.REFUSED else RowStatus.DONE).value)
        outcomes.append((row.outcome or Outcome.UNCHANGED).value)
        problems.append(problems_kept(row.problems))
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [numbers, statuses, outcomes, problems, run.pk])


def _finish(run: ImportRun, carried: Carried, at: datetime) -> None:
    outcomes = carried.outcomes
    run.created += outcomes[Outcome.CREATED]
    run.changed += outcomes[Outcome.CHANGED]
    run.unchanged += outcomes[Outcome.UNCHANGED]
    run.skipped += outcomes[Outcome.SKIPPED]
    run.done = run.created + run.changed + run.unchanged + run.skipped
    before = run.totals.get("taken", {})
    taken = {name: str(Decimal(before.get(name, 0)) + value) for name, value in carried.totals.items()}
    run.totals = {**run.totals, "taken": {**before, **taken}}
    run.ended_at = at
    move(
        run, RunStatus.IMPORTED, "created", "changed", "unchanged", "skipped", "done", "totals", "ended_at"
    )  # fmt: skip
