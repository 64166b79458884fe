"""Days of readings: made once, refused to change, dropped whole."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, connection, transaction

from telemetry.models import Reading
from telemetry.readings.partitions import (
    day_of,
    day_of_partition,
    days_ahead,
    drop_partitions,
    ensure_days,
    existing_days,
    partition_name,
)

pytestmark = pytest.mark.django_db
DAY = date(2031, 3, 30)


def a_row(at: str, seq: int = 1) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO telemetry_reading VALUES (1, %s, 1.5, 192, 1, %s)", [at, seq])


def test_names_and_days_belong_together() -> None:
    name = partition_name("telemetry_reading", DAY)
    assert name == "telemetry_reading_y2031m03d30"
    assert (day_of_partition(name), day_of_partition("telemetry_reading_other")) == (DAY, None)
    assert day_of(datetime(2031, 3, 31, 0, 30, tzinfo=timezone(timedelta(hours=1)))) == DAY


def test_a_day_is_made_once_and_is_a_utc_day() -> None:
    ensure_days([DAY, DAY])
    ensure_days([DAY])
    assert DAY in existing_days()
    a_row("2031-03-30 00:00:00+00")
    a_row("2031-03-30 23:59:59.999999+00", 2)
    assert Reading.objects.filter(at__gte=datetime(2031, 3, 30, tzinfo=UTC)).count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        a_row("2031-03-31 00:00:00+00", 3)


def test_coming_days_are_named_ahead() -> None:
    at = datetime(2031, 12, 31, 23, 59, tzinfo=UTC)
    assert days_ahead(at) == [
        date(2031, 12, 30),
        date(2031, 12, 31),
        date(2032, 1, 1),
        date(2032, 1, 2),
        date(2032, 1, 3),
    ]


@pytest.mark.parametrize("table", ["telemetry_reading", "telemetry_reading_y2031m03d30"])
@pytest.mark.parametrize("act", ["UPDATE {} SET value = 2", "DELETE FROM {}", "TRUNCATE {}"])
def test_readings_are_only_added(table: str, act: str) -> None:
    ensure_days([DAY])
    a_row("2031-03-30 12:00:00+00")
    with pytest.raises(DatabaseError, match="only added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act.format(table))
    assert Reading.objects.get(seq=1).value == 1.5


def test_old_days_are_dropped_whole() -> None:
    days = [DAY + timedelta(days=number) for number in range(3)]
    ensure_days(days)
    before = {day for day in existing_days() if day >= days[2]}
    dropped = drop_partitions(days[2])
    assert dropped[-2:] == days[:2]
    assert existing_days() == before
