"""Data that come after an account was closed: taken in by rule for some days, after that a person decides."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.people.models import User
from production.downtime.services.locks import locked_machine
from production.oee import events
from production.oee.models import ShiftAccount
from production.oee.queries.accounts import (
    accounts_by_id,
    closed_in,
    counted_since_closing,
    stored_rows,
    targets_of,
)
from production.oee.services.storing import close_with, keep, rows_now
from production.oee.states import AccountStatus


def take_in_late(
    *, actor: User, machine_id: int, started_at: datetime, ended_at: datetime | None, at: datetime, why: str
) -> list[ShiftAccount]:
    """Look again at the closed accounts of a machine that touch a stretch (None: up to now), because of `why`.

    One that says something else now is closed anew with the reason, while the site's days for that last; after them it
    is marked for a person. Gives those that changed or were marked. Doing it again changes nothing.
    """
    if not closed_in(machine_id, started_at, ended_at):
        return []
    machine = locked_machine(machine_id)
    require(actor, "production.account.manage", machine)
    return [one for one in closed_in(machine_id, started_at, ended_at) if _settle(actor, one, at, why)]


def take_in_late_counts(*, actor: User, at: datetime, days: int) -> list[ShiftAccount]:
    """Look again at the accounts closed in the last days whose counters or reports add up to something else by now."""
    machines: dict[int, list[int]] = defaultdict(list)
    for account in accounts_by_id(counted_since_closing(at - timedelta(days=days))):
        machines[account.machine_id].append(account.pk)
    found: list[ShiftAccount] = []
    for machine_id, keys in machines.items():
        machine = locked_machine(machine_id)
        require(actor, "production.account.manage", machine)
        closed = [one for one in accounts_by_id(keys) if one.status == AccountStatus.CLOSED]
        found += [one for one in closed if _settle(actor, one, at, _("pieces counted or reported later"))]
    return found


def _settle(actor: User, account: ShiftAccount, at: datetime, why: str) -> bool:
    rows = rows_now(account, at)
    if rows == stored_rows(account) or account.late_since is not None:
        return False
    days = targets_of(account.machine.line.area.site_id).reopen_days
    in_time = at <= account.ended_at + timedelta(days=days)
    if in_time:
        close_with(account, rows, at, why)
    else:
        account.late_since = at
        keep(account, "late_since")
    publish(
        events.ACCOUNT_CLOSED_ANEW if in_time else events.LATE_DATA, about=[account, account.machine], at=at,
        actor=actor, account_id=account.pk, revision=account.revision, reason=why,
    )  # fmt: skip
    return True
