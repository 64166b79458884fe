"""One field finds everything one may see, and nothing else."""

import pytest
from django.test import Client

from factory_core.people.models import User
from factory_core.web import finders
from factory_core.web.finders import Found
from tests.world.inventory import a_partner
from tests.world.people import Cast


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finders, "_finders", [])
    things = [
        Found("order", "PO-1", "", "/orders/PO-1/", exact=True),
        Found("item", "PO-10", "plate", "/items/PO-10/"),
    ]
    secret = [Found("cost", "PO-1", "", "/costs/1/", exact=True)]
    finders.offer_finder("plant.view", lambda user, text: [one for one in things if one.title.startswith(text)])
    finders.offer_finder("inventory.cost.view", lambda user, text: secret)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_a_code_opens_its_thing(known: None, cast: Cast) -> None:
    answer = as_(cast.operator).get("/find/", {"q": " PO-1 "})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/orders/PO-1/")


def test_what_may_mean_several_things_is_a_list(known: None, cast: Cast) -> None:
    page = as_(cast.buyer).get("/find/", {"q": "PO-1"}).content.decode()
    assert page.index("/orders/PO-1/") < page.index("/costs/1/") < page.index("/items/PO-10/")


def test_who_lacks_the_right_is_not_asked_for(known: None, cast: Cast) -> None:
    page = as_(cast.operator).get("/find/", {"q": "PO-10"}).content.decode()
    assert "/items/PO-10/" in page
    assert "/costs/1/" not in page


def test_nothing_found_says_what_was_read(known: None, cast: Cast) -> None:
    page = as_(cast.operator).get("/find/", {"q": "<b>?"}).content.decode()
    assert "Nothing found" in page
    assert "&lt;b&gt;?" in page


def test_the_stranger_finds_nothing(known: None, cast: Cast) -> None:
    assert as_(cast.stranger).get("/find/", {"q": "PO-1"}).status_code == 403


def test_the_separator_of_a_label_is_part_of_what_was_read(
    known: None, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    finders.offer_finder("plant.view", lambda user, text: read.append(text) or [])
    as_(cast.operator).get("/find/", {"q": " 10LOT-7\x1d\r\n"})
    assert read == ["10LOT-7\x1d"]


def test_a_company_is_found_by_code_and_by_a_part_of_its_name(cast: Cast) -> None:
    steel = a_partner("S-100", supplier=True, name="Nordstahl")
    assert as_(cast.buyer).get("/find/", {"q": "S-100"}).headers["Location"] == f"/partners/{steel.pk}/"
    assert f"/partners/{steel.pk}/" in as_(cast.buyer).get("/find/", {"q": "stahl"}).content.decode()
    assert f"/partners/{steel.pk}/" not in as_(cast.operator).get("/find/", {"q": "stahl"}).content.decode()
