"""Reservations through the API."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.people.models import User
from inventory.items.states import Tracking
from inventory.stock.models import Reservation, StockBalance
from inventory.stock.services import ledger
from tests.inventory.stock.small_store import AT, SmallStore
from tests.world.inventory import a_lot, an_item, an_item_unit


@pytest.fixture
def shop(cast, plant, monkeypatch) -> SmallStore:
    monkeypatch.setattr(ledger, "now", lambda: AT)
    return SmallStore(cast, plant)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, address: str, body: dict | None = None, **headers: str) -> Any:
    return client.post(f"/api/v1/reservations{address}", body or {}, content_type="application/json", headers=headers)


FOR = {"source_kind": "inventory.salesorder", "source_id": 4, "source_label": "SO-000004"}


def test_stock_is_reserved_once_a_key_in_any_unit_and_freed(shop):
    an_item_unit(shop.item, "box", "12")
    shop.receive("100")
    client = browser(shop.people.storekeeper)
    wish = {"item_number": "B-100", "location_code": "A", "quantity": "2", "unit": "box", **FOR}
    answers = [post(client, "", wish, **{"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    shown = answers[0].json()
    assert (shown["quantity"], shown["unit"], shown["status"], shown["source_label"]) == (
        "24.000000", "pcs", "ACTIVE", "SO-000004",
    )  # fmt: skip
    assert StockBalance.objects.get().reserved == 24
    found = client.get("/api/v1/reservations", {"source_id": 4, "status": "ACTIVE"}).json()
    assert [row["id"] for row in found["results"]] == [shown["id"]]
    freed = post(client, f"/{shown['id']}/free")
    assert (freed.status_code, freed.json()["status"], StockBalance.objects.get().reserved) == (200, "FREED", 0)


def test_what_is_not_free_is_refused_with_the_documents(shop):
    shop.receive("5")
    shop.reserve("3", label="SO-000001")
    wish = {"item": shop.item.pk, "location": shop.store.pk, "quantity": "3"}
    refused = post(browser(shop.people.storekeeper), "", wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_enough")
    assert refused.json()["reserved_for"] == {"SO-000001": "3.000000"}
    half_named = post(browser(shop.people.storekeeper), "", {**wish, "source_id": 4})
    assert (half_named.status_code, Reservation.objects.count()) == (400, 1)


def test_a_lot_is_reserved_by_its_number(shop):
    item = an_item("T-1", tracking=Tracking.LOT)
    shop.receive("5", item=item, lot=a_lot(item, "L-1"))
    wish = {"item_number": "T-1", "lot_number": "L-1", "location_code": "A", "quantity": "1"}
    assert post(browser(shop.people.storekeeper), "", wish).json()["lot_number"] == "L-1"


def test_doors_of_reservations(shop):
    shop.receive("5")
    kept = shop.reserve("3")
    wish = {"item": shop.item.pk, "location": shop.store.pk, "quantity": "1"}
    stranger, auditor = browser(shop.people.stranger), browser(shop.people.auditor)
    assert Client().get("/api/v1/reservations").status_code == 401
    assert stranger.get("/api/v1/reservations").status_code in {403, 404}
    assert stranger.get(f"/api/v1/reservations/{kept.pk}").status_code in {403, 404}
    assert auditor.get(f"/api/v1/reservations/{kept.pk}").status_code == 200
    assert post(stranger, f"/{kept.pk}/free").status_code in {403, 404}
    assert post(stranger, "", wish).status_code in {403, 422}
    assert post(auditor, f"/{kept.pk}/free").status_code == 403
    assert post(auditor, "", wish).status_code == 403
    kept.refresh_from_db()
    assert (kept.status, Reservation.objects.count(), StockBalance.objects.get().reserved) == ("ACTIVE", 1, 3)


def test_a_long_list_asks_no_more_than_a_short_one(shop):
    shop.receive("100")
    client = browser(shop.people.storekeeper)
    counts = []
    for wanted in (1, 49):
        for _ in range(wanted):
            shop.reserve("1")
        client.get("/api/v1/reservations")
        with CaptureQueriesContext(connection) as asked:
            client.get("/api/v1/reservations")
        counts.append(len(asked))
    assert 0 < counts[0] == counts[1] <= 12
