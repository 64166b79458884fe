"""What the pages of the administration really send: the version that was read, and nothing secret."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.world.people import Cast
from tests.world.plant import Plant


@pytest.fixture
def ines(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.it_admin, "django.contrib.auth.backends.ModelBackend")
    return client


def test_the_version_travels_hidden_and_unlabelled(ines: Client, plant: Plant, cast: Cast) -> None:
    for name, key in (("machine", plant.press.pk), ("user", cast.operator.pk)):
        page = ines.get(reverse(f"admin:factory_core_{name}_change", args=[key])).content.decode()
        field = re.search(r'<input[^>]*name="read_version"[^>]*>', page)
        assert field is not None
        assert 'type="hidden"' in field[0]
        assert 'value="1"' in field[0]
        assert "Read version" not in page


def test_a_persons_page_holds_no_secret(ines: Client, cast: Cast) -> None:
    page = ines.get(reverse("admin:factory_core_user_change", args=[cast.operator.pk])).content.decode()
    assert cast.operator.password not in page
    assert cast.operator.pin not in page
    assert "is_superuser" not in page
