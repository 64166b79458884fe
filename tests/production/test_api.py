"""Production through the API: what it answers, to whom, once a key."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from factory_core.access.identity import acting
from factory_core.events.models import Event
from factory_core.people.models import User
from factory_core.people.tokens import author_pass
from production.downtime.models import Downtime
from production.orders.models import CountEntry, ProductionOrder
from production.shopfloor.models import HelpCall
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_reason, a_running_order, a_stop, an_order, minute, states, stops_of


@pytest.fixture(autouse=True)
def _an_hour_in(clock: Clock) -> None:
    clock.set(minute(60))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, address: str, body: dict | None = None, **headers: str) -> Any:
    return client.post(f"/api/v1/{address}", body or {}, content_type="application/json", headers=headers)


def test_a_tap_at_the_terminal_is_the_person_s_who_made_it(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    stop = a_stop(plant.press, 10, 20)
    answer = post(
        browser(cast.terminal),
        f"downtimes/{stop.pk}/explain",
        {"reason": "jam", "at": minute(55).isoformat()},
        **{
            "X-Millwright-Pass": author_pass(cast.operator, cast.terminal, minute(50)),
            "X-Millwright-Tapped-At": minute(55).isoformat(),
            "Idempotency-Key": "k1",
        },
    )
    assert answer.status_code == 200
    assert (answer.json()["reason"], answer.json()["explained_by"]) == ("jam", "Anna")
    stop.refresh_from_db()
    assert (stop.explained_by, stop.explained_at) == (cast.operator, minute(55))
    event = Event.objects.get(name="downtime.explained")
    assert (event.actor, event.channel) == (cast.operator, "station")


def test_the_terminal_itself_may_not_explain(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    stop = a_stop(plant.press, 10, 20)
    answer = post(browser(cast.terminal), f"downtimes/{stop.pk}/explain", {"reason": "jam"})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert Downtime.objects.get().reason is None


def test_a_repeated_key_has_one_effect(plant: Plant, cast: Cast) -> None:
    a_running_order(cast.supervisor, plant.press)
    client, wish = browser(cast.operator), {"kind": "scrap", "quantity": "2"}
    first = post(client, f"machines/{plant.press.pk}/count", wish, **{"Idempotency-Key": "k1"})
    again = post(client, f"machines/{plant.press.pk}/count", wish, **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert again["Idempotent-Replay"] == "true"
    assert CountEntry.objects.count() == 1
    other = post(
        client, f"machines/{plant.press.pk}/count", {"kind": "scrap", "quantity": "3"}, **{"Idempotency-Key": "k1"}
    )
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


@pytest.mark.django_db(transaction=True)
def test_eight_parallel_taps_with_one_key_have_one_effect(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    stop = a_stop(plant.press, 10, 20)
    clients = [browser(cast.operator) for _ in range(8)]

    def tap(client: Client) -> int:
        try:
            return post(
                client, f"downtimes/{stop.pk}/explain", {"reason": "jam"}, **{"Idempotency-Key": "k"}
            ).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(tap, clients)) == {200}
    assert Event.objects.filter(name="downtime.explained").count() == 1
    stop.refresh_from_db()
    assert (stop.reason.code, stop.version) == ("jam", 2)


@pytest.mark.parametrize(
    ("tapped", "status", "code"),
    [
        ("2026-11-20T07:00:30Z", 422, "tap_in_future"),
        ("2026-11-17T06:59:00Z", 422, "tap_too_old"),
        ("2026-11-20 06:50:00", 422, "bad_moment"),
        ("soon", 422, "bad_moment"),
        ("2026-11-20T07:00:04Z", 200, None),
    ],
)
def test_the_moment_of_a_tap_is_believed_only_when_it_can_be(
    plant: Plant, cast: Cast, tapped: str, status: int, code: str | None
) -> None:
    a_reason("jam")
    stop = a_stop(plant.press, 10, 20)
    answer = post(
        browser(cast.operator), f"downtimes/{stop.pk}/explain", {"reason": "jam"}, **{"X-Millwright-Tapped-At": tapped}
    )
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    stop.refresh_from_db()
    assert (stop.explained_at or minute(60)) == minute(60)


def test_a_stale_version_is_refused_with_both_values(plant: Plant, cast: Cast) -> None:
    for code in ("jam", "tool"):
        a_reason(code)
    stop = a_stop(plant.press, 10, 20)
    client = browser(cast.operator)
    assert post(client, f"downtimes/{stop.pk}/explain", {"reason": "jam"}, **{"If-Match": '"1"'}).status_code == 200
    answer = post(client, f"downtimes/{stop.pk}/explain", {"reason": "tool"}, **{"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["current"]["reason"]) == (412, "jam")


def test_undo_note_split_and_merge_have_their_addresses(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    stop = a_stop(plant.press, 10, 20)
    client = browser(cast.supervisor)
    base = f"downtimes/{stop.pk}"
    assert post(client, f"{base}/explain", {"reason": "jam"}).json()["reason"] == "jam"
    assert post(client, f"{base}/undo").json()["reason"] is None
    assert post(client, f"{base}/note", {"note": "belt"}).json()["note"] == "belt"
    first, second = post(client, f"{base}/split", {"split_at": minute(15).isoformat()}).json()
    assert (first["id"], second["split_from"]) == (stop.pk, stop.pk)
    assert stops_of(plant.press) == [(10, 15), (15, 20)]
    assert post(client, f"downtimes/{second['id']}/merge", {"with": first["id"]}).json()["id"] == stop.pk
    assert stops_of(plant.press) == [(10, 20)]
    assert post(client, f"{base}/undo-merge").status_code == 200
    assert post(client, f"downtimes/{second['id']}/undo-split").status_code == 200
    assert stops_of(plant.press) == [(10, 20)]


ACTS = [
    ("downtimes/{stop}/explain", {"reason": "jam"}),
    ("downtimes/{stop}/undo", {}),
    ("downtimes/{stop}/note", {"note": "x"}),
    ("downtimes/{stop}/split", {"split_at": "2026-11-20T06:15:00Z"}),
    ("downtimes/{stop}/merge", {"with": 1}),
    ("downtimes/{stop}/undo-split", {}),
    ("downtimes/{stop}/undo-merge", {}),
    ("production-orders/{order}/start", {}),
    ("production-orders/{order}/pause", {}),
    ("production-orders/{order}/finish", {}),
    ("machines/{machine}/count", {"kind": "scrap", "quantity": "1"}),
    ("machines/{machine}/call-help", {"kind": "maintenance"}),
]
READS = [
    "downtimes/{stop}",
    "production-orders/{order}",
    "production-orders/{order}/story",
    "machines/{machine}",
    "machines/{machine}/intervals?from=2026-11-20T06:00:00Z&to=2026-11-20T07:00:00Z",
]
LISTS = [
    "downtimes",
    "production-orders",
    "machines",
    "lines",
    "events",
    "counts",
    "help-calls",
    "downtime-corrections",
]


def test_another_line_and_the_stranger_reach_nothing(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    stop, order = a_stop(plant.press, 10, 20), an_order(cast.supervisor, plant.press)
    where = {"stop": stop.pk, "order": order.pk, "machine": plant.press.pk}
    before = (list(Downtime.objects.values()), list(ProductionOrder.objects.values()), Event.objects.count())
    for user, closed in ((cast.neighbour, 404), (cast.stranger, 403)):
        client = browser(user)
        for address, body in ACTS:
            assert post(client, address.format(**where), body).status_code == closed, address
        for address in READS:
            assert client.get(f"/api/v1/{address.format(**where)}").status_code == closed, address
        for address in LISTS:
            answer = client.get(f"/api/v1/{address}")
            assert answer.status_code == (200 if closed == 404 else 403)
            assert plant.press.name not in answer.content.decode()
    assert {Client().get(f"/api/v1/{address}").status_code for address in LISTS} == {401}
    assert not CountEntry.objects.exists()
    assert not HelpCall.objects.exists()
    assert (list(Downtime.objects.values()), list(ProductionOrder.objects.values())) == before[:2]
    assert Event.objects.exclude(name="people.signed_in").count() <= before[2]


def test_lists_filter_by_what_is_declared(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    a_stop(plant.press, 10, 20)
    a_stop(plant.lathe, 10, None)
    client = browser(cast.supervisor)
    rows = client.get(f"/api/v1/downtimes?machine_code={plant.press.code}&explained=false").json()["results"]
    assert [(row["machine_code"], row["status"]) for row in rows] == [(plant.press.code, "CLOSED")]
    assert client.get("/api/v1/downtimes?explained=true").json()["results"] == []
    assert [m["code"] for m in client.get(f"/api/v1/machines?code={plant.press.code}").json()["results"]] == [
        plant.press.code
    ]
    assert [r["code"] for r in client.get("/api/v1/downtime-reasons/?code=jam").json()["results"]] == ["jam"]
    wrong = client.get("/api/v1/downtimes?machin=1")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "unknown_parameter")


def test_intervals_are_cut_to_the_period(plant: Plant, cast: Cast) -> None:
    states(plant.press, ("PRODUCING", 0, 10), ("IDLE", 10, None, "READY"))
    answer = browser(cast.operator).get(
        f"/api/v1/machines/{plant.press.pk}/intervals?from=2026-11-20T06:05:00Z&to=2026-11-20T06:15:00%2B00:00"
    )
    assert [(row["state"], row["started_at"], row["ended_at"]) for row in answer.json()] == [
        ("PRODUCING", "2026-11-20T07:05:00+01:00", "2026-11-20T07:10:00+01:00"),
        ("IDLE", "2026-11-20T07:10:00+01:00", "2026-11-20T07:15:00+01:00"),
    ]
    wrong = browser(cast.operator).get(f"/api/v1/machines/{plant.press.pk}/intervals?from=now")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_period")


def test_an_order_is_planned_run_and_told(plant: Plant, cast: Cast) -> None:
    client = browser(cast.supervisor)
    wish = {"machine": plant.press.pk, "item_text": "Flange", "quantity": "620", "ideal_cycle_s": "30"} | {
        "at": minute(40).isoformat()
    }
    order = post(client, "production-orders", wish).json()
    assert (order["number"], order["quantity"], order["status"]) == ("PO-000001", "620.000000", "PLANNED")
    base = f"production-orders/{order['id']}"
    assert post(client, f"{base}/start", {"at": minute(50).isoformat()}).json()["status"] == "RUNNING"
    assert post(client, f"{base}/pause", {"at": minute(55).isoformat()}).json()["status"] == "PAUSED"
    assert post(client, f"{base}/finish").json()["status"] == "FINISHED"
    refused = post(client, f"{base}/start")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_status")
    story = client.get(f"/api/v1/{base}/story").json()
    assert [event["sentence"] for event in story] == [
        "Order PO-000001 was finished at Press 1",
        "Order PO-000001 was paused at Press 1",
        "Order PO-000001 was started at Press 1",
        "Order PO-000001 was planned: 620 pcs Flange",
    ]


def test_a_machine_of_another_line_can_not_be_planned_on(plant: Plant, cast: Cast) -> None:
    wish = {"machine": plant.robot.pk, "item_text": "Flange", "quantity": "1", "ideal_cycle_s": "30"}
    answer = post(browser(cast.supervisor), "production-orders", wish)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/machine")
    assert not ProductionOrder.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "gold", "quantity": "1"},
        {"kind": "good", "quantity": "0"},
        {"kind": "good", "quantity": "-1"},
        {"kind": "good", "quantity": "NaN"},
        {"kind": "good"},
        {"kind": "good", "quantity": "1e9"},
    ],
)
def test_impossible_counts_are_refused(plant: Plant, cast: Cast, body: dict) -> None:
    assert post(browser(cast.operator), f"machines/{plant.press.pk}/count", body).status_code in (400, 422)
    assert not CountEntry.objects.exists()


def test_a_call_for_help_is_open_once_and_answered_once(plant: Plant, cast: Cast) -> None:
    client = browser(cast.operator)
    call = post(client, f"machines/{plant.press.pk}/call-help", {"kind": "maintenance"}).json()
    assert post(client, f"machines/{plant.press.pk}/call-help", {"kind": "maintenance"}).json()["id"] == call["id"]
    assert post(client, f"machines/{plant.press.pk}/call-help", {"kind": "plumber"}).status_code == 422
    answered = post(browser(cast.supervisor), f"help-calls/{call['id']}/answer").json()
    assert answered["answered_by"] == "Marek"
    assert post(client, f"help-calls/{call['id']}/answer").json()["answered_by"] == "Marek"
    assert client.get("/api/v1/help-calls?answered_at__isnull=true").json()["results"] == []
    assert Event.objects.filter(name="shopfloor.help_called").count() == 1


def test_who_is_here_by_badge_and_by_pin(plant: Plant, cast: Cast) -> None:
    client, address = browser(cast.terminal), f"/station/{plant.press.code}/here/"
    by_badge = client.post(address, {"badge": cast.operator.badge}, content_type="application/json").json()
    assert (by_badge["person"]["name"], client.session["here"]["user"]) == ("Anna", cast.operator.pk)
    by_pin = client.post(address, {"person": cast.operator.pk, "pin": "4711"}, content_type="application/json")
    assert by_pin.status_code == 200
    stop = a_stop(plant.press, 10, 20)
    a_reason("jam")
    explained = post(
        client, f"downtimes/{stop.pk}/explain", {"reason": "jam"}, **{"X-Millwright-Pass": by_badge["pass"]}
    )
    assert explained.json()["explained_by"] == "Anna"
    recent = client.get(address).context["here"]["recent"]
    assert [person.name for person in recent] == ["Anna"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"badge": "nobody"}, 403),
        ({"person": 1, "pin": "0000"}, 403),
        ({"person": True, "pin": "4711"}, 422),
        ({"person": 2**70, "pin": "4711"}, 422),
        ([], 422),
        ({}, 422),
    ],
)
def test_nobody_comes_by_a_wrong_badge_or_pin(plant: Plant, cast: Cast, said: object, status: int) -> None:
    client = browser(cast.terminal)
    answer = client.post(
        f"/station/{plant.press.code}/here/",
        said,
        content_type="application/json",
        headers={"Accept": "application/json"},
    )
    assert (answer.status_code, "here" in client.session) == (status, False)


def test_a_neighbour_s_badge_opens_nothing_here(plant: Plant, cast: Cast) -> None:
    client = browser(cast.terminal)
    answer = client.post(
        f"/station/{plant.press.code}/here/",
        {"badge": cast.neighbour.badge},
        content_type="application/json",
        headers={"Accept": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_pin")


def test_a_disabled_author_s_tap_is_refused(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    stop = a_stop(plant.press, 10, 20)
    slip = author_pass(cast.operator, cast.terminal, minute(50))
    with acting(cast.it_admin):
        User.objects.filter(pk=cast.operator.pk).update(is_active=False)
    answer = post(
        browser(cast.terminal), f"downtimes/{stop.pk}/explain", {"reason": "jam"}, **{"X-Millwright-Pass": slip}
    )
    assert answer.status_code == 401
    stop.refresh_from_db()
    assert stop.reason is None
