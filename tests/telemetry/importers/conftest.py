"""A plant whose migrator brings readings; the days' tables that a test makes go again."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from telemetry.readings.partitions import PARENTS
from tests.world.plant import Plant, a_plant


@pytest.fixture
def plant(db: None) -> Plant:
    return a_plant("mill")


@pytest.fixture(autouse=True, scope="module")
def own_days(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Days are made beside the transaction of an import: that of a test does not take them back."""
    with django_db_blocker.unblock():
        params = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "pool", "prepare_threshold"):
        params.pop(ours, None)
    with psycopg.connect(**params, autocommit=True) as beside:
        before = days_of(beside)
    yield
    with psycopg.connect(**params, autocommit=True) as beside:
        for table in days_of(beside) - before:
            beside.execute(f"DROP TABLE {table}")


def days_of(beside: psycopg.Connection) -> set[str]:
    """The tables of all days."""
    found = beside.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent::regclass::text = ANY(%s)", [list(PARENTS)]
    )
    return {name for (name,) in found}
