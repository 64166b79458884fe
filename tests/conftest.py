"""What every test shares."""

from tests import database

database.settle()

import os  # noqa: E402 - the database must be settled before Django models are imported
import sys  # noqa: E402 - the database must be settled before Django models are imported
from collections.abc import Iterator  # noqa: E402

import pytest  # noqa: E402

from tests.flush import flush_allowed  # noqa: E402
from tests.world.clock import Clock  # noqa: E402
from tests.world.patterns import migrated_database  # noqa: E402
from tests.world.people import Cast, User, a_user, the_cast  # noqa: E402
from tests.world.plant import Plant, a_plant  # noqa: E402


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """The tests' database is copied from a migrated one: half a minute less in each run."""
    from django.db import connections

    connections["default"].settings_dict["TEST"]["TEMPLATE"] = migrated_database(os.environ["DATABASE_URL"])


@pytest.fixture(scope="session", autouse=True)
def _flush_allowed() -> Iterator[None]:
    """Transactional tests empty the tables between them; the product itself can never."""
    with flush_allowed():
        yield


@pytest.fixture(scope="session", autouse=True)
def _static_files_as_they_lie(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Pages name static files by their plain names: a test needs no collected, compressed copies."""
    from django.conf import settings

    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A stopped clock (2026-11-20 10:00 UTC) in every module that asks the plant's clock."""
    from django.urls import get_resolver

    from factory_core import clock as real

    # A module first imported while the clock stands would keep this test's clock for ever.
    _every_edge = get_resolver().url_patterns
    stopped, original = Clock(), real.now
    for module in list(sys.modules.values()):
        if getattr(module, "now", None) is original:
            monkeypatch.setattr(module, "now", stopped)
    return stopped


@pytest.fixture
def plant(db: None) -> Plant:
    """A small plant with two lines."""
    from django.apps import apps
    from django.contrib.contenttypes.models import ContentType

    # Whoever counts queries counts the same ones whatever ran before: a test that empties tables forgets these rows.
    ContentType.objects.get_for_models(*apps.get_models())
    return a_plant()


@pytest.fixture
def migrator(plant: Plant, settings, tmp_path) -> User:
    """Who brings an old system over; the files are kept for this test alone."""
    settings.DATA_DIR = tmp_path
    return a_user("mia", "migrator", plant.site)


@pytest.fixture
def cast(plant: Plant) -> Cast:
    """Everybody a door is tried with."""
    return the_cast(plant)
