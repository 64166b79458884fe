"""Long lists page without counting: by number, or by id where the newest stand first."""

import pytest
from django.test import RequestFactory

from factory_core.access.identity import acting
from factory_core.partners.models import Partner
from factory_core.people.services import service_user
from factory_core.web.lists import DEEPEST, Page, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def partners() -> list[Partner]:
    with acting(service_user("plant"), channel="test"):
        return [Partner.objects.create(code=f"P{number}", name="x") for number in range(1, 6)]


def page(address: str, newest_first: bool = False) -> Page:
    rows = Partner.objects.order_by("-id" if newest_first else "code")
    return page_of(RequestFactory().get(address), rows, size=2, newest_first=newest_first)


def codes(page: Page) -> list[str]:
    return [row.code for row in page.rows]


def test_the_first_page_has_no_page_before_it(partners: list[Partner]) -> None:
    first = page("/list/?q=a&page=1")
    assert (codes(first), first.previous_url, first.next_url) == (["P1", "P2"], "", "/list/?q=a&page=2")


def test_the_last_page_has_no_page_after_it(partners: list[Partner]) -> None:
    last = page("/list/?page=3")
    assert (codes(last), last.previous_url, last.next_url) == (["P5"], "/list/?page=2", "")


def test_the_way_back_to_the_first_page_names_no_number(partners: list[Partner]) -> None:
    assert page("/list/?page=2").previous_url == "/list/"


@pytest.mark.parametrize("number", ["0", "-1", "x", "²", ""])
def test_a_page_nobody_can_mean_is_the_first(partners: list[Partner], number: str) -> None:
    assert codes(page(f"/list/?page={number}")) == ["P1", "P2"]


def test_nobody_is_led_deeper_than_the_deepest_page(partners: list[Partner]) -> None:
    deep = page(f"/list/?page={DEEPEST + 5}")
    assert (codes(deep), deep.next_url) == ([], "")


def test_the_newest_are_walked_by_id(partners: list[Partner]) -> None:
    first = page("/list/", newest_first=True)
    assert (codes(first), first.next_url) == (["P5", "P4"], f"/list/?before={partners[3].pk}")
    second = page(first.next_url, newest_first=True)
    assert (codes(second), second.previous_url) == (["P3", "P2"], "/list/")
    third = page(second.next_url, newest_first=True)
    assert (codes(third), third.next_url) == (["P1"], "")
