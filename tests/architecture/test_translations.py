"""Every text a person can read has a German one, and pages speak it."""

import re
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings

from factory_core.access.identity import acting
from production.orders.services import report_count
from tests.architecture.test_bans import ROOT, committed, source
from tests.world.catalogue import Message, collected, header, loose_words, placeholders, read
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_running_order, minute

CATALOGUE = ROOT / "factory_core/locale/de/LC_MESSAGES/django.po"
# A name, and what stands on keys.
SAME_EVERYWHERE = {"kg", "kWh", "SSCC", "SHA", "PDF", "XLSX", "CSV", "Millwright", "Esc", "Tab"}
# What ISO 22400-2 calls the times of a machine.
SAME_EVERYWHERE |= {"AUBT", "APT", "AUST", "ADET"}
# The same word in both languages, or nothing but a number with its unit.
MAY_BE_EQUAL = re.compile(r"^[\W\d]*$")


@pytest.fixture(scope="module")
def german() -> list[Message]:
    return read(CATALOGUE.read_text())


@pytest.fixture
def speaking_german(tmp_path: Path) -> Iterator[None]:
    """The catalogue as it is committed, whether or not somebody compiled it in this checkout."""
    folder = tmp_path / "de/LC_MESSAGES"
    folder.mkdir(parents=True)
    subprocess.run(["msgfmt", "--output-file", folder / "django.mo", CATALOGUE], check=True)
    with override_settings(LOCALE_PATHS=[tmp_path]):
        yield


def test_the_catalogue_holds_exactly_the_texts_of_the_source(german: list[Message], tmp_path: Path) -> None:
    asked = collected(source(), committed("templates/*.html"), tmp_path)
    assert len(asked) > 600, "collecting found too little to be believed"
    have, want = {message.key for message in german}, {message.key for message in asked}
    assert not want - have, f"without a translation (make messages): {sorted(want - have)}"
    assert not have - want, f"translated, but in use nowhere (make messages): {sorted(have - want)}"


def test_every_text_is_said_in_german_and_none_is_a_guess(german: list[Message]) -> None:
    silent = [message.key for message in german if not message.said or not all(text.strip() for text in message.said)]
    assert silent == []
    assert [message.key for message in german if "fuzzy" in message.flags] == []
    assert [message.key for message in german if message.plural and len(message.said) != 2] == []


def test_a_translation_leaves_open_what_the_text_leaves_open(german: list[Message]) -> None:
    wrong = [
        (message.text, said)
        for message in german
        for english, said in zip((message.text, message.plural or message.text), message.said, strict=False)
        if placeholders(english) != placeholders(said)
    ]
    assert wrong == []


def test_whole_sentences_are_not_left_in_english(german: list[Message]) -> None:
    left = [message.text for message in german if " " in message.text and message.said[0] == message.text]
    assert [
        text
        for text in left
        if not MAY_BE_EQUAL.match(re.sub(r"%\(\w+\)\w|\{[\w\[\]]*\}|min|kWh|\bh\b|\bs\b", "", text))
    ] == []


def test_gettext_itself_accepts_the_catalogue(tmp_path: Path) -> None:
    done = subprocess.run(
        ["msgfmt", "--check", "--output-file", tmp_path / "django.mo", CATALOGUE], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_the_header_tells_nothing_about_the_machine_it_was_made_on() -> None:
    assert re.search(r"https?:|@|/(home|root|tmp|work|usr|var)/", header(CATALOGUE.read_text())) is None
    assert re.search(r"^#: /|^#:.*\s/", CATALOGUE.read_text(), re.MULTILINE) is None


def test_templates_hold_no_words_that_translation_does_not_reach() -> None:
    pages = committed("templates/*.html")
    assert len(pages) > 40
    loose = {path.name: words for path in pages if (words := set(loose_words(path.read_text())) - SAME_EVERYWHERE)}
    assert loose == {}


def test_a_word_between_two_tags_would_be_found() -> None:
    page = '<p>Hello <b>{{ name }}</b>{% translate "there" %}</p><i title="Stop it">&nbsp;</i>'
    assert list(loose_words(page)) == ["Stop", "it", "Hello"]


@pytest.mark.django_db
@pytest.mark.usefixtures("speaking_german")
def test_the_sign_in_page_speaks_the_language_of_the_browser() -> None:
    page = Client().get("/sign-in/", headers={"accept-language": "de-DE,de;q=0.9,en;q=0.5"})
    assert page.headers["Content-Language"] == "de"
    text = page.content.decode()
    assert '<html lang="de"' in text
    assert "Benutzername" in text
    assert "Anmelden" in text
    assert "Sign in" not in text


@pytest.mark.usefixtures("speaking_german")
def test_the_station_speaks_german_to_the_person_who_chose_it(plant: Plant, cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.operator)
    browser.post("/language/", {"language": "de", "next": "/"})
    text = browser.get(f"/station/{plant.press.code}/").content.decode()
    assert "Ausschuss +1" in text
    assert "Auftrag beenden" in text
    assert "Keine Daten" in text
    assert "Scrap +1" not in text


@pytest.mark.usefixtures("speaking_german")
def test_numbers_for_scripts_are_no_german_numbers(plant: Plant, cast: Cast, clock: Clock) -> None:
    clock.set(minute(60))
    a_running_order(cast.supervisor, plant.press)
    with acting(cast.operator, channel="test"):
        report_count(actor=cast.operator, machine=plant.press, kind="scrap", quantity=Decimal("2.5"), at=minute(50))
    browser = Client(headers={"accept-language": "de"})
    browser.force_login(cast.operator)
    text = browser.get(f"/station/{plant.press.code}/").content.decode()
    figures = re.findall(r'data-value="([^"]*)"', text)
    assert len(figures) == 3
    assert all(re.fullmatch(r"-?\d+(\.\d+)?", figure) for figure in figures), figures


@pytest.mark.usefixtures("speaking_german")
def test_a_refusal_is_told_in_german(cast: Cast) -> None:
    browser = Client(headers={"accept-language": "de"})
    browser.force_login(cast.operator)
    answer = browser.get("/api/v1/machines/?wrong=1")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Unbekannter Parameter: wrong.")


def test_english_and_german_are_offered() -> None:
    assert [code for code, _name in settings.LANGUAGES] == ["en", "de"]
