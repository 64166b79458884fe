"""Days of readings: made before they are needed, dropped whole when they are old."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

PARENTS = ("telemetry_reading", "telemetry_readingtext")
ENSURE_SQL = "SELECT telemetry_ensure_day(%s)"


def day_of(at: datetime) -> date:
    """The UTC day whose partition holds a moment."""
    return at.astimezone(UTC).date()


def partition_name(parent: str, day: date) -> str:
    """The table of one day, for example `telemetry_reading_y2026m11d21`."""
    return f"{parent}_y{day:%Y}m{day:%m}d{day:%d}"


def day_of_partition(name: str) -> date | None:
    """The day a partition's name tells, or None when it is not one of ours."""
    try:
        return datetime.strptime(name.rpartition("_")[2], "y%Ym%md%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def ensure_days(days: Iterable[date]) -> None:
    """Make the partitions of these days where they do not exist yet, each in a transaction of its own."""
    for day in sorted(set(days)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ENSURE_SQL, [day])


def days_ahead(at: datetime, days: int = 3) -> list[date]:
    """Yesterday, today and the next days: what must exist so that no midnight finds a door closed."""
    today = day_of(at)
    return [today + timedelta(days=offset) for offset in range(-1, days + 1)]


def existing_days() -> set[date]:
    """The days for which partitions exist."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
            " WHERE inhparent = to_regclass(%s)",
            [PARENTS[0]],
        )
        return {day for (name,) in cursor.fetchall() if (day := day_of_partition(name))}


def drop_partitions(before: date) -> list[date]:
    """Drop all readings of days before `before`; returns the days dropped, oldest first.

    Retention calls this after the days were exported and the export was verified. There is no way back.
    """
    old = sorted(day for day in existing_days() if day < before)
    for day in old:
        with transaction.atomic(), connection.cursor() as cursor:
            for parent in PARENTS:
                cursor.execute(f"DROP TABLE IF EXISTS {partition_name(parent, day)}")
    return old
