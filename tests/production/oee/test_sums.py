"""The sums of an account: the database keeps them, and they say what the rows say, whoever changes a row."""

from dataclasses import fields
from decimal import Decimal
from itertools import product

import pytest

from production.oee.models import AccountSlice, AccountSum
from production.oee.queries.sums import Part, sums_of_accounts, sums_of_days, sums_of_parts
from production.oee.rules.figures import Sums, total
from production.oee.states import TimeClass
from tests.world.oee import account_at, kept
from tests.world.production import a_reason, a_running_order, a_shift, follow, minute, states


@pytest.fixture
def account(plant, cast, clock):
    """A shift's account with a row of every class, with and without a reason and an order."""
    a_shift(plant.site, "07:00", "15:00")
    states(plant.press, ("PRODUCING", 0, None))
    follow(plant.press, at=490)
    clock.set(minute(490))
    kept(plant.press, 490)
    found, reason = account_at(plant.press, 0), a_reason("no-tool")
    order = a_running_order(cast.supervisor, plant.press)
    AccountSlice.objects.all().delete()
    rows = [
        AccountSlice(
            account=found, machine=plant.press, on=found.on, time_class=word, reason=named, order=of,
            seconds=Decimal(number) + Decimal("0.001"), stops=number, unexplained=number % 3,
            produced=3 * number, good=number, scrap=number, rework=number, ideal_s=5 * number,
            produced_with_ideal=2 * number, energy_kwh=None if number % 4 else Decimal(number) / 7,
        )
        for number, (word, named, of) in enumerate(product(TimeClass, (None, reason), (None, order)), 1)
    ]  # fmt: skip
    AccountSlice.objects.bulk_create(rows)
    return found


def by_hand(is_shift: bool = True) -> Sums:
    """The sums that plain Python makes of the rows."""
    return sums_of_parts(
        Part(
            row.time_class, is_shift, row.reason_id is not None, row.order_id is not None, row.seconds, row.stops,
            row.unexplained, row.produced, row.good, row.scrap, row.rework, row.ideal_s, row.produced_with_ideal,
            row.energy_kwh,
        )
        for row in AccountSlice.objects.all()
    )  # fmt: skip


def test_the_sums_kept_are_those_of_the_rows(account):
    found = sums_of_accounts([account.pk])[0]
    assert found == by_hand()
    assert found.calendar_s == sum(AccountSlice.objects.values_list("seconds", flat=True), Decimal(0))
    assert sums_of_days([account.machine_id], account.on, account.on, "machine") == {account.machine_id: found}
    assert sums_of_days([account.machine_id], account.on, account.on, "day") == {account.on: found}


def test_outside_a_shift_pieces_are_in_no_figure(account):
    AccountSlice.objects.update(is_shift=False)
    found = sums_of_accounts([account.pk])[0]
    assert found == by_hand(is_shift=False)
    assert (found.produced, found.ideal_base_s) == (0, 0)
    assert found.produced_outside == sum(AccountSlice.objects.values_list("produced", flat=True))


def test_a_row_changed_or_taken_away_changes_the_sums(account):
    named = sums_of_accounts([account.pk])[0].planned_named_s
    AccountSlice.objects.filter(reason=None).delete()
    assert sums_of_accounts([account.pk])[0] == by_hand()
    AccountSlice.objects.update(reason=None)
    found = sums_of_accounts([account.pk])[0]
    assert found == by_hand()
    assert named > 0
    assert found.planned_named_s == 0
    AccountSlice.objects.all().delete()
    assert AccountSum.objects.count() == 0
    assert sums_of_accounts([account.pk]) == {}


def test_a_group_is_the_sum_field_by_field(account):
    one = sums_of_accounts([account.pk])[0]
    assert total([]) == Sums()
    assert total([one, Sums()]) == one == one + Sums()
    twice = total([one, one])
    assert all(getattr(twice, field.name) == 2 * getattr(one, field.name) for field in fields(Sums))
