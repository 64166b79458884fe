"""Accounts of machines: windows, closing, late data, what people decide, rebuilding."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from factory_core.access.identity import acting
from factory_core.calendar.models import ShiftBreak
from factory_core.errors import NotAllowed, Refusal, StaleVersion
from factory_core.events.models import Event
from factory_core.people.services import service_user
from production.downtime.models import Downtime
from production.downtime.services import explain_downtime
from production.oee.models import AccountRevision, AccountSlice, OeeTargets, ShiftAccount
from production.oee.queries.accounts import stored_rows, windows_of
from production.oee.services import (
    close_account,
    leave_late_data,
    rebuild_accounts,
    reopen_account,
    take_in_late,
    take_in_late_counts,
)
from telemetry.states.models import StateInterval
from tests.world.oee import account_at, adds_up, kept, pieces, said
from tests.world.production import a_reason, a_running_order, a_shift, follow, minute, states

DAY = 24 * 60


@pytest.fixture
def early(plant):
    """A shift 06:00 to 14:00 UTC with a break 09:00 to 09:30 at the site (Bremen is an hour ahead)."""
    shift = a_shift(plant.site, "07:00", "15:00")
    with acting(service_user("plant"), channel="test"):
        ShiftBreak.objects.create(shift=shift, starts="10:00", ends="10:30")
    return shift


@pytest.fixture
def ran(plant, cast, early):
    """A shift of the press: set-up, production, a breakdown, the break, a short stop; 30 s a piece."""
    a_running_order(cast.supervisor, plant.press, cycle_s="30")
    states(
        plant.press,
        ("SETUP", 0, 20), ("PRODUCING", 20, 100), ("FAULT", 100, 140), ("PRODUCING", 140, 180), ("IDLE", 180, 215),
        ("PRODUCING", 215, 300), ("STOPPED", 300, 302), ("PRODUCING", 302, 480), ("OFF", 480, None),
    )  # fmt: skip
    follow(plant.press, at=490)
    pieces(plant.press, (50, 100), (200, 50), (479.99, 450), (480, 7))
    pieces(plant.press, (60, 30), counts="scrap")
    return plant.press


MINUTES = {"setup": 20, "producing": 383, "unplanned_stop": 45, "planned_stop": 30, "micro_stop": 2}


def test_a_shift_adds_up_and_closes_ten_minutes_after_its_end(ran):
    kept(ran, 489)
    account = account_at(ran, 0)
    assert (account.status, account.on.isoformat(), account.shift_name) == ("OPEN", "2026-11-20", "Early")
    kept(ran, 490)
    account.refresh_from_db()
    assert (account.status, account.revision, account.closed_at) == ("CLOSED", 1, minute(490))
    assert said(account) == MINUTES
    assert adds_up(account)
    assert Event.objects.filter(name="oee.account_closed").count() == 1
    assert kept(ran, 490) == 0


def test_pieces_stand_with_their_order_and_one_on_the_border_counts_once(ran, plant):
    kept(ran, 495)
    row = AccountSlice.objects.get(account=account_at(ran, 0), time_class="producing", order__isnull=False)
    assert (row.produced, row.good, row.scrap) == (600, 570, 30)
    assert (row.ideal_s, row.produced_with_ideal) == (18000, 600)
    after = AccountSlice.objects.filter(account=account_at(ran, 481))
    assert [(one.time_class, one.seconds, one.produced) for one in after] == [("no_shift", 900, 7)]


def test_stops_count_once_and_the_long_one_wants_its_reason(ran):
    kept(ran, 495)
    rows = AccountSlice.objects.filter(account=account_at(ran, 0))
    assert {(row.time_class, row.stops, row.unexplained) for row in rows if row.stops} == {
        ("unplanned_stop", 2, 2),
        ("micro_stop", 1, 0),
    }


def test_windows_cover_the_time_line_and_the_night_belongs_to_its_evening(plant):
    a_shift(plant.site, "06:00", "14:00", "Early", days=0b0011111)
    a_shift(plant.site, "22:00", "06:00", "Night", days=0b0011111)
    start = datetime(2026, 11, 20, 5, tzinfo=UTC)
    found = windows_of(plant.line_a, start, start + timedelta(days=2))
    assert all(left.ended_at == right.started_at for left, right in pairwise(found))
    assert [(one.name, one.on.day, one.started_at.day, one.started_at.hour, one.ended_at.hour) for one in found] == [
        ("Early", 20, 20, 5, 13),
        ("", 20, 20, 13, 21),
        ("Night", 20, 20, 21, 5),
        ("", 21, 21, 5, 23),
        ("", 22, 21, 23, 23),
    ]


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_without_shifts_each_local_day_is_a_window_of_its_real_length(plant, day, hours):
    start = datetime(*day, tzinfo=plant.site.zone).astimezone(UTC)
    window = windows_of(plant.line_a, start, start + timedelta(hours=20))[0]
    assert window.is_shift
    assert window.on.day == day[2]
    assert window.ended_at - window.started_at == timedelta(hours=hours)


def test_accounts_over_the_clock_change_add_up(plant):
    a_shift(plant.site, "22:00", "06:00", "Night")
    first = datetime(2026, 10, 24, 12, tzinfo=UTC)
    with acting(service_user("plant"), channel="test"):
        StateInterval.objects.create(machine=plant.press, state="PRODUCING", started_at=first)
    kept(plant.press, -26 * DAY)
    found = list(ShiftAccount.objects.filter(machine=plant.press).order_by("started_at"))
    assert all(left.ended_at == right.started_at for left, right in pairwise(found))
    night = next(one for one in found if one.on.day == 24 and one.is_shift)
    assert night.ended_at - night.started_at == timedelta(hours=9)
    assert all(adds_up(one) for one in found if one.status == "CLOSED")


def test_counts_that_arrive_three_days_late_close_the_account_anew_with_the_reason(ran):
    kept(ran, 490)
    pieces(ran, (400, 12))
    service = service_user("oee")
    with acting(service, channel="test"):
        changed = take_in_late_counts(actor=service, at=minute(3 * DAY), days=7)
    account = account_at(ran, 0)
    assert changed == [account]
    assert (account.status, account.revision) == ("CLOSED", 2)
    assert AccountSlice.objects.get(account=account, order__isnull=False, time_class="producing").produced == 612
    first, second = AccountRevision.objects.filter(account=account).order_by("revision")
    assert (first.figures["counts"]["counted"], second.figures["counts"]["counted"]) == ("630", "642")
    assert second.reason == "pieces counted or reported later"
    with acting(service, channel="test"):
        assert take_in_late_counts(actor=service, at=minute(3 * DAY), days=7) == []


def test_redrawn_states_and_reasons_given_later_count_while_the_days_last(ran, cast):
    kept(ran, 490)
    account = account_at(ran, 0)
    reason = a_reason("tool-change", "SETUP")
    stop = Downtime.objects.get(machine=ran, started_at=minute(100))
    with acting(cast.supervisor, channel="test"):
        explain_downtime(actor=cast.supervisor, downtime_id=stop.pk, reason=reason.code, note="", at=minute(600))
    service = service_user("oee")
    with acting(service, channel="test"):
        late = {"actor": service, "machine_id": ran.pk, "started_at": minute(100), "ended_at": minute(140)}
        assert take_in_late(**late, at=minute(600), why="a reason was given") == [account]
        assert take_in_late(**late, at=minute(600), why="a reason was given") == []
    account.refresh_from_db()
    assert account.revision == 2
    assert said(account) == {**MINUTES, "setup": 60, "unplanned_stop": 5}


def test_after_the_days_a_person_decides(ran, plant, cast):
    with acting(service_user("plant"), channel="test"):
        OeeTargets.objects.create(site=plant.site, reopen_days=2)
    kept(ran, 490)
    account = account_at(ran, 0)
    pieces(ran, (400, 12))
    service, at = service_user("oee"), minute(4 * DAY)
    with acting(service, channel="test"):
        assert take_in_late_counts(actor=service, at=at, days=30) == [account]
        assert take_in_late_counts(actor=service, at=at, days=30) == []
    account.refresh_from_db()
    assert (account.status, account.revision, account.late_since) == ("CLOSED", 1, at)
    with acting(cast.supervisor, channel="test"):
        left = leave_late_data(actor=cast.supervisor, account_id=account.pk, at=at, reason="counter was tested")
    assert (left.late_since, left.revision) == (None, 2)
    assert AccountSlice.objects.get(account=account, order__isnull=False, time_class="producing").produced == 600
    with acting(service, channel="test"):
        assert take_in_late_counts(actor=service, at=at, days=30) == []


def test_a_person_reopens_and_closes(ran, cast):
    kept(ran, 490)
    account = account_at(ran, 0)
    pieces(ran, (400, 12))
    with acting(cast.supervisor, channel="test"):
        opened = reopen_account(actor=cast.supervisor, account_id=account.pk, at=minute(900), reason="late counter")
    assert (opened.status, opened.revision) == ("OPEN", 1)
    kept(ran, 1000)
    account.refresh_from_db()
    assert account.status == "OPEN"
    with acting(cast.supervisor, channel="test"):
        close_account(actor=cast.supervisor, account_id=account.pk, at=minute(1001), reason="counter read")
    account.refresh_from_db()
    assert (account.status, account.revision) == ("CLOSED", 2)
    assert AccountSlice.objects.get(account=account, order__isnull=False, time_class="producing").produced == 612


@pytest.mark.parametrize("who", ["operator", "neighbour", "stranger", "auditor", "planner", "disabled"])
def test_who_may_not_reopen_changes_nothing(ran, cast, who):
    kept(ran, 490)
    account = account_at(ran, 0)
    actor = getattr(cast, who)
    with pytest.raises(Refusal), acting(actor, channel="test"):
        reopen_account(actor=actor, account_id=account.pk, at=minute(900), reason="why not")
    account.refresh_from_db()
    assert (account.status, account.revision, account.version) == ("CLOSED", 1, 2)


def test_refusals_change_nothing(ran, cast):
    kept(ran, 490)
    account, running = account_at(ran, 0), account_at(ran, 481)
    for code, act in {
        "account_closed": lambda: close_account(actor=cast.supervisor, account_id=account.pk, at=minute(900)),
        "account_not_over": lambda: close_account(actor=cast.supervisor, account_id=running.pk, at=minute(490)),
        "account_open": lambda: reopen_account(
            actor=cast.supervisor, account_id=running.pk, at=minute(490), reason="x"
        ),
        "reason_needed": lambda: reopen_account(
            actor=cast.supervisor, account_id=account.pk, at=minute(490), reason=" "
        ),
        "nothing_late": lambda: leave_late_data(
            actor=cast.supervisor, account_id=account.pk, at=minute(490), reason="x"
        ),
        "no_such_account": lambda: close_account(actor=cast.supervisor, account_id=2**40, at=minute(490)),
    }.items():
        with pytest.raises(Refusal) as refused, acting(cast.supervisor, channel="test"):
            act()
        assert refused.value.code == code
    with pytest.raises(StaleVersion), acting(cast.supervisor, channel="test"):
        reopen_account(actor=cast.supervisor, account_id=account.pk, at=minute(900), reason="x", version=1)
    account.refresh_from_db()
    assert (account.status, account.revision) == ("CLOSED", 1)
    assert not issubclass(StaleVersion, NotAllowed)


def test_rebuilt_equals_stored_and_reopens_nothing(ran):
    kept(ran, 600)
    pieces(ran, (400, 12), (500, 3))
    accounts = list(ShiftAccount.objects.filter(machine=ran).order_by("started_at"))
    closed = stored_rows(accounts[0])
    AccountSlice.objects.all().delete()
    service = service_user("oee")
    with acting(service, channel="test"):
        rebuild_accounts(actor=service, at=minute(600))
        assert stored_rows(accounts[0]) == closed
        assert sum(row.made.produced for row in stored_rows(accounts[1])) == Decimal(10)
        assert rebuild_accounts(actor=service, at=minute(600)) == 0


def test_the_command_rebuilds_and_says_how_much(ran, clock):
    kept(ran, 600)
    clock.set(minute(600))
    closed = stored_rows(account_at(ran, 0))
    AccountSlice.objects.all().delete()
    output = StringIO()
    call_command("rebuild_accounts", "--machine", ran.code, stdout=output)
    assert output.getvalue() == "2 accounts had other rows before.\n"
    assert stored_rows(account_at(ran, 0)) == closed
    output = StringIO()
    call_command("rebuild_accounts", "--from", "2026-11-20", stdout=output)
    assert output.getvalue() == "0 accounts had other rows before.\n"
    with pytest.raises(CommandError, match="There is no machine nowhere"):
        call_command("rebuild_accounts", "--machine", "nowhere")
