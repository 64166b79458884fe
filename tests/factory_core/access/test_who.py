"""The screen "Who may do what where": given, taken and explained, within the asker's own places."""

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.policy import forget_grants, may
from factory_core.access.queries import NoSuchPlace, managed_places, place_named, roles_of, why
from factory_core.people.models import User
from tests.world.people import Cast, a_user
from tests.world.plant import Plant


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def key(place: object) -> str:
    return f"{type(place).__name__.lower()}:{place.pk}"  # type: ignore[attr-defined]


def test_the_table_shows_roles_where_they_are_held(cast: Cast, plant: Plant) -> None:
    page = as_(cast.it_admin).get("/people/rights/").content.decode()

    row = page.split(f'id="person-{cast.operator.pk}"')[1].split("</tr>")[0]
    assert [cell.split("</td>")[0] for cell in row.split("<td>")[1:]] == ["", "", "operator", ""]
    assert "Bremen › Hall 1 ›</span><br>Line A</th>" in page
    assert "Press 1" not in page
    assert "Press 1" in as_(cast.it_admin).get("/people/rights/?machines=1").content.decode()
    assert "service.plant" not in page


def test_a_role_is_given_and_taken_with_its_entry_in_the_trail(cast: Cast, plant: Plant) -> None:
    client, paul = as_(cast.it_admin), a_user("paul")
    place = {"role": "operator", "place": key(plant.line_a)}

    assert client.post(f"/people/rights/{paul.pk}/give/", place | {"reason": "new hire"}).status_code == 302
    assert may(paul, "production.count.report", plant.press)
    entry = LogEntry.objects.order_by("-pk")[0]
    assert (entry.content_type.model, entry.actor, entry.additional_data["reason"]) == (
        "linegrant",
        cast.it_admin,
        "new hire",
    )

    assert client.post(f"/people/rights/{paul.pk}/take/", place).status_code == 302
    forget_grants(paul)
    assert not may(paul, "production.count.report", plant.press)
    assert LogEntry.objects.order_by("-pk")[0].action == LogEntry.Action.DELETE


def test_why_names_the_role_and_the_place_it_comes_from(cast: Cast, plant: Plant) -> None:
    yes = why(cast.it_admin, "plant.manage", plant.press)
    assert (yes.allowed, yes.sentences) == (
        True,
        ["Ines is IT administrator at Bremen, and that role may set up places, shifts and holidays."],
    )
    no = why(cast.operator, "production.order.run", plant.robot)
    assert (no.allowed, no.sentences) == (
        False,
        ["Anna may not start, pause and finish orders at Robot 9. Roles that may: operator, supervisor."],
    )
    assert why(cast.disabled, "plant.view", plant.press).sentences == ["Dora is disabled: no role counts any more."]
    assert why(a_user("root", superuser=True), "plant.manage", plant.site).allowed


@pytest.mark.parametrize("who", ["operator", "supervisor", "owner", "auditor", "it_admin", "stranger", "disabled"])
@pytest.mark.parametrize("capability", ["plant.view", "production.downtime.edit", "people.manage", "trail.view"])
def test_why_and_the_policy_never_disagree(cast: Cast, plant: Plant, who: str, capability: str) -> None:
    person = getattr(cast, who)
    for place in (plant.site, plant.area, plant.line_a, plant.line_b, plant.press, plant.robot):
        assert why(person, capability, place).allowed == may(person, capability, place)


def test_the_page_explains(cast: Cast, plant: Plant) -> None:
    asked = {"capability": "production.order.run", "place": key(plant.press)}
    page = as_(cast.it_admin).get(f"/people/rights/{cast.operator.pk}/", asked).content.decode()
    assert "Anna is operator at Line A, and that role may start, pause and finish orders." in page


def test_an_administrator_of_one_line_manages_its_people_only(cast: Cast, plant: Plant) -> None:
    local, paul = a_user("local", "it_admin", plant.line_a), a_user("paul")
    assert [node.name for node in managed_places(local)] == ["Line A", "Press 1", "Lathe 2"]
    with pytest.raises(NoSuchPlace):
        place_named(local, key(plant.line_b))

    answer = as_(local).post(f"/people/rights/{paul.pk}/give/", {"role": "it_admin", "place": key(plant.site)})

    assert answer.status_code == 404
    assert roles_of([paul]) == {}


@pytest.mark.parametrize("who", ["stranger", "operator", "supervisor", "owner", "auditor", "terminal"])
def test_the_screen_is_closed_to_everybody_else(cast: Cast, plant: Plant, who: str) -> None:
    client = as_(getattr(cast, who))
    wish = {"role": "it_admin", "place": key(plant.site)}
    assert client.get("/people/rights/").status_code == 403
    assert client.get(f"/people/rights/{cast.operator.pk}/").status_code == 403
    assert client.post(f"/people/rights/{cast.stranger.pk}/give/", wish).status_code == 403
    assert roles_of([cast.stranger]) == {}


def test_nonsense_is_refused_and_changes_nothing(cast: Cast, plant: Plant) -> None:
    client = as_(cast.it_admin)
    for wish in (
        {},
        {"role": "king", "place": key(plant.site)},
        {"role": "operator", "place": "moon:1"},
        {"role": "operator", "place": "line:x"},
    ):
        assert client.post(f"/people/rights/{cast.stranger.pk}/give/", wish).status_code in {404, 422}
    assert client.get("/people/rights/999999/").status_code == 404
    assert client.get("/people/rights/?page=x&name=%00").status_code == 200
    assert roles_of([cast.stranger]) == {}


def test_many_people_take_as_many_queries_as_few(cast: Cast, plant: Plant) -> None:
    client = as_(cast.it_admin)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/people/rights/?machines=1").status_code == 200
        return len(asked)

    queries()
    few = queries()
    for n in range(12):
        a_user(f"more{n}", "operator", plant.line_b)
    assert queries() == few
