"""The one who brings the old system over, at the pages."""

from contextlib import nullcontext

import pytest
from django.test import Client

from factory_core.importing.services import working
from factory_core.importing.services.progress import tell_nobody
from factory_core.people.models import User


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is told over a connection of its own, which would wait for this test's transaction."""
    monkeypatch.setattr(working, "telling", lambda *_about: nullcontext(tell_nobody))


@pytest.fixture
def mia(quiet: None, migrator: User) -> Client:
    """A browser in which the migrator has signed in."""
    client = Client()
    client.force_login(migrator, "django.contrib.auth.backends.ModelBackend")
    return client
