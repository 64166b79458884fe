"""The operation that runs at a machine: its instructions, its checks, and what is missing before it may end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from factory_core.people.models import User
from factory_core.web.display import quantity
from production.labour.models import PauseReason
from production.orders.models import LossReason, OrderOperation, OrderRun
from production.orders.queries import counts_of_operation
from production.orders.rules import Counts
from production.products.states import CheckKind, CheckWhen
from production.shopfloor.rules.checks import Check, Due, Result, open_at_end, read_checks, standing
from production.shopfloor.screens import SCRAP_REASONS


@dataclass(frozen=True)
class StepShown:
    """An instruction; `done` says who confirmed it and when."""

    position: int
    text: str
    picture_url: str
    must_confirm: bool
    done: str


@dataclass(frozen=True)
class CheckShown:
    """A check with what it wants, where it stands and what it gave last."""

    position: int
    name: str
    kind: str
    unit: str
    limits: str
    choices: Sequence[str]
    when: str
    now: bool
    is_required: bool
    last: str
    last_ok: bool


@dataclass(frozen=True)
class Loss:
    """A reason to tap."""

    code: str
    name: str
    for_scrap: bool
    for_rework: bool


@dataclass(frozen=True)
class PaperShown:
    """A drawing or paper of the order."""

    name: str
    url: str


@dataclass(frozen=True)
class Work:
    """What the station knows of the running operation. `counts` are the operation's, over all its runs."""

    operation: OrderOperation
    counts: Counts
    steps: list[StepShown]
    checks: list[CheckShown]
    papers: list[PaperShown]
    next_step: StepShown | None
    next_check: str

    @property
    def check_now(self) -> CheckShown | None:
        """The first check that is due now."""
        return next((check for check in self.checks if check.now), None)

    @property
    def missing(self) -> str:
        """What has to be done before the operation may end, as far as it is due now."""
        steps = [_short(step.text) for step in self.steps if step.must_confirm and not step.done]
        return "; ".join(steps + [check.name for check in self.checks if check.is_required and check.now])

    @property
    def open_steps(self) -> int:
        """How many instructions still want a confirmation."""
        return sum(step.must_confirm and not step.done for step in self.steps)

    @property
    def open_checks(self) -> int:
        """How many checks are due now."""
        return sum(check.now for check in self.checks)


def work_of(operation: OrderOperation, began: datetime | None, at: datetime, zone: Any, *, whole: bool) -> Work:
    """What a station shows of an operation, in two queries; `whole`: with who did what, in three.

    `began`: when its run did. Without `whole` only the check that is due now is drawn.
    """
    counts = counts_of_operation(operation, at)
    confirmed, results = _done(operation)
    names = {user.pk: user.name for user in User.objects.filter(pk__in={row.by for row in confirmed})} if whole else {}
    steps = _steps(operation, {row.position: _who(row, names, zone) for row in confirmed})
    plain = [_plain(row) for row in results]
    dues = [standing(one, plain, began, counts.good, operation.quantity) for one in read_checks(operation.checks)]
    last = {row.position: row for row in results}
    upcoming = next((step for step in steps if step.must_confirm and not step.done), None)
    return Work(
        operation=operation,
        counts=counts,
        steps=steps,
        checks=[_shown(due, last.get(due.check.position), operation) for due in dues if whole or due.now],
        papers=[
            PaperShown(str(paper.get("name", "")), paper_address(operation, str(paper["sha256"])))
            for paper in operation.order.papers
            if paper.get("sha256")
        ],
        next_step=upcoming or next((step for step in steps if not step.done), None),
        next_check=_next_check(dues, counts.good),
    )


def loss_reasons() -> list[Loss]:
    """The reasons of scrap and rework in use; the usual ones where the plant has not made a list."""
    rows = list(LossReason.objects.filter(is_active=True))
    if not rows:
        return [Loss(option.code, str(option.name), True, True) for option in SCRAP_REASONS]
    return [Loss(row.code, row.name, row.for_scrap, row.for_rework) for row in rows]


def pause_reasons() -> list[Loss]:
    """Why work may be paused."""
    return [Loss(row.code, row.name, True, True) for row in PauseReason.objects.filter(is_active=True)]


def missing_before_end(operation: OrderOperation, at: datetime) -> list[str]:
    """What has to be done before the operation may end, each by name: confirmations first, then required checks."""
    wanted = [step for step in operation.instructions if step.get("must_confirm")]
    checks = [check for check in read_checks(operation.checks) if check.is_required]
    if not wanted and not checks:
        return []
    confirmed, results = _done(operation)
    done = {row.position for row in confirmed}
    missing = [_short(str(step["text"])) for step in wanted if int(step["position"]) not in done]
    if checks:
        good, plain = counts_of_operation(operation, at).good, [_plain(row) for row in results]
        missing += [check.name for check in open_at_end(checks, plain, _began(operation), good, operation.quantity)]
    return missing


def paper_address(operation: OrderOperation, digest: str) -> str:
    """Where a paper, picture or photo of an operation is shown."""
    return f"/station/papers/{operation.pk}/{digest}/"


class _Done(NamedTuple):
    """A confirmed instruction, or the newest standing result of a check; `piece` is the farthest piece checked."""

    what: str
    position: int
    by: int
    at: datetime
    piece: Decimal | None
    number: Decimal | None
    text: str
    is_ok: bool


# Written out: a station asks it with every change, and Django needs longer to word it than the database to answer.
_DONE = """
SELECT 'step', position, by_id, at, NULL::numeric, NULL::numeric, '', true
  FROM production_stepconfirmation WHERE operation_id = %(operation)s
UNION ALL
(SELECT DISTINCT ON (r.position)
        'check', r.position, r.by_id, r.at, max(r.piece) OVER (PARTITION BY r.position), r.number, r.text, r.is_ok
   FROM production_checkresult r
  WHERE r.operation_id = %(operation)s AND r.corrects_id IS NULL
    AND NOT EXISTS (SELECT FROM production_checkresult c WHERE c.corrects_id = r.id)
  ORDER BY r.position, r.at DESC, r.id DESC)
"""


def _done(operation: OrderOperation) -> tuple[list[_Done], list[_Done]]:
    """What was confirmed and what was checked, in one query; however many pieces were checked, a row a check."""
    with connection.cursor() as cursor:
        cursor.execute(_DONE, {"operation": operation.pk})
        rows = [_Done(*row) for row in cursor.fetchall()]
    return [row for row in rows if row.what == "step"], [row for row in rows if row.what == "check"]


def _who(row: _Done, names: Mapping[int, str], zone: Any) -> str:
    return f"{names.get(row.by, '')} {time_format(row.at.astimezone(zone), 'H:i')}".strip()


def _steps(operation: OrderOperation, confirmed: Mapping[int, str]) -> list[StepShown]:
    return [
        StepShown(
            position=int(step["position"]),
            text=str(step["text"]),
            picture_url=paper_address(operation, str(step["picture"])) if step.get("picture") else "",
            must_confirm=bool(step.get("must_confirm")),
            done=confirmed.get(int(step["position"]), ""),
        )
        for step in sorted(operation.instructions, key=lambda step: int(step["position"]))
    ]


def _began(operation: OrderOperation) -> datetime | None:
    runs = OrderRun.objects.filter(operation=operation).order_by("-started_at")
    return runs.values_list("started_at", flat=True).first() or operation.started_at


def _plain(row: _Done) -> Result:
    return Result(row.position, row.piece or Decimal(0), row.at)


def _shown(due: Due, last: _Done | None, operation: OrderOperation) -> CheckShown:
    check = due.check
    said = ""
    if last is not None:
        words = {"yes": _("yes"), "no": _("no")}
        said = f"{quantity(last.number)} {check.unit}".strip() if last.number is not None else ""
        said = said or words.get(last.text, last.text) or _("photo")
    return CheckShown(
        position=check.position,
        name=check.name,
        kind=check.kind.value,
        unit=check.unit,
        limits=_limits(check),
        choices=check.choices,
        when=_when(due, operation.quantity),
        now=due.now,
        is_required=check.is_required,
        last=said,
        last_ok=last.is_ok if last is not None else True,
    )


def _limits(check: Check) -> str:
    if check.kind != CheckKind.NUMBER:
        return ""
    low, high = quantity(check.lower), quantity(check.upper)
    if check.lower is not None and check.upper is not None:
        return _("%(low)s to %(high)s %(unit)s") % {"low": low, "high": high, "unit": check.unit}
    if check.lower is not None:
        return _("at least %(low)s %(unit)s") % {"low": low, "unit": check.unit}
    if check.upper is not None:
        return _("at most %(high)s %(unit)s") % {"high": high, "unit": check.unit}
    return ""


def _when(due: Due, wanted: Decimal) -> str:
    if due.check.when == CheckWhen.FIRST:
        return _("at the first piece")
    if due.check.when == CheckWhen.LAST:
        return _("at the last piece")
    return _("every %(n)s pieces") % {"n": quantity(due.check.every)}


def _next_check(dues: Sequence[Due], good: Decimal) -> str:
    now = next((due for due in dues if due.now), None)
    if now is not None:
        return _("Check now: %(check)s") % {"check": now.check.name}
    ahead = sorted((due.at_piece, due.check.name) for due in dues if due.at_piece is not None and due.at_piece > good)
    if not ahead:
        return ""
    piece, name = ahead[0]
    return _("Next check in %(n)s pieces: %(check)s") % {"n": quantity(piece - good), "check": name}


def _short(text: str) -> str:
    first = text.strip().splitlines()[0] if text.strip() else ""
    return first if len(first) <= 60 else f"{first[:57]}…"
