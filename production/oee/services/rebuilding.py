"""Making the rows of accounts anew: closed ones from what was written down, open ones from the plant's data."""

from collections.abc import Sequence
from datetime import datetime

from factory_core.access.policy import require
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.downtime.services.locks import locked_machine
from production.oee.models import ShiftAccount
from production.oee.queries.accounts import last_figures
from production.oee.rules.kept import read
from production.oee.services.keeping import begin_accounts
from production.oee.services.storing import rows_now, store_rows
from production.oee.states import AccountStatus


def rebuild_accounts(
    *, actor: User, at: datetime, machine_ids: Sequence[int] | None = None, earliest: datetime | None = None
) -> int:
    """Make the rows of accounts (of all machines, or of these) anew; gives how many accounts had others before.

    A closed account gets the rows of its last closing: rebuilding reopens nothing. `earliest`: a machine that has no
    account yet gets them from there on.
    """
    changed = 0
    keys = Machine.objects.order_by("pk").values_list("pk", flat=True) if machine_ids is None else machine_ids
    for machine_id in keys:
        machine = locked_machine(machine_id)
        require(actor, "production.account.manage", machine)
        if earliest is not None:
            begin_accounts(machine, at, earliest)
        accounts = ShiftAccount.objects.filter(machine=machine).select_related("machine__line__area__site")
        noted = last_figures([one.pk for one in accounts if one.status == AccountStatus.CLOSED])
        for account in accounts.order_by("started_at"):
            known = noted.get(account.pk)
            rows = read(known["rows"]) if known else rows_now(account, at)
            changed += store_rows(account, rows)
    return changed
