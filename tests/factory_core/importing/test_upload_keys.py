"""An upload asked for twice under one key is one import; another file under the same key is refused."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factory_core.importing.models import ImportRun
from tests.world.people import a_user
from tests.world.plant import a_plant

pytestmark = pytest.mark.django_db


def test_a_key_stands_for_what_the_file_holds_and_not_for_its_name(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    plant, client = a_plant(), Client()
    client.force_login(a_user("uma", "migrator", plant.site))

    def sent(content: bytes) -> Any:
        file = SimpleUploadedFile("suppliers.csv", content)
        body = {"file": file, "site": plant.site.code, "kind": "suppliers"}
        return client.post("/api/v1/imports", body, headers={"Idempotency-Key": "one"})

    first, again = sent(b"Code;Name\nS-1;One\nS-2;Two\n"), sent(b"Code;Name\nS-1;One\nS-2;Two\n")
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    # As long, of the same name, and not the same.
    other = sent(b"Code;Name\nS-1;One\nS-2;Too\n")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert ImportRun.objects.count() == 1
    assert (tmp_path / "imports" / ImportRun.objects.get().path).read_bytes().endswith(b"S-2;Two\n")
