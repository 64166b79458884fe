"""Keeping the accounts of a machine current: new windows begin, running ones are brought up to now, past ones close."""

from datetime import datetime, timedelta

from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.downtime.services.locks import locked_machine
from production.oee import events
from production.oee.models import ShiftAccount
from production.oee.queries.accounts import (
    data_on_the_way,
    first_window_start,
    last_account,
    open_accounts,
    windows_of,
)
from production.oee.services.storing import close_with, rows_now, store_rows
from production.oee.states import AccountStatus

# Gateways send every few seconds; what comes later than this after a shift is late.
SETTLE = timedelta(minutes=10)
# A machine first heard of gets accounts so far back, what lies before only by `rebuild_accounts`.
BACK = timedelta(days=31)


def keep_accounts(*, actor: User, machine_id: int, at: datetime) -> int:
    """Bring the accounts of a machine up to a moment; gives how many changed. Doing it again changes nothing.

    An account closes ten minutes after its end, once everything that came in is derived. One that a person reopened
    stays open until a person closes it.
    """
    machine = locked_machine(machine_id)
    require(actor, "production.account.manage", machine)
    changed = begin_accounts(machine, at, at - BACK)
    for account in open_accounts(machine):
        rows = rows_now(account, at)
        due = account.revision == 0 and account.ended_at + SETTLE <= at and not data_on_the_way(account)
        if due:
            close_with(account, rows, at, "")
            changed += 1
            if account.is_shift:
                publish(events.ACCOUNT_CLOSED, about=[account, machine], at=at, actor=actor, account_id=account.pk)
        else:
            changed += store_rows(account, rows)
    return changed


def begin_accounts(machine: Machine, at: datetime, earliest: datetime) -> int:
    """Make the accounts whose windows began before a moment; the calendar counts from the end of the newest one."""
    newest = last_account(machine)
    start = newest.ended_at if newest else first_window_start(machine)
    if start is None:
        return 0
    if newest is None and start < earliest:
        start = windows_of(machine.line, earliest - timedelta(days=1), earliest)[-1].started_at
    windows = windows_of(machine.line, start, at) if start < at else []
    for window in windows:
        ShiftAccount.objects.create(
            machine=machine, on=window.on, shift_key=window.shift_key, shift_name=window.name[:80],
            is_shift=window.is_shift, started_at=window.started_at, ended_at=window.ended_at, status=AccountStatus.OPEN,
        )  # fmt: skip
    return len(windows)
