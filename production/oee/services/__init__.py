"""Acts on time accounts: keeping them current, closing, reopening, taking in late data, rebuilding."""

from production.oee.services.closing import close_account, leave_late_data, reopen_account
from production.oee.services.keeping import keep_accounts
from production.oee.services.late import take_in_late, take_in_late_counts
from production.oee.services.rebuilding import rebuild_accounts

__all__ = [
    "close_account",
    "keep_accounts",
    "leave_late_data",
    "rebuild_accounts",
    "reopen_account",
    "take_in_late",
    "take_in_late_counts",
]
