"""Files made to do harm, given through the door of the API: a sentence each, nothing kept, nothing imported."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factory_core.importing.models import ImportRun
from tests.factory_core.importing.files.real import uncaged  # noqa: F401 - a fixture
from tests.factory_core.importing.files.test_evil_files import EVIL
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uncaged")]


@pytest.fixture
def plant(settings: Any, tmp_path: Path) -> Plant:
    settings.DATA_DIR = tmp_path
    return a_plant()


def test_each_is_refused_with_a_sentence_and_nothing_of_it_is_kept(plant: Plant, tmp_path: Path) -> None:
    client = Client()
    client.force_login(a_user("mia", "migrator", plant.site))
    for what, (name, build, _refusal, words) in EVIL.items():
        content = build(tmp_path / f"built-{name}").read_bytes()
        told = client.post(
            "/api/v1/imports", {"file": SimpleUploadedFile(name, content), "site": plant.site.code},
            headers={"Idempotency-Key": what.replace(" ", "-")},
        )  # fmt: skip
        assert told.status_code in (400, 413, 422), (what, told.status_code, told.content[:300])
        assert words in told.json()["detail"] or not content, (what, told.content[:300])
        assert str(tmp_path) not in told.content.decode(), what
    assert not ImportRun.objects.exists()
    assert not [*(tmp_path / "imports").iterdir()]
