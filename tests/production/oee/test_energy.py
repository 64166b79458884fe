"""Energy of slices: power held, meters spread, resets, none without a meter; per good piece and per order."""

from decimal import Decimal

import pytest
from django.db import connection

from production.oee.models import AccountSlice
from production.oee.queries.sums import sums_of_accounts, sums_of_orders
from production.oee.rules.energy import HOUR_US, Meter, spread, tells_energy
from production.oee.rules.figures import figures_of
from telemetry.readings.partitions import ensure_days
from tests.world.oee import account_at, kept, pieces
from tests.world.production import a_running_order, a_shift, follow, minute, states
from tests.world.telemetry import a_gateway, a_tag

MIN = 60_000_000


def test_power_holds_until_the_next_reading_five_minutes_at_most():
    found = spread(Meter(1, "kW"), [(0, 6.0), (4 * MIN, 12.0), (60 * MIN, 60.0)], [0, 5 * MIN, 61 * MIN])
    assert found == [Decimal("0.6"), Decimal("1.8")]
    assert spread(Meter(1, "W"), [(0, 600.0)], [0, MIN]) == [Decimal("0.01")]


def test_a_meter_is_spread_evenly_and_counts_from_zero_after_a_reset():
    found = spread(Meter(1, "kWh"), [(-MIN, 10.0), (3 * MIN, 14.0), (5 * MIN, 1.0)], [0, 3 * MIN, 5 * MIN])
    assert found == [Decimal("3.0"), Decimal("1.0")]
    assert spread(Meter(1, "MJ"), [(0, 0.0), (HOUR_US, 3.6)], [0, HOUR_US]) == [Decimal("1.0")]


def test_without_a_reading_nothing_is_known_and_a_current_tells_no_energy():
    assert spread(Meter(1, "kW"), [], [0, MIN, 2 * MIN]) == [None, None]
    assert tells_energy("kWh")
    assert tells_energy(" kw ")
    assert not tells_energy("A")


@pytest.fixture
def metered(plant, cast):
    a_shift(plant.site, "07:00", "15:00")
    order = a_running_order(cast.supervisor, plant.press)
    gateway, _token = a_gateway(plant.site)
    tag = a_tag(gateway, f"{plant.press.code}.power", plant.press, unit="kW")
    ensure_days([minute(0).date()])
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO telemetry_reading (tag_id, at, value, quality, stream_id, seq) VALUES (%s,%s,%s,192,1,%s)",
            [(tag.pk, minute(n), 12.0 if n < 240 else 3.0, n + 1) for n in range(480)],
        )
    states(plant.press, ("PRODUCING", 0, 240), ("STOPPED", 240, 480), ("OFF", 480, None))
    follow(plant.press, at=490)
    pieces(plant.press, (30, 100))
    kept(plant.press, 490)
    return plant.press, order


def test_energy_stands_with_its_class_and_idle_energy_is_a_loss(metered):
    machine, order = metered
    account = account_at(machine, 0)
    rows = dict(AccountSlice.objects.filter(account=account).values_list("time_class", "energy_kwh"))
    assert rows == {"producing": Decimal(48), "unplanned_stop": Decimal(12)}
    found = figures_of(sums_of_accounts([account.pk])[0])
    assert found.value("energy_per_good") == Decimal("0.6")
    assert found.value("idle_energy") == Decimal("0.2")
    # The last power reading holds on for four minutes after the shift.
    assert sums_of_orders([order.pk])[order.pk].energy_kwh == Decimal("60.2")
