"""Files left in a watched folder come in by themselves once, wait for a person, or are refused with a sentence."""

import os
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.access.services import leave
from factory_core.events.models import Event
from factory_core.importing.folder_models import WatchedFolder
from factory_core.importing.models import ImportRun
from factory_core.importing.services import dropping, working
from factory_core.importing.services.dropping import NoFolder, look_into_folders, place_of, set_up_folder
from factory_core.importing.services.moving import ImportBusy
from factory_core.importing.services.progress import tell_nobody
from factory_core.importing.states import RunStatus
from factory_core.partners.models import Partner
from factory_core.people.models import User
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FILE = "Kontonummer;Firma;aktiv\nS-1;Stahl;ja\nS-2;Schrauben;nein\n"
Look = Callable[[int], None]


@pytest.fixture
def plant(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plant:
    settings.DATA_DIR = tmp_path
    # Progress is told over a connection of its own, which would wait for this test's transaction.
    monkeypatch.setattr(working, "telling", lambda *_about: nullcontext(tell_nobody))
    dropping._seen.clear()
    return a_plant()


@pytest.fixture
def mia(plant: Plant) -> User:
    return a_user("mia", "migrator", plant.site)


@pytest.fixture
def folder(plant: Plant, mia: User) -> WatchedFolder:
    with acting(mia, channel="test"):
        return set_up_folder(actor=mia, site=plant.site, kind="suppliers")


def settle() -> None:
    """Two looks with enough time between them for a file to be taken."""
    look_into_folders(at=NOW)
    look_into_folders(at=NOW + timedelta(seconds=dropping.SETTLED_S))


def left(folder: WatchedFolder, name: str = "vendors.csv", text: str = FILE) -> Path:
    path = place_of(folder) / name
    path.write_text(text, encoding="utf-8")
    return path


def names(folder: WatchedFolder, below: str) -> list[str]:
    return sorted(each.name for each in (place_of(folder) / below).iterdir())


def test_a_file_comes_in_by_itself_under_the_name_of_who_set_the_folder_up(
    folder: WatchedFolder, mia: User, plant: Plant
) -> None:
    left(folder)
    settle()
    run = ImportRun.objects.get()
    assert (run.status, run.by, run.created, run.file_name) == (RunStatus.IMPORTED, mia, 2, "vendors.csv")
    assert set(Partner.objects.filter(is_supplier=True).values_list("code", flat=True)) >= {"S-1", "S-2"}
    assert (names(folder, "done"), names(folder, "taken"), names(folder, "refused")) == (["vendors.csv"], [], [])
    settle()
    assert ImportRun.objects.count() == 1

    left(folder)
    settle()
    assert (ImportRun.objects.latest("id").unchanged, names(folder, "done")) == (2, ["2-vendors.csv", "vendors.csv"])


def test_a_file_that_grows_is_left_alone(folder: WatchedFolder) -> None:
    path = left(folder)
    left(folder, ".half.csv")
    look_into_folders(at=NOW)
    path.write_text(FILE + "S-3;Drei;ja\n")
    look_into_folders(at=NOW + timedelta(seconds=dropping.SETTLED_S))
    assert not ImportRun.objects.exists()
    look_into_folders(at=NOW + timedelta(seconds=2 * dropping.SETTLED_S))
    assert (ImportRun.objects.get().created, (place_of(folder) / ".half.csv").exists()) == (3, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Kontonummer;Firma;aktiv\nS-1;Stahl;vielleicht\nS-2;Zwei;ja\n", "1 rows"),
        ("Kontonummer;aktiv\nS-1;ja\n", "No column gives"),
    ],
)
def test_what_is_to_be_asked_waits_for_a_person(folder: WatchedFolder, text: str, why: str) -> None:
    before = Partner.objects.count()
    left(folder, text=text)
    settle()
    settle()
    run = ImportRun.objects.get()
    assert run.status in (RunStatus.MAPPING, RunStatus.CHECKED)
    assert why in run.options["waits"]
    assert why in Event.objects.get(name="importing.file_waits").sentence
    assert (Partner.objects.count(), names(folder, "done")) == (before, ["vendors.csv"])


def test_what_is_no_file_for_us_is_refused_with_a_sentence(
    folder: WatchedFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(FILE)
    place = place_of(folder)
    (place / "link.csv").symlink_to(secret)
    os.link(secret, place / "hard.csv")
    left(folder, "odd\x07name.csv")
    left(folder, "empty.csv", "")
    left(folder, "macro.xlsm", "no workbook")
    (place / "below").mkdir()
    settle()
    assert not ImportRun.objects.exists()
    assert names(folder, "taken") == []
    refused = names(folder, "refused")
    assert [name for name in refused if not name.endswith(".txt")] == [
        "empty.csv", "hard.csv", "link.csv", "macro.xlsm", "odd?name.csv",
    ]  # fmt: skip
    assert "link" in (place / "refused" / "link.csv.txt").read_text()
    assert "empty" in (place / "refused" / "empty.csv.txt").read_text()
    assert Event.objects.filter(name="importing.file_refused").count() == 5
    assert secret.read_text() == FILE

    monkeypatch.setattr(dropping, "MOST_BYTES", 10)
    left(folder, "huge.csv")
    settle()
    assert "larger than" in (place / "refused" / "huge.csv.txt").read_text()


def dies(*_about: object) -> None:
    raise KeyboardInterrupt


def test_what_breaks_on_a_file_keeps_no_other_waiting(folder: WatchedFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    left(folder, "a.csv")
    with monkeypatch.context() as broken:
        broken.setattr(dropping, "open_run", lambda **_facts: 1 / 0)
        settle()
    left(folder, "b.csv")
    settle()
    assert (names(folder, "refused"), names(folder, "done")) == (["a.csv", "a.csv.txt"], ["b.csv"])
    assert "ZeroDivisionError" in (place_of(folder) / "refused" / "a.csv.txt").read_text()


def test_a_run_that_somebody_holds_is_gone_on_with_later(
    folder: WatchedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(folder)

    def held(*_about: object) -> None:
        raise ImportBusy("held")

    with monkeypatch.context() as broken:
        broken.setattr(dropping, "_go_on", held)
        settle()
    assert len(names(folder, "taken")) == 1
    settle()
    assert (ImportRun.objects.get().created, names(folder, "done")) == (2, ["vendors.csv"])


@pytest.mark.parametrize("dies_at", ["_go_on", "_work", "_free"])
def test_a_killed_worker_is_followed_by_one_that_finishes_and_nothing_comes_twice(
    folder: WatchedFolder, dies_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(folder)
    with monkeypatch.context() as broken:
        broken.setattr(dropping, dies_at, dies)
        with pytest.raises(KeyboardInterrupt):
            settle()
    assert len(names(folder, "taken")) == 1
    settle()
    run = ImportRun.objects.get()
    assert (run.status, run.created) == (RunStatus.IMPORTED, 2)
    assert (names(folder, "done"), names(folder, "taken")) == (["vendors.csv"], [])


def test_one_that_another_worker_took_is_not_taken_again(
    folder: WatchedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = left(folder)
    look_into_folders(at=NOW)
    monkeypatch.setattr(dropping, "_ready", lambda *_about: [path])
    path.unlink()
    look_into_folders(at=NOW)
    assert not ImportRun.objects.exists()


def test_who_lost_the_right_brings_nothing_more(folder: WatchedFolder, plant: Plant, mia: User) -> None:
    ruler = a_user("root", superuser=True)
    with acting(ruler, channel="test"):
        leave(actor=ruler, user=mia, role="migrator", place=plant.site)
    left(folder)
    settle()
    assert (ImportRun.objects.count(), names(folder, "refused")) == (0, ["vendors.csv", "vendors.csv.txt"])


def test_only_who_may_bring_such_things_there_sets_a_folder_up(plant: Plant, mia: User) -> None:
    other = a_plant("other").site
    for user, site, kind in ((mia, other, "suppliers"), (a_user("stranger"), plant.site, "suppliers"),
                             (mia, plant.site, "users")):  # fmt: skip
        with pytest.raises(Forbidden), acting(user, channel="test"):
            set_up_folder(actor=user, site=site, kind=kind)
    with pytest.raises(NoFolder), acting(mia, channel="test"):
        set_up_folder(actor=mia, site=plant.site, kind="../etc")
    assert not WatchedFolder.objects.exists()


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_folders_are_set_up_and_ended_on_their_page(plant: Plant, mia: User) -> None:
    client = as_(mia)
    client.post("/imports/folders/", {"site": plant.site.pk, "kind": "suppliers", "on": "yes"})
    folder = WatchedFolder.objects.get()
    assert (folder.by, folder.is_active) == (mia, True)
    assert f"inbox/{plant.site.code}/suppliers" in client.get("/imports/folders/").content.decode()
    client.post("/imports/folders/", {"site": plant.site.pk, "kind": "suppliers"})
    folder.refresh_from_db()
    assert folder.is_active is False
    assert client.post("/imports/folders/", {"site": "x", "kind": "suppliers", "on": "yes"}).status_code == 404
    assert as_(a_user("stranger")).get("/imports/folders/").status_code == 403
    assert (
        "inbox/" not in as_(a_user("max", "migrator", a_plant("other").site)).get("/imports/folders/").content.decode()
    )
