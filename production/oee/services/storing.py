"""Putting the rows of an account away, and writing down its closing."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from production.oee.models import AccountRevision, AccountSlice, ShiftAccount
from production.oee.queries.accounts import breaks_of, raw_counts, stored_rows
from production.oee.queries.inputs import told_now
from production.oee.rules.kept import written
from production.oee.rules.rows import Row
from production.oee.states import AccountStatus


def rows_now(account: ShiftAccount, at: datetime) -> list[Row]:
    """The rows of an account as the plant's data tell them at a moment; of a running one, so far."""
    end = min(account.ended_at, at)
    period = (account.started_at, end)
    return told_now(account.machine, period, breaks_of(account), at, is_shift=account.is_shift).rows


def store_rows(account: ShiftAccount, rows: Sequence[Row]) -> bool:
    """Make these the rows of the account; says whether they are others than before."""
    if stored_rows(account) == list(rows):
        return False
    AccountSlice.objects.filter(account=account).delete()
    AccountSlice.objects.bulk_create(_slice(account, row) for row in rows)
    return True


def close_with(account: ShiftAccount, rows: Sequence[Row], at: datetime, reason: str) -> None:
    """Close an account with these rows, as a new revision."""
    store_rows(account, rows)
    account.revision += 1
    account.status = AccountStatus.CLOSED
    account.closed_at, account.late_since = at, None
    keep(account, "revision", "status", "closed_at", "late_since")
    note_revision(account, rows, at, reason)


def note_revision(account: ShiftAccount, rows: Sequence[Row], at: datetime, reason: str) -> None:
    """Write down what the account says as of its revision, for good."""
    figures = {"rows": written(rows), "counts": raw_counts(account)}
    AccountRevision.objects.create(
        account=account, revision=account.revision, figures=figures, at=at, reason=reason[:200]
    )


def keep(account: ShiftAccount, *fields: str) -> None:
    """Save what changed of an account, with a new version."""
    account.version += 1
    account.save(update_fields=[*fields, "version", "updated_at"])


def _slice(account: ShiftAccount, row: Row) -> AccountSlice:
    made = row.made
    return AccountSlice(
        account=account, machine_id=account.machine_id, on=account.on, is_shift=account.is_shift,
        time_class=row.time_class, reason_id=row.reason_id, order_id=row.order_id, item_id=row.item_id,
        seconds=row.seconds, stops=row.stops, unexplained=row.unexplained, produced=made.produced, good=made.good,
        scrap=made.scrap, rework=made.rework, ideal_s=made.ideal_s, produced_with_ideal=made.produced_with_ideal,
        energy_kwh=row.energy_kwh if row.energy_kwh is None else Decimal(row.energy_kwh),
    )  # fmt: skip
