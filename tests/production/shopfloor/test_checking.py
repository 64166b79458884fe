"""Instructions are confirmed and checks recorded, once a key, by those who may."""

import base64
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from factory_core.people.models import User
from production.shopfloor.models import CheckResult, StepConfirmation
from production.shopfloor.services.checking import BadResult, NoSuchOperation, NoSuchStep, NotStarted
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import an_order, minute
from tests.world.shopfloor import a_running_operation, checked, confirmed, good

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(autouse=True)
def _an_hour_in(clock: Clock) -> None:
    clock.set(minute(60))


def post(user: User, address: str, wish: dict[str, Any], key: str = "") -> Any:
    client = Client()
    client.force_login(user)
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1/{address}", wish, content_type="application/json", headers=headers)


def test_a_measured_number_is_judged_and_says_at_which_piece(plant: Plant, cast: Cast) -> None:
    operation = a_running_operation(cast.supervisor, plant.press)
    good(operation, cast.operator, 50, at=20)
    wish = {"operation": operation.pk, "position": 10, "number": "12,05"}
    answer = post(cast.operator, "check-results", wish, key="k1")
    assert (answer.status_code, answer.json()["is_ok"], answer.json()["by"]) == (201, True, "Anna")
    row = CheckResult.objects.get()
    assert (row.number, row.piece, row.machine, row.at) == (Decimal("12.05"), 50, plant.press, minute(60))
    assert post(cast.operator, "check-results", wish, key="k1").json() == answer.json()
    assert CheckResult.objects.count() == 1
    assert Event.objects.filter(name="shopfloor.check_ok").count() == 1


def test_a_number_out_of_its_limits_is_kept_and_told(plant: Plant, cast: Cast) -> None:
    operation = a_running_operation(cast.supervisor, plant.press)
    assert checked(cast.operator, operation, 10, number=Decimal("12.2")).is_ok is False
    event = Event.objects.get(name="shopfloor.check_not_ok")
    assert (event.machine, event.payload) == (plant.press, {"check": "Diameter", "value": "12.2 mm"})


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("twelve", (400, "invalid")),
        ("1e999", (400, "invalid")),
        ("NaN", (400, "invalid")),
        ("", (422, "bad_check_result")),
    ],
)
def test_what_is_no_number_is_refused_and_nothing_is_kept(
    plant: Plant, cast: Cast, typed: str, said: tuple[int, str]
) -> None:
    operation = a_running_operation(cast.supervisor, plant.press)
    answer = post(cast.operator, "check-results", {"operation": operation.pk, "position": 10, "number": typed}, "k")
    assert (answer.status_code, answer.json()["code"]) == said
    assert not CheckResult.objects.exists()


def test_a_photo_is_kept_by_its_content(plant: Plant, cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path
    photo = {"position": 1, "name": "Weld", "kind": "PHOTO", "when": "FIRST"}
    operation = a_running_operation(cast.supervisor, plant.press, checks=[photo])
    wish = {"operation": operation.pk, "position": 1, "picture": f"data:image/png;base64,{PIXEL}"}
    digest = post(cast.operator, "check-results", wish, key="p").json()["picture"]
    assert (tmp_path / "papers" / digest[:2] / digest).read_bytes() == base64.b64decode(PIXEL)
    wrong = {**wish, "picture": base64.b64encode(b"<svg onload=alert(1)>").decode()}
    assert post(cast.operator, "check-results", wrong, key="q").json()["code"] == "not_a_picture"
    assert CheckResult.objects.count() == 1


def test_a_result_is_taken_back_once_by_one_that_names_it(plant: Plant, cast: Cast) -> None:
    operation = a_running_operation(cast.supervisor, plant.press)
    wrong = checked(cast.operator, operation, 10, number=Decimal(13))
    answer = post(cast.operator, f"check-results/{wrong.pk}/undo", {})
    assert (answer.status_code, answer.json()["corrects"]) == (201, wrong.pk)
    assert post(cast.operator, f"check-results/{wrong.pk}/undo", {}).json()["code"] == "result_taken_back"
    assert CheckResult.objects.count() == 2


def test_an_instruction_is_confirmed_once_for_all(plant: Plant, cast: Cast) -> None:
    operation = a_running_operation(cast.supervisor, plant.press)
    wish = {"operation": operation.pk, "position": 1}
    assert post(cast.operator, "step-confirmations", wish, key="a").status_code == 201
    assert post(cast.supervisor, "step-confirmations", wish, key="b").json()["by"] == "Anna"
    assert StepConfirmation.objects.count() == 1


def test_unknown_positions_and_operations_that_never_began_are_refused(plant: Plant, cast: Cast) -> None:
    operation = a_running_operation(cast.supervisor, plant.press)
    with pytest.raises(NoSuchStep):
        confirmed(cast.operator, operation, 9)
    with pytest.raises(NoSuchStep):
        checked(cast.operator, operation, 9)
    with pytest.raises(BadResult):
        checked(cast.operator, operation, 20, text="perhaps")
    waiting = an_order(cast.supervisor, plant.lathe).operations.get()
    with pytest.raises(NotStarted):
        confirmed(cast.operator, waiting)
    assert not StepConfirmation.objects.exists()
    assert not CheckResult.objects.exists()


def test_the_stranger_the_neighbour_and_the_terminal_alone_record_nothing(plant: Plant, cast: Cast) -> None:
    operation = a_running_operation(cast.supervisor, plant.press)
    for actor in (cast.stranger, cast.neighbour):
        with pytest.raises(NoSuchOperation):
            confirmed(actor, operation)
    with pytest.raises(Forbidden):
        confirmed(cast.terminal, operation)
    codes = [
        post(user, "check-results", {"operation": operation.pk, "position": 20, "text": "yes"}, "x").status_code
        for user in (cast.neighbour, cast.stranger, cast.terminal)
    ]
    assert codes == [404, 403, 403]
    assert not StepConfirmation.objects.exists()
    assert not CheckResult.objects.exists()
