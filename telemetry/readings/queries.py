"""Reads of readings: one tag's course over time in a bounded number of points, and newest values."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from telemetry.devices.models import Tag, TagKind

MOST_POINTS = 1_200
# Up to this span every reading counts; beyond it each bucket looks at its first readings only, so that a question
# about a year costs no more than one about two days.
EXACT_SPAN = timedelta(days=2)
LOOKED_AT = 200

_NUMBERS = """
SELECT bucket.from_at, found.low, found.high, found.n, found.worst FROM (
    SELECT %(from)s::timestamptz + n * %(width)s::interval AS from_at FROM generate_series(0, %(points)s - 1) AS n
) AS bucket CROSS JOIN LATERAL (
    SELECT min(value) AS low, max(value) AS high, count(*) AS n, min(quality) AS worst FROM (
        SELECT value, quality FROM telemetry_reading
        WHERE tag_id = %(tag)s AND at >= bucket.from_at AND at < bucket.from_at + %(width)s::interval
        ORDER BY at LIMIT %(looked_at)s
    ) AS taken
) AS found WHERE found.n > 0 ORDER BY bucket.from_at
"""
_TEXTS = """
SELECT at, value, quality FROM telemetry_readingtext
WHERE tag_id = %(tag)s AND at >= %(from)s AND at < %(to)s ORDER BY at DESC, seq DESC LIMIT %(points)s
"""


@dataclass(frozen=True)
class Bucket:
    """The readings of a stretch of time from `at` on: lowest and highest value, how many, the worst quality."""

    at: datetime
    low: float | None
    high: float | None
    count: int
    quality: int


@dataclass(frozen=True)
class TextPoint:
    """One text reading."""

    at: datetime
    value: str | None
    quality: int


@dataclass(frozen=True)
class Series:
    """A tag's course. `exact` is False where only a part of the readings of each bucket was looked at."""

    tag: Tag
    started_at: datetime
    ended_at: datetime
    bucket_s: float
    exact: bool
    buckets: list[Bucket]
    texts: list[TextPoint]


def series(tag: Tag, started_at: datetime, ended_at: datetime, points: int) -> Series:
    """A tag between two moments in at most `points` buckets (for texts: the newest `points` readings). One query."""
    points = max(1, min(points, MOST_POINTS))
    width = (ended_at - started_at) / points
    exact = ended_at - started_at <= EXACT_SPAN
    asked: dict[str, Any] = {
        "tag": tag.pk, "from": started_at, "to": ended_at, "width": width, "points": points,
        "looked_at": None if exact else LOOKED_AT,
    }  # fmt: skip
    is_text = tag.kind == TagKind.TEXT
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS if is_text else _NUMBERS, asked)
        rows = cursor.fetchall()
    return Series(
        tag, started_at, ended_at, width.total_seconds(), exact or is_text,
        [] if is_text else [Bucket(*row) for row in rows],
        [TextPoint(*row) for row in reversed(rows)] if is_text else [],
    )  # fmt: skip
