"""A tag's course in a bounded number of points, by query and by API."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from rest_framework.test import APIClient

from telemetry.devices.models import Tag
from telemetry.readings.partitions import ensure_days
from telemetry.readings.queries import MOST_POINTS, Bucket, series
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.telemetry import a_gateway, a_tag

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)


@pytest.fixture
def tag(plant: Plant) -> Tag:
    gateway, _token = a_gateway(plant.site)
    return a_tag(gateway, "press.current", plant.press, unit="A")


def stored(tag: Tag, table: str, *rows: tuple[float, object, int]) -> None:
    """Rows of (seconds after noon, value, quality)."""
    ensure_days([(NOON + timedelta(seconds=at)).date() for at, _value, _quality in rows])
    with connection.cursor() as cursor:
        for number, (at, value, quality) in enumerate(rows):
            cursor.execute(
                f"INSERT INTO {table} (tag_id, at, value, quality, stream_id, seq) VALUES (%s, %s, %s, %s, 1, %s)",
                [tag.pk, NOON + timedelta(seconds=at), value, quality, number + 1],
            )


def test_lowest_and_highest_value_of_each_bucket(tag: Tag) -> None:
    stored(tag, "telemetry_reading", (0, 1.0, 192), (1, 9.0, 192), (9.9, 4.0, 64), (10, 5.0, 192), (35, None, 0))
    found = series(tag, NOON, NOON + timedelta(seconds=40), 4)
    assert (found.bucket_s, found.exact, found.texts) == (10, True, [])
    assert found.buckets == [
        Bucket(NOON, 1.0, 9.0, 3, 64),
        Bucket(NOON + timedelta(seconds=10), 5.0, 5.0, 1, 192),
        Bucket(NOON + timedelta(seconds=30), None, None, 1, 0),
    ]


def test_a_long_span_costs_no_more(tag: Tag) -> None:
    stored(tag, "telemetry_reading", *((second, float(second), 192) for second in range(300)))
    found = series(tag, NOON - timedelta(days=89), NOON + timedelta(days=1), 90)
    assert found.exact is False
    assert found.buckets == [Bucket(NOON, 0.0, 199.0, 200, 192)]


def test_points_are_bounded(tag: Tag) -> None:
    stored(tag, "telemetry_reading", *((second, 1.0, 192) for second in range(60)))
    found = series(tag, NOON, NOON + timedelta(seconds=60), 10**9)
    assert found.bucket_s == 60 / MOST_POINTS
    assert len(found.buckets) == 60


def test_the_api_answers_those_who_follow_the_machine(tag: Tag, cast: Cast) -> None:
    stored(tag, "telemetry_reading", (0, 1.0, 192), (1, 9.0, 192))
    address = f"/api/v1/tags/{tag.pk}/series"
    stretch = {"from": "2026-11-19T13:00:00+01:00", "to": "2026-11-19T12:01:00Z", "points": 6}
    client = APIClient()
    for person in (cast.operator, cast.it_admin):
        client.force_authenticate(person)
        answer = client.get(address, stretch)
        assert answer.status_code == 200
        body = answer.json()
        assert (body["unit"], body["bucket_s"], body["exact"], len(body["buckets"])) == ("A", 10.0, True, 1)
        assert (body["buckets"][0]["low"], body["buckets"][0]["high"], body["buckets"][0]["count"]) == (1.0, 9.0, 2)
    for person in (cast.neighbour, cast.stranger):
        client.force_authenticate(person)
        assert client.get(address, stretch).status_code in (403, 404)
    client.force_authenticate(None)
    assert client.get(address, stretch).status_code in (401, 403)


def test_the_api_explains_a_bad_stretch(tag: Tag, cast: Cast) -> None:
    client = APIClient()
    client.force_authenticate(cast.operator)
    address = f"/api/v1/tags/{tag.pk}/series"
    for wrong in ({}, {"from": "x", "to": "y"}, {"from": "2026-11-19T12:00Z", "to": "2026-11-19T12:00Z"},
                  {"from": "2026-11-19T12:00Z", "to": "2026-11-20T12:00Z", "points": 1201}):  # fmt: skip
        assert client.get(address, wrong).status_code in (400, 422)


def test_text_tags_tell_their_words(plant: Plant, tag: Tag) -> None:
    words = a_tag(tag.gateway, "press.program", plant.press, "text")
    stored(words, "telemetry_readingtext", (0, "A", 192), (5, "B", 192), (60, "C", 192))
    found = series(words, NOON, NOON + timedelta(seconds=60), 600)
    assert [(point.value, point.quality) for point in found.texts] == [("A", 192), ("B", 192)]


def test_lists_end_where_sight_ends(tag: Tag, cast: Cast) -> None:
    client = APIClient()
    seen = {}
    for who in ("operator", "neighbour", "it_admin"):
        client.force_authenticate(getattr(cast, who))
        seen[who] = [row["name"] for row in client.get("/api/v1/tags").json()["results"]]
    assert seen == {"operator": ["press.current"], "neighbour": [], "it_admin": ["press.current"]}
    client.force_authenticate(cast.it_admin)
    gateway = client.get("/api/v1/gateways").json()["results"][0]
    assert gateway["code"] == tag.gateway.code
    assert not any("hash" in name for name in gateway)
    client.force_authenticate(cast.stranger)
    for path in ("gateways", "devices", "tags"):
        assert client.get(f"/api/v1/{path}").status_code == 403
