"""Which accounts a machine has, and which it should have."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from factory_core.access.policy import visible
from factory_core.calendar.queries import shifts_of_line
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine
from production.oee.models import AccountRevision, AccountSlice, OeeTargets, ShiftAccount
from production.oee.rules.account import Period
from production.oee.rules.rows import Made, Row
from production.oee.rules.windows import Window, account_windows, midnight_before
from production.oee.states import AccountStatus, TimeClass
from telemetry.readings.models import DirtyRange
from telemetry.states.models import StateInterval

# A shift before the first one asked for may reach into it; the one after the last says where the time between ends.
AROUND = timedelta(days=2)
REOPEN_DAYS = 7
_COUNTS_OF_CLOSED = """
WITH closed AS MATERIALIZED (
  SELECT id, machine_id, started_at, ended_at FROM production_shiftaccount
   WHERE status = 'CLOSED' AND ended_at > %(since)s
)
SELECT closed.id,
       (SELECT coalesce(sum(s.delta), 0) FROM telemetry_counterstep s
         WHERE s.machine_id = closed.machine_id AND s.at >= closed.started_at AND s.at < closed.ended_at
           AND s.counts IN ('pieces', 'scrap')),
       (SELECT coalesce(sum(e.quantity), 0) FROM production_countentry e
         WHERE e.machine_id = closed.machine_id AND e.at >= closed.started_at AND e.at < closed.ended_at)
  FROM closed
"""


def windows_of(line: Line, start: datetime, end: datetime) -> list[Window]:
    """The windows of accounts that begin in [start, end) on a line's machines."""
    shifts = shifts_of_line(line, start, end + AROUND)
    has_shifts = bool(shifts) or line.shifts.exists() or line.area.site.shifts.filter(line=None).exists()
    return account_windows(shifts, line.area.site.zone, start, end, has_shifts=has_shifts)


def breaks_of(account: ShiftAccount) -> tuple[Period, ...]:
    """The breaks of an account's shift, as the calendar says them now."""
    if not account.shift_key:
        return ()
    windows = shifts_of_line(account.machine.line, account.started_at, account.ended_at)
    return next((one.breaks for one in windows if one.key == account.shift_key and one.on == account.on), ())


def first_window_start(machine: Machine) -> datetime | None:
    """Where the accounts of a machine begin: with the shift, or the local day, in which it was first heard of."""
    first = StateInterval.objects.filter(machine=machine).order_by("started_at").first()
    if first is None:
        return None
    shifts = shifts_of_line(machine.line, first.started_at, first.started_at + timedelta(microseconds=1))
    began = [one.started_at for one in shifts]
    return min(began) if began else midnight_before(first.started_at, machine.line.area.site.zone)


def accounts_in(machine_ids: Sequence[int], start: datetime, end: datetime) -> QuerySet[ShiftAccount]:
    """The accounts of machines that touch [start, end), oldest first."""
    rows = ShiftAccount.objects.filter(machine__among=machine_ids, started_at__lt=end, ended_at__gt=start)
    return rows.select_related("machine__line__area__site").order_by("started_at", "machine_id")


def newest_accounts(machine_ids: Sequence[int], until: date, most: int = 12) -> list[ShiftAccount]:
    """The newest accounts of shifts up to a day, those with late data that wait for a person first."""
    rows = ShiftAccount.objects.filter(machine__among=machine_ids, on__lte=until, is_shift=True)
    rows = rows.select_related("machine")
    late = list(rows.filter(late_since__isnull=False).order_by("late_since", "-started_at", "-pk")[:most])
    # By day first: the newest are found in the index of days, however many years of accounts there are.
    return late + list(rows.filter(late_since=None).order_by("-on", "-started_at", "-pk")[: most - len(late)])


def accounts_seen(user: User) -> QuerySet[ShiftAccount]:
    """The accounts a person may see, the newest first."""
    rows = visible(user, ShiftAccount.objects.select_related("machine__line__area__site"))
    return rows.order_by("-started_at", "-pk")


def slices_of(account: ShiftAccount) -> list[AccountSlice]:
    """The rows of an account with their reasons and orders, the longest first."""
    rows = AccountSlice.objects.filter(account=account).select_related("reason", "order")
    return list(rows.order_by("-seconds", "time_class", "pk"))


def revisions_of(account: ShiftAccount) -> list[AccountRevision]:
    """The closings of an account, the newest first."""
    return list(account.revisions.order_by("-revision"))


def last_account(machine: Machine) -> ShiftAccount | None:
    """The newest account of a machine."""
    return ShiftAccount.objects.filter(machine=machine).order_by("-started_at").first()


def open_accounts(machine: Machine) -> list[ShiftAccount]:
    """The accounts of a machine that are not closed, oldest first."""
    rows = ShiftAccount.objects.filter(machine=machine, status=AccountStatus.OPEN)
    return list(rows.select_related("machine__line__area__site").order_by("started_at"))


def targets_of(site_id: int) -> OeeTargets:
    """What a site aims at; the usual values where nobody set any (not stored)."""
    return OeeTargets.objects.filter(site=site_id).first() or OeeTargets(site_id=site_id)


def stored_rows(account: ShiftAccount) -> list[Row]:
    """The rows of an account as they are kept, in their order."""
    rows = AccountSlice.objects.filter(account=account)
    found = [
        Row(
            TimeClass(row.time_class), row.reason_id, row.order_id, row.item_id, row.seconds, row.stops,
            row.unexplained, Made(row.good, row.scrap, row.rework, row.ideal_s, row.produced_with_ideal),
            row.energy_kwh,
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda row: (row.time_class.value, row.reason_id or 0, row.order_id or 0))


def last_figures(accounts: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What was written down when each account was closed last, by account."""
    rows = (
        AccountRevision.objects.filter(account__in=accounts).order_by("account_id", "-revision").distinct("account_id")
    )
    return dict(rows.values_list("account_id", "figures"))


def raw_counts(account: ShiftAccount) -> dict[str, str]:
    """What the counters and the reports of an account's period add up to, as its closing notes it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT coalesce(sum(delta), 0) FROM telemetry_counterstep WHERE machine_id = %(machine)s"
            " AND at >= %(start)s AND at < %(end)s AND counts IN ('pieces', 'scrap')),"
            " (SELECT coalesce(sum(quantity), 0) FROM production_countentry WHERE machine_id = %(machine)s"
            " AND at >= %(start)s AND at < %(end)s)",
            {"machine": account.machine_id, "start": account.started_at, "end": account.ended_at},
        )
        steps, entries = cursor.fetchone()
    return _as_noted(steps, entries)


def counted_since_closing(since: datetime) -> list[int]:
    """Closed accounts that ended after `since` and whose counters or reports add up to something else by now."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS_OF_CLOSED, {"since": since})
        now_there = {key: _as_noted(steps, entries) for key, steps, entries in cursor.fetchall()}
    noted = last_figures(list(now_there))
    return [key for key, counts in now_there.items() if noted.get(key, {}).get("counts", counts) != counts]


def accounts_by_id(keys: Sequence[int]) -> list[ShiftAccount]:
    """Accounts with their machines, oldest first."""
    rows = ShiftAccount.objects.filter(pk__in=keys).select_related("machine__line__area__site")
    return list(rows.order_by("started_at"))


def closed_in(machine_id: int, start: datetime, end: datetime | None) -> list[ShiftAccount]:
    """The closed accounts of a machine that touch a stretch (None: until now)."""
    rows = ShiftAccount.objects.filter(machine=machine_id, status=AccountStatus.CLOSED, ended_at__gt=start)
    if end is not None:
        rows = rows.filter(started_at__lt=end)
    return list(rows.select_related("machine__line__area__site").order_by("started_at"))


def followed_machines() -> list[int]:
    """The machines in use of which any state is known."""
    known = StateInterval.objects.order_by().values("machine").distinct()
    return list(Machine.objects.filter(Q(is_active=True), pk__in=known).order_by("pk").values_list("pk", flat=True))


def data_on_the_way(account: ShiftAccount) -> bool:
    """Whether readings of the account's time came in that are not derived yet."""
    return DirtyRange.objects.filter(machine=account.machine_id, started_at__lt=account.ended_at).exists()


def _as_noted(steps: Decimal, entries: Decimal) -> dict[str, str]:
    return {"counted": f"{Decimal(steps).normalize():f}", "reported": f"{Decimal(entries).normalize():f}"}
