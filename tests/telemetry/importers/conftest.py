"""A plant whose migrator brings readings; the days' tables that a test makes go again."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from factory_core.people.models import User
from telemetry.readings.partitions import PARENTS
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant


@pytest.fixture
def plant(settings, tmp_path: Path, db: None) -> Plant:
    settings.DATA_DIR = tmp_path
    return a_plant("mill")


@pytest.fixture
def migrator(plant: Plant) -> User:
    return a_user("mia", "migrator", plant.site)


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
