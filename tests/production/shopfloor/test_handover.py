"""A shift is handed over: collected, signed and frozen, read by the next one."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.events.models import Event
from factory_core.people.models import User
from production.shopfloor.models import Handover
from production.shopfloor.services import call_help
from production.shopfloor.services.handovers import open_handover, sign_handover
from tests.world.clock import Clock
from tests.world.people import PASSWORD, Cast, a_user
from tests.world.plant import Plant
from tests.world.production import a_shift, minute
from tests.world.shopfloor import a_running_operation, checked, good


@pytest.fixture(autouse=True)
def _an_hour_in(clock: Clock) -> None:
    clock.set(minute(60))


@pytest.fixture
def draft(plant: Plant, cast: Cast) -> Handover:
    a_shift(plant.site)
    operation = a_running_operation(cast.supervisor, plant.press)
    good(operation, cast.operator, 40, at=20)
    checked(cast.operator, operation, 10, at=30, number=Decimal(13))
    with acting(cast.operator, channel="test"):
        call_help(actor=cast.operator, machine=plant.press, kind="quality", at=minute(50))
    with acting(cast.supervisor, channel="test"):
        return open_handover(actor=cast.supervisor, line=plant.line_a, at=minute(60))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def act(user: User, handover: Handover, name: str, **wish: Any) -> Any:
    return browser(user).post(f"/handover/{handover.pk}/{name}/", wish)


def test_a_draft_collects_what_the_shift_did_and_left_open(cast: Cast, draft: Handover) -> None:
    page = browser(cast.supervisor).get(f"/handover/{draft.pk}/")
    figures = page.context["figures"]
    assert [(row["name"], row["good"], row["scrap"]) for row in figures["machines"]] == [
        ("Press 1", "40", "0"),
        ("Lathe 2", "0", "0"),
    ]
    assert [(str(row["word"]), row["minutes"]) for row in figures["calls"]] == [("Quality", 10)]
    assert [(row["check"], row["state"]) for row in figures["checks"]] == [
        ("First piece", "due"),
        ("Diameter", "not_ok"),
    ]
    assert (figures["stored"], figures["sent"], figures["pallets"]) == ([], [], [])


def test_a_signature_freezes_figures_and_note(plant: Plant, cast: Cast, draft: Handover, clock: Clock) -> None:
    act(cast.supervisor, draft, "note", note="Oil is low")
    assert act(cast.supervisor, draft, "sign", secret="4711", note="Oil is low").status_code == 302
    draft.refresh_from_db()
    assert (draft.status, draft.signed_by, draft.signed_at, draft.note) == (
        "SIGNED", cast.supervisor, minute(60), "Oil is low",
    )  # fmt: skip
    clock.set(minute(90))
    good(plant.press.operations.get(), cast.operator, 7, at=70)
    page = browser(cast.supervisor).get(f"/handover/{draft.pk}/")
    assert page.context["figures"]["machines"][0]["good"] == "40"
    assert page.context["as_signed"] is True
    assert act(cast.supervisor, draft, "note", note="Anything").status_code == 409
    assert act(cast.supervisor, draft, "sign", secret=PASSWORD).status_code == 409
    assert Handover.objects.get().note == "Oil is low"
    assert Event.objects.filter(name="shopfloor.handover_signed").count() == 1


def test_without_the_right_secret_nothing_is_signed_and_the_note_stays_on_the_screen(
    cast: Cast, draft: Handover
) -> None:
    answer = act(cast.supervisor, draft, "sign", secret="0000", note="Long typed")
    assert answer.status_code == 403
    assert "Nothing was signed" in answer.content.decode()
    assert answer.context["note"] == "Long typed"
    draft.refresh_from_db()
    assert (draft.status, draft.digest, draft.note) == ("DRAFT", "", "")


def test_the_next_shift_takes_it_and_nobody_takes_their_own(plant: Plant, cast: Cast, draft: Handover) -> None:
    late = a_user("lena", "supervisor", plant.line_a)
    assert act(late, draft, "take").status_code == 409
    with acting(cast.supervisor, channel="test"):
        sign_handover(actor=cast.supervisor, handover_id=draft.pk, secret=PASSWORD, at=minute(470))
    assert "You signed this handover yourself" in act(cast.supervisor, draft, "take").content.decode()
    assert act(late, draft, "take").status_code == 302
    draft.refresh_from_db()
    assert (draft.status, draft.taken_by, draft.taken_at) == ("TAKEN", late, minute(60))
    assert browser(late).get(f"/handover/{draft.pk}/").context["as_signed"] is True


def test_who_changes_it_past_the_product_is_found_out(cast: Cast, draft: Handover) -> None:
    with acting(cast.supervisor, channel="test"):
        sign_handover(actor=cast.supervisor, handover_id=draft.pk, secret=PASSWORD, at=minute(60))
    with acting(cast.supervisor, channel="sql"), connection.cursor() as cursor:
        cursor.execute("UPDATE production_handover SET note = 'All fine' WHERE id = %s", [draft.pk])
    for address in (f"/handover/{draft.pk}/", f"/handover/{draft.pk}/print/"):
        assert "the digest does not match" in browser(cast.supervisor).get(address).content.decode()
    shown = browser(cast.supervisor).get(f"/api/v1/handovers/{draft.pk}").json()
    assert (shown["as_signed"], shown["status"]) == (False, "SIGNED")


def test_one_shift_has_one_handover_and_the_one_before_can_still_be_opened(cast: Cast, draft: Handover) -> None:
    client, line = browser(cast.supervisor), draft.line.code
    assert client.post("/handover/open/", {"line": line})["Location"] == f"/handover/{draft.pk}/"
    assert client.post("/handover/open/", {"line": line, "before": "1"}).status_code == 302
    assert Handover.objects.count() == 2
    assert client.get("/handover/").status_code == 200


def test_the_api_opens_signs_and_takes(plant: Plant, cast: Cast, draft: Handover) -> None:
    client = browser(cast.supervisor)

    def post(address: str, wish: dict[str, Any]) -> Any:
        return client.post(f"/api/v1/handovers{address}", wish, content_type="application/json")

    assert post("", {"line_code": plant.line_a.code}).json()["id"] == draft.pk
    assert post(f"/{draft.pk}/note", {"note": "n", "version": 99}).status_code == 412
    assert post(f"/{draft.pk}/sign", {"secret": "no"}).json()["code"] == "wrong_secret"
    signed = post(f"/{draft.pk}/sign", {"secret": "4711"}).json()
    assert (signed["status"], signed["as_signed"], signed["signed_by"]) == ("SIGNED", True, "Marek")


def test_only_who_may_sign_opens_and_signs(plant: Plant, cast: Cast, draft: Handover) -> None:
    assert browser(cast.operator).get(f"/handover/{draft.pk}/").context["may_sign"] is False
    assert act(cast.operator, draft, "sign", secret="4711").status_code == 403
    assert browser(cast.operator).post("/handover/open/", {"line": plant.line_b.code}).status_code == 403
    for user, status in ((cast.neighbour, 404), (cast.stranger, 403)):
        assert browser(user).get(f"/handover/{draft.pk}/").status_code == status
        assert browser(user).get(f"/api/v1/handovers/{draft.pk}").status_code == status
    draft.refresh_from_db()
    assert (draft.status, Handover.objects.count()) == ("DRAFT", 1)


def test_the_list_asks_as_often_for_fifty_as_for_two(plant: Plant, cast: Cast) -> None:
    client = browser(cast.supervisor)
    for day in (1, 2):
        _older(plant, cast, day)
    few = _queries_of(client)
    for day in range(3, 50):
        _older(plant, cast, day)
    assert _queries_of(client) == few <= 12


def _older(plant: Plant, cast: Cast, day: int) -> None:
    with acting(cast.supervisor, channel="test"):
        open_handover(actor=cast.supervisor, line=plant.line_a, at=minute(-day * 1440))


def _queries_of(client: Client) -> int:
    client.get("/handover/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/handover/").status_code == 200
    return len([one for one in asked.captured_queries if "SELECT" in one["sql"]])
