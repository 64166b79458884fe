"""Operations at a station: queue, load by scan, start, count, pause, finish; and whose time runs."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.people.tokens import author_pass
from factory_core.plant.models import Machine
from production.labour.models import PauseReason, TimeEntry
from production.orders.models import CountEntry, LossReason, OrderOperation
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_reason, a_running_order, a_shift, a_stop, an_order, minute
from tests.world.shopfloor import a_running_operation, checked, confirmed, good


@pytest.fixture(autouse=True)
def _an_hour_in(clock: Clock) -> None:
    clock.set(minute(60))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def tap(cast: Cast, author: User, address: str, wish: dict[str, Any], key: str = "") -> Any:
    """A tap at the terminal under the pass of who is here."""
    headers = {"X-Millwright-Pass": author_pass(author, cast.terminal, minute(50))}
    if key:
        headers["Idempotency-Key"] = key
    return browser(cast.terminal).post(f"/api/v1/{address}", wish, content_type="application/json", headers=headers)


def at_machine(machine: Machine, move: str) -> str:
    return f"machines/{machine.pk}/{move}"


def waiting(actor: User, machine: Machine) -> OrderOperation:
    return OrderOperation.objects.get(order=an_order(actor, machine))


def times(operation: OrderOperation) -> list[tuple[str, Any, Any, str]]:
    rows = TimeEntry.objects.filter(operation=operation).select_related("person").order_by("id")
    return [(row.person.name, row.started_at, row.ended_at, row.ended_by) for row in rows]


def test_who_starts_an_operation_works_on_it_until_it_is_finished(plant: Plant, cast: Cast, clock: Clock) -> None:
    operation = waiting(cast.supervisor, plant.press)
    wish = {"operation": operation.pk}
    answer = tap(cast, cast.operator, at_machine(plant.press, "start-operation"), wish, "k1")
    assert (answer.status_code, answer.json()["status"]) == (200, "RUNNING")
    assert times(operation) == [("Anna", minute(60), None, "")]
    clock.set(minute(80))
    assert tap(cast, cast.operator, at_machine(plant.press, "finish-operation"), wish, "k2").status_code == 200
    assert times(operation) == [("Anna", minute(60), minute(80), "DONE")]


def test_a_pause_says_why_and_pauses_everybody_on_it(plant: Plant, cast: Cast, clock: Clock) -> None:
    with acting(service_user("plant"), channel="test"):
        PauseReason.objects.create(code="break", name="Break")
    operation = waiting(cast.supervisor, plant.press)
    wish = {"operation": operation.pk}
    tap(cast, cast.operator, at_machine(plant.press, "start-operation"), wish)
    clock.set(minute(65))
    tap(cast, cast.supervisor, at_machine(plant.press, "join-work"), {**wish, "kind": "SETUP"})
    clock.set(minute(70))
    pause = {**wish, "reason": "break"}
    assert tap(cast, cast.operator, at_machine(plant.press, "pause-operation"), pause).json()["status"] == "PAUSED"
    operation.refresh_from_db()
    assert operation.status_reason == "Break"
    assert times(operation) == [
        ("Anna", minute(60), minute(70), "PAUSE"),
        ("Marek", minute(65), minute(70), "PAUSE"),
    ]


def test_the_next_person_takes_over_what_the_last_one_left_running(plant: Plant, cast: Cast, clock: Clock) -> None:
    operation = waiting(cast.supervisor, plant.press)
    wish = {"operation": operation.pk}
    tap(cast, cast.operator, at_machine(plant.press, "start-operation"), wish)
    page = browser(cast.terminal).get(f"/station/{plant.press.code}/").content.decode()
    assert f'data-workers="{cast.operator.pk} " data-worker-names="Anna"' in page
    clock.set(minute(90))
    assert tap(cast, cast.supervisor, at_machine(plant.press, "take-over"), wish).json()["person_name"] == "Marek"
    assert times(operation) == [("Anna", minute(60), minute(90), "HANDOVER"), ("Marek", minute(90), None, "")]
    again = tap(cast, cast.supervisor, at_machine(plant.press, "take-over"), wish)
    assert again.json()["code"] == "nobody_to_take_over"
    assert tap(cast, cast.supervisor, at_machine(plant.press, "leave-work"), wish).json() == {"ended": 1}


def test_a_scan_loads_an_order_or_one_of_its_steps(plant: Plant, cast: Cast) -> None:
    operation = waiting(cast.supervisor, plant.press)
    client, number = browser(cast.terminal), operation.order.number
    address = f"/station/{plant.press.code}/load/"
    for code in (number, number.lower(), f" {number}/{operation.number} "):
        assert client.get(address, {"code": code}).json() == {
            "what": f"Start {number}/10",
            "url": f"/api/v1/machines/{plant.press.pk}/start-operation",
            "body": {"operation": operation.pk},
        }
    a_running_order(cast.supervisor, plant.lathe)
    running = OrderOperation.objects.get(machine=plant.lathe)
    told = client.get(f"/station/{plant.lathe.code}/load/", {"code": running.order.number}).json()
    assert told == {"what": f"{running.order.number}/10 is running here"}


@pytest.mark.parametrize("code", ["PO-999999", "4006381333931", "PO-1/99", ""])
def test_an_unknown_code_says_what_was_read_and_what_was_expected(plant: Plant, cast: Cast, code: str) -> None:
    answer = browser(cast.terminal).get(
        f"/station/{plant.press.code}/load/", {"code": code}, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_code")
    assert answer.json()["detail"].startswith(f"Read: {code}. Expected an order such as PO-000123")


def test_an_order_of_another_machine_is_not_loaded_here(plant: Plant, cast: Cast) -> None:
    elsewhere = waiting(cast.supervisor, plant.lathe)
    answer = browser(cast.terminal).get(
        f"/station/{plant.press.code}/load/", {"code": elsewhere.order.number}, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_start")


@pytest.mark.parametrize("act", ["pause-operation", "finish-operation"])
def test_an_operation_is_not_ended_from_another_machine(plant: Plant, cast: Cast, act: str) -> None:
    operation = a_running_operation(cast.supervisor, plant.lathe, checks=[], instructions=[])
    answer = tap(cast, cast.supervisor, at_machine(plant.press, act), {"operation": operation.pk})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_at_this_machine")
    operation.refresh_from_db()
    assert operation.status == "RUNNING"


def test_finishing_is_refused_while_something_must_be_confirmed_or_checked(plant: Plant, cast: Cast) -> None:
    operation = a_running_operation(cast.supervisor, plant.press)
    good(operation, cast.operator, 10, at=20)
    wish = {"operation": operation.pk}
    refused = tap(cast, cast.operator, at_machine(plant.press, "finish-operation"), wish, "a")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_done_yet")
    assert refused.json()["missing"] == ["Clamp the blank", "First piece"]
    # The API of orders asks the same.
    whole = browser(cast.operator).post(
        f"/api/v1/production-orders/{operation.order_id}/finish", {}, "application/json"
    )
    assert whole.json()["code"] == "not_done_yet"
    operation.refresh_from_db()
    assert operation.status == "RUNNING"
    confirmed(cast.operator, operation)
    checked(cast.operator, operation, 20, text="yes")
    assert tap(cast, cast.operator, at_machine(plant.press, "finish-operation"), wish, "b").status_code == 200


def test_counts_name_their_operation_their_reason_and_their_unit(plant: Plant, cast: Cast) -> None:
    with acting(service_user("plant"), channel="test"):
        burr = LossReason.objects.create(code="burr", name="Burr")
    operation = a_running_operation(cast.supervisor, plant.press)
    address = at_machine(plant.press, "count")
    wishes = [
        {"kind": "good", "quantity": "12,5", "operation": operation.pk},
        {"kind": "scrap", "quantity": 2, "reason": "burr"},
        {"kind": "rework", "quantity": 1, "reason": "burr", "operation": operation.pk},
        {"kind": "good", "reading_start": "100", "reading_end": "130", "operation": operation.pk},
    ]
    assert [tap(cast, cast.operator, address, wish, f"k{n}").status_code for n, wish in enumerate(wishes)] == [201] * 4
    rows = CountEntry.objects.filter(operation=operation).order_by("id")
    assert [(row.kind, row.quantity, row.loss_reason) for row in rows] == [
        ("good", Decimal("12.5"), None),
        ("scrap", 2, burr),
        ("rework", 1, burr),
        ("good", 30, None),
    ]
    assert tap(cast, cast.operator, address, {"kind": "good"}, "k9").json()["code"] == "bad_quantity"
    assert rows.count() == 4


def test_the_machine_alone_counts_where_it_is_told_to(plant: Plant, cast: Cast) -> None:
    operation = a_running_operation(cast.supervisor, plant.press)
    with acting(service_user("plant"), channel="test"):
        operation.count_by = "MACHINE"
        operation.save(update_fields=["count_by"])
    answer = tap(cast, cast.operator, at_machine(plant.press, "count"), {"kind": "good", "quantity": 1}, "k")
    assert answer.json()["code"] == "counted_by_machine"
    assert not CountEntry.objects.exists()
    assert 'data-counts="MACHINE"' in browser(cast.terminal).get(f"/station/{plant.press.code}/order/").content.decode()


def test_the_station_shows_instructions_checks_and_what_is_missing(plant: Plant, cast: Cast) -> None:
    operation = a_running_operation(cast.supervisor, plant.press)
    good(operation, cast.operator, 48, at=20)
    client = browser(cast.terminal)
    first = client.get(f"/station/{plant.press.code}/").context["work"]
    assert (first.next_step.text, first.next_check) == ("Clamp the blank", "Check now: First piece")
    work = client.get(f"/station/{plant.press.code}/work/").context["work"]
    assert (first.missing, work.missing, len(first.checks), len(work.checks)) == (
        *2 * ["Clamp the blank; First piece"],
        1,
        3,
    )
    confirmed(cast.operator, operation)
    checked(cast.operator, operation, 20, text="yes")
    work = client.get(f"/station/{plant.press.code}/work/").context["work"]
    assert (work.steps[0].done, work.next_check, work.missing) == ("Anna 07:05", "Next check in 2 pieces: Diameter", "")


def test_ready_operations_stand_before_those_that_wait_for_the_step_before(plant: Plant, cast: Cast) -> None:
    second = waiting(cast.supervisor, plant.press)
    with acting(service_user("plant"), channel="test"):
        OrderOperation.objects.create(
            order=second.order, number=5, name="Saw", machine=plant.lathe, quantity=620, run_s=10
        )
    free = waiting(cast.supervisor, plant.press)
    queue = browser(cast.terminal).get(f"/station/{plant.press.code}/queue/").context["queue"]
    assert [(one.id, one.ready) for one in queue] == [(free.pk, True), (second.pk, False)]


def test_paused_work_is_offered_again_with_who_paused_it_and_why(plant: Plant, cast: Cast, clock: Clock) -> None:
    with acting(service_user("plant"), channel="test"):
        PauseReason.objects.create(code="break", name="Break")
    operation = waiting(cast.supervisor, plant.press)
    wish = {"operation": operation.pk}
    tap(cast, cast.operator, at_machine(plant.press, "start-operation"), wish)
    clock.set(minute(70))
    tap(cast, cast.operator, at_machine(plant.press, "pause-operation"), {**wish, "reason": "break"})
    [paused] = browser(cast.terminal).get(f"/station/{plant.press.code}/order/").context["waiting"]
    assert (paused.paused, paused.ready, paused.detail) == (True, True, "620 pcs · paused by Anna at 08:10: Break")
    # Another takes it up: Anna's pause is still hers, and no longer the order's.
    tap(cast, cast.supervisor, at_machine(plant.press, "start-operation"), wish)
    assert browser(cast.terminal).get(f"/station/{plant.press.code}/queue/").context["queue"] == []


def test_the_stranger_and_the_neighbour_move_nothing(plant: Plant, cast: Cast) -> None:
    operation = waiting(cast.supervisor, plant.press)
    for user, status in ((cast.neighbour, 404), (cast.stranger, 403)):
        client = browser(user)
        for move in ("start", "pause", "finish"):
            address = f"/api/v1/machines/{plant.press.pk}/{move}-operation"
            assert (
                client.post(address, {"operation": operation.pk}, content_type="application/json").status_code == status
            )
        load = client.get(f"/station/{plant.press.code}/load/", {"code": operation.order.number})
        assert load.status_code == status
    operation.refresh_from_db()
    assert (operation.status, TimeEntry.objects.exists()) == ("PENDING", False)


# Five are who asks and the machine as it stands, the rest what is shown.
MOST_QUERIES = {
    "": 13, "sheets": 14, "band": 8, "reasons": 8, "order": 8, "recent": 7, "work": 8, "queue": 6, "calls": 5,
}  # fmt: skip


def test_the_station_asks_the_database_as_often_for_thirty_waiting_as_for_two(plant: Plant, cast: Cast) -> None:
    a_shift(plant.site, "07:00", "15:00")
    operation = a_running_operation(cast.supervisor, plant.press)
    client = browser(cast.terminal)
    waiting(cast.supervisor, plant.press)
    confirmed(cast.operator, operation)
    few = {part: _queries_of(client, plant.press, part) for part in MOST_QUERIES}
    for _more in range(29):
        waiting(cast.supervisor, plant.press)
    for piece in range(1, 21):
        good(operation, cast.operator, 1, at=piece)
        checked(cast.operator, operation, 10, at=piece, number=Decimal(12))
    assert {part: _queries_of(client, plant.press, part) for part in MOST_QUERIES} == few
    assert {part: asked for part, asked in few.items() if asked > MOST_QUERIES[part]} == {}


def test_a_stop_to_explain_costs_the_station_two_more_queries(plant: Plant, cast: Cast) -> None:
    a_running_operation(cast.supervisor, plant.press)
    client = browser(cast.terminal)
    without = _queries_of(client, plant.press)
    a_reason("jam")
    a_stop(plant.press, 10, None)
    assert _queries_of(client, plant.press) == without + 2
    assert _queries_of(client, plant.press, "reasons") <= MOST_QUERIES["reasons"]


def test_what_stands_behind_a_tap_comes_in_one_answer(plant: Plant, cast: Cast) -> None:
    with acting(service_user("plant"), channel="test"):
        LossReason.objects.create(code="burr", name="Burr", for_rework=False)
        PauseReason.objects.create(code="break", name="Break")
    a_reason("jam")
    operation = a_running_operation(cast.supervisor, plant.press)
    confirmed(cast.operator, operation)
    queued = waiting(cast.supervisor, plant.press)
    page = browser(cast.terminal).get(f"/station/{plant.press.code}/").text
    sheets = browser(cast.terminal).get(f"/station/{plant.press.code}/sheets/").text
    behind = (
        f'id="queued-{queued.pk}"', "Anna 07:05", f"/orders/{operation.order.number}/material/",
        f'data-person="{cast.operator.pk}"',
        'data-reason="jam"', 'data-reason="break"', 'data-scrap-reason="burr"', 'value="burr"',
        'data-missing="First piece"',
    )  # fmt: skip
    assert [(mark, sheets.count(mark), mark in page) for mark in behind] == [(mark, 1, False) for mark in behind]
    for shell in re.findall(r"#([a-z-]+)", re.search('hx-select-oob="([^"]+)"', page)[1]):  # type: ignore[index]  # it is there
        assert (f'id="{shell}"' in page, f'id="{shell}"' in sheets) == (True, True), shell


def _queries_of(client: Client, machine: Machine, part: str = "") -> int:
    address = f"/station/{machine.code}/{part}/".replace("//", "/")
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len([one for one in asked.captured_queries if "SELECT" in one["sql"]])
