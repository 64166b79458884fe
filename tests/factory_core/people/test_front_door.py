"""Coming in: passwords, terminal links, badges and PINs; who is refused, and that nothing happened then."""

import pytest
from django.core.cache import cache
from django.test import Client

from factory_core.access.identity import acting
from factory_core.events.models import Event
from factory_core.people.models import ApiToken
from factory_core.people.services import (
    BadPin,
    TooManyTries,
    WrongPin,
    create_token,
    person_of_badge,
    person_of_pin,
    service_user,
    set_pin,
)
from factory_core.people.tokens import author_pass
from tests.world.people import PASSWORD


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()


def sign_in(username: str, password: str) -> Client:
    client = Client(HTTP_HOST="127.0.0.1")
    client.answer = client.post("/sign-in/", {"username": username, "password": password})
    return client


@pytest.mark.django_db
def test_the_right_password_opens_and_is_told_in_the_story(cast):
    client = sign_in(cast.operator.username, PASSWORD)
    assert client.answer.status_code == 302
    assert client.session["_auth_user_id"] == str(cast.operator.pk)
    assert Event.objects.get(name="people.signed_in").actor == cast.operator


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["operator", "disabled", "terminal", "nobody"])
def test_everybody_else_gets_the_same_answer(cast, who):
    username = "nobody" if who == "nobody" else getattr(cast, who).username
    client = sign_in(username, "wrong" if who == "operator" else PASSWORD)
    assert client.answer.status_code == 401
    assert "User name or password is not right." in client.answer.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_a_service_never_signs_in(db):
    service = service_user("derive")
    assert not service.is_active
    assert sign_in(service.username, "").answer.status_code in (200, 401)


@pytest.mark.django_db
def test_eight_misses_lock_the_name_for_a_while(cast):
    for _ in range(8):
        assert sign_in(cast.operator.username, "wrong").answer.status_code == 401
    assert sign_in(cast.operator.username, PASSWORD).answer.status_code == 429
    assert sign_in(cast.neighbour.username, PASSWORD).answer.status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_never_leads_out_of_the_building(cast, wanted):
    answer = Client(HTTP_HOST="127.0.0.1").post(
        "/sign-in/", {"username": cast.operator.username, "password": PASSWORD, "next": wanted}
    )
    assert answer["Location"] == "/"


@pytest.mark.django_db
def test_a_terminal_link_makes_this_browser_the_terminal_until_it_is_revoked(cast):
    with acting(cast.it_admin):
        link = create_token(actor=cast.it_admin, user=cast.terminal, scopes=["terminal"], days=1)
    client = Client(HTTP_HOST="127.0.0.1")
    assert client.get(f"/terminal/{link}/").status_code == 302
    assert client.session["_auth_user_id"] == str(cast.terminal.pk)
    with acting(cast.it_admin):
        ApiToken.objects.update(revoked_at=cast.it_admin.date_joined)
    late = Client(HTTP_HOST="127.0.0.1")
    assert late.get(f"/terminal/{link}/").status_code == 403
    assert "_auth_user_id" not in late.session


@pytest.mark.django_db
def test_a_persons_token_is_no_terminal_link(cast):
    with acting(cast.it_admin):
        token = create_token(actor=cast.it_admin, user=cast.operator, scopes=["read", "terminal"], days=1)
    assert Client(HTTP_HOST="127.0.0.1").get(f"/terminal/{token}/").status_code == 403


@pytest.mark.django_db
def test_badge_and_pin_name_only_people_of_the_machine(plant, cast):
    assert person_of_badge(badge=cast.operator.badge, machine=plant.press) == cast.operator
    assert person_of_pin(user_id=cast.operator.pk, pin="4711", machine=plant.press) == cast.operator
    with pytest.raises(WrongPin):
        person_of_badge(badge=cast.neighbour.badge, machine=plant.press)
    with pytest.raises(WrongPin):
        person_of_badge(badge="", machine=plant.press)
    with pytest.raises(WrongPin):
        person_of_pin(user_id=cast.neighbour.pk, pin="4711", machine=plant.press)


@pytest.mark.django_db
def test_five_wrong_pins_lock_the_person_but_not_the_badge(plant, cast):
    for _ in range(5):
        with pytest.raises(WrongPin):
            person_of_pin(user_id=cast.operator.pk, pin="0000", machine=plant.press)
    with pytest.raises(TooManyTries):
        person_of_pin(user_id=cast.operator.pk, pin="4711", machine=plant.press)
    assert person_of_badge(badge=cast.operator.badge, machine=plant.press) == cast.operator


@pytest.mark.django_db
@pytest.mark.parametrize("pin", ["1111", "12", "12345", "abcd", ""])
def test_a_weak_pin_is_refused_and_the_old_one_stays(cast, pin):
    before = cast.operator.pin
    with pytest.raises(BadPin), acting(cast.operator):
        set_pin(actor=cast.operator, user=cast.operator, pin=pin)
    cast.operator.refresh_from_db()
    assert cast.operator.pin == before


@pytest.mark.django_db
def test_an_author_pass_speaks_for_its_person_and_dies_with_their_access(cast, clock):
    slip = author_pass(cast.operator, cast.terminal, clock.at)
    ask = Client(HTTP_HOST="127.0.0.1", headers={"X-Millwright-Pass": slip}).get
    assert ask("/api/v1/machines").status_code == 200
    assert (
        Client(HTTP_HOST="127.0.0.1", headers={"X-Millwright-Pass": slip + "x"}).get("/api/v1/machines").status_code
        == 401
    )
    clock.move(hours=17)
    assert ask("/api/v1/machines").status_code == 401
    clock.move(hours=-17)
    with acting(cast.it_admin):
        cast.operator.is_active = False
        cast.operator.save()
    assert ask("/api/v1/machines").status_code == 401
