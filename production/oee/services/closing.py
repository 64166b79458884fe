"""What people decide about accounts: close, reopen, leave late data out."""

from datetime import datetime

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.access.versions import refuse_stale
from factory_core.errors import Invalid, Missing, Refused
from factory_core.events.services import publish
from factory_core.people.models import User
from production.downtime.services.locks import locked_machine
from production.oee import events
from production.oee.models import ShiftAccount
from production.oee.queries.accounts import accounts_by_id, stored_rows
from production.oee.services.storing import close_with, keep, note_revision, rows_now, store_rows
from production.oee.states import AccountStatus

TOLD = ("status", "revision", "closed_at", "late_since")


class NoSuchAccount(Missing):
    """The account does not exist, or the asker may not see it."""

    code = "no_such_account"


class AccountNotOver(Refused):
    """The time of the account still runs."""

    code = "account_not_over"


class AccountClosed(Refused):
    """The account is closed already."""

    code = "account_closed"


class AccountOpen(Refused):
    """The account is open already."""

    code = "account_open"


class NothingLate(Refused):
    """No late data wait for a decision."""

    code = "nothing_late"


class WhyMissing(Invalid):
    """A closed account is touched without saying why."""

    code = "reason_needed"


def close_account(
    *, actor: User, account_id: int, at: datetime, reason: str = "", version: int | None = None
) -> ShiftAccount:
    """Close an account whose time is over, with the data as they stand.

    Raises NoSuchAccount, Forbidden, StaleVersion, AccountClosed, AccountNotOver.
    """
    account = _locked(actor, account_id, version)
    if account.status == AccountStatus.CLOSED:
        raise AccountClosed(_("The account of %(account)s is closed already.") % {"account": account})
    if account.ended_at > at:
        raise AccountNotOver(
            _("The time of %(account)s still runs. It closes by itself some minutes after its end.")
            % {"account": account}
        )
    again = account.revision > 0
    close_with(account, rows_now(account, at), at, reason.strip())
    kind = events.ACCOUNT_CLOSED_ANEW if again else events.ACCOUNT_CLOSED
    publish(
        kind, about=[account, account.machine], at=at, actor=actor, account_id=account.pk, revision=account.revision,
        reason=reason.strip(),
    )  # fmt: skip
    return account


def reopen_account(
    *, actor: User, account_id: int, at: datetime, reason: str, version: int | None = None
) -> ShiftAccount:
    """Open a closed account and bring it up to the data as they stand; it stays open until a person closes it.

    Raises NoSuchAccount, Forbidden, StaleVersion, AccountOpen, WhyMissing.
    """
    account = _locked(actor, account_id, version)
    _need(reason)
    if account.status == AccountStatus.OPEN:
        raise AccountOpen(_("The account of %(account)s is open already.") % {"account": account})
    account.status, account.closed_at, account.late_since = AccountStatus.OPEN, None, None
    keep(account, "status", "closed_at", "late_since")
    store_rows(account, rows_now(account, at))
    publish(
        events.ACCOUNT_REOPENED, about=[account, account.machine], at=at, actor=actor, account_id=account.pk,
        reason=reason.strip(),
    )  # fmt: skip
    return account


def leave_late_data(
    *, actor: User, account_id: int, at: datetime, reason: str, version: int | None = None
) -> ShiftAccount:
    """Let a closed account stand as it is although data came later; noted as a revision with the same rows.

    Raises NoSuchAccount, Forbidden, StaleVersion, NothingLate, WhyMissing.
    """
    account = _locked(actor, account_id, version)
    _need(reason)
    if account.late_since is None:
        raise NothingLate(_("No late data wait at %(account)s.") % {"account": account})
    account.late_since = None
    account.revision += 1
    keep(account, "late_since", "revision")
    note_revision(account, stored_rows(account), at, reason.strip())
    publish(
        events.LATE_DATA_LEFT, about=[account, account.machine], at=at, actor=actor, account_id=account.pk,
        reason=reason.strip(),
    )  # fmt: skip
    return account


def _locked(actor: User, account_id: int, version: int | None) -> ShiftAccount:
    found = visible(actor, ShiftAccount.objects.filter(pk=account_id)).values_list("machine_id", flat=True).first()
    if found is None:
        raise NoSuchAccount(_("There is no such time account that you may see."))
    machine = locked_machine(found)
    require(actor, "production.account.manage", machine)
    account = accounts_by_id([account_id])[0]
    refuse_stale(actor, account, version, TOLD)
    return account


def _need(reason: str) -> None:
    if not reason.strip():
        raise WhyMissing(_("Say why: what was closed is changed only with a reason."))
