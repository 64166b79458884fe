"""Points the tests at a real PostgreSQL: DATABASE_URL, or this checkout's shared embedded cluster."""

import os
from typing import Any

import environ
from django.conf import settings
from django.db import connections

from tests import cluster


def settle() -> None:
    """Make the default connection the tests' own. Called once, before anything connects."""
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = cluster.join()
    if not settings.SECRET_KEY_FALLBACKS and not os.environ.get("SECRET_KEY"):
        settings.SECRET_KEY = "the key of the tests, which signs nothing anybody keeps"  # not a secret
    connections.settings["default"].update(_settings(os.environ["DATABASE_URL"]))


def _settings(url: str) -> dict[str, Any]:
    # The settings module was read before this one, perhaps without DATABASE_URL.
    found: dict[str, Any] = environ.Env.db_url_config(url)
    options = found.pop("OPTIONS", {})
    return {**found, "OPTIONS": options, "TEST": {**connections.settings["default"]["TEST"], "NAME": name()}}


def name() -> str:
    """The test database's name: one per TEST_DB, so that several runs work beside each other."""
    return f"test_millwright_{os.environ.get('TEST_DB') or 'main'}"
