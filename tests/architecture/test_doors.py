"""Every door says which capability opens it, and stays closed to nobody, the stranger and the disabled."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client

from factory_core.access.policy import visible
from factory_core.access.roles import CAPABILITIES
from factory_core.people.models import User
from tests.architecture.doors import OPEN, Door, closed_doors, doors
from tests.world.people import Cast, a_user
from tests.world.plant import Plant


def as_(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def holes(plant: Plant, cast: Cast) -> Mapping[str, object]:
    """What stands in the holes of the addresses: things that exist, at line A."""
    return {
        "code": plant.press.code,
        "label": "factory_core.machine",
        "key": plant.press.pk,
        "pk": plant.press.pk,
        "object_id": plant.press.pk,
        "user_id": cast.operator.pk,
        "part": "band",
        "app_label": "factory_core",
    }


def tried(client: Client, door: Door, given: Mapping[str, object]) -> list[tuple[str, str, int, str]]:
    """Method, address, status and where it leads, for each method of a door."""
    answers = []
    for method in door.methods:
        kind = {} if method == "get" else {"content_type": "application/json"}
        answer: Any = getattr(client, method)(door.url(**given), **kind)
        answers.append(
            (method, door.url(**given), answer.status_code, answer.headers.get("Location", "").split("?")[0])
        )
    return answers


def test_every_door_names_a_known_capability() -> None:
    unnamed = [door.pattern for door in closed_doors() if door.capability not in CAPABILITIES]
    assert unnamed == [], "Put @door(...) on these, or say in tests/architecture/doors.py why they stand open."


def test_every_open_door_still_exists() -> None:
    assert OPEN.keys() - {door.pattern for door in doors()} == set()


def test_nobody_is_asked_to_sign_in_at_every_door(plant: Plant, cast: Cast) -> None:
    _assert_outside(as_(None), holes(plant, cast))


def test_the_disabled_are_nobody(plant: Plant, cast: Cast) -> None:
    client = as_(cast.disabled)
    _assert_outside(client, holes(plant, cast))


def _assert_outside(client: Client, given: Mapping[str, object]) -> None:
    through = [
        answer
        for door in closed_doors()
        for answer in tried(client, door, given)
        if not (answer[2] in {401, 403, 404, 405} or (answer[2] == 302 and answer[3] == "/sign-in/"))
    ]
    assert through == []


def test_the_stranger_finds_every_door_closed(plant: Plant, cast: Cast) -> None:
    client, given = as_(cast.stranger), holes(plant, cast)
    through = [
        answer for door in closed_doors() for answer in tried(client, door, given) if answer[2] not in {403, 404, 405}
    ]
    assert through == []


def test_lists_give_only_rows_that_the_asker_may_see(plant: Plant, cast: Cast) -> None:
    for who in (cast.operator, cast.neighbour, a_user("local", "it_admin", plant.line_b)):
        client = as_(who)
        for door in closed_doors():
            view = getattr(door.callback, "cls", None)
            if getattr(door.callback, "actions", {}).get("get") != "list" or view is None:
                continue
            answer = client.get(door.url(), {"limit": 500})
            if answer.status_code == 403:
                continue
            assert (door.pattern, answer.status_code) == (door.pattern, 200)
            model = view.queryset.model
            seen = {row["id"] for row in answer.json()["results"] if "id" in row}
            allowed = set(visible(who, model._default_manager.all(), view.capability).values_list("pk", flat=True))
            assert (door.pattern, seen - allowed) == (door.pattern, set())


@pytest.mark.parametrize("who", ["neighbour", "stranger"])
def test_things_of_another_line_answer_like_things_that_do_not_exist(plant: Plant, cast: Cast, who: str) -> None:
    client, given = as_(getattr(cast, who)), holes(plant, cast)
    nothing = {**given, "code": "nowhere", "key": 999_999_999, "pk": 999_999_999, "object_id": 999_999_999}
    of_a_machine = ("<str:code>", "<str:label>", "machines/(?P<pk>", "machine/<path:object_id>")
    for door in closed_doors():
        if not any(hole in door.pattern for hole in of_a_machine):
            continue
        there = [(method, status) for method, _url, status, _to in tried(client, door, given)]
        nowhere = [(method, status) for method, _url, status, _to in tried(client, door, nothing)]
        assert (door.pattern, there) == (door.pattern, nowhere)
        assert all(status >= 400 for _method, status in there)


def test_the_description_of_the_api_is_for_whoever_signed_in(cast: Cast) -> None:
    for address in ("/api/v1/schema/", "/api/v1/docs/"):
        assert as_(None).get(address).status_code in {401, 403}
        assert as_(cast.operator).get(address).status_code == 200
