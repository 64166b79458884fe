"""Lots through the API: what it answers, to whom, once a key."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.people.models import User
from inventory.items.states import Tracking
from inventory.lots.models import Lot
from tests.world.inventory import a_lot, a_partner, an_item


@pytest.fixture(autouse=True)
def _stopped(clock) -> None:
    """The clock stands."""


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, address: str, body: dict | None = None, **headers: str) -> Any:
    return client.post(f"/api/v1/{address}", body or {}, content_type="application/json", headers=headers)


def test_a_lot_is_entered_once_a_key(cast):
    item, supplier = an_item("T-1", tracking=Tracking.LOT), a_partner("ACME", supplier=True)
    wish = {"item": item.pk, "number": "L-1", "supplier": supplier.pk, "supplier_lot": "S9", "expires_on": "2027-01-01"}
    client = browser(cast.storekeeper)
    answer = post(client, "lots", wish, **{"Idempotency-Key": "k1"})
    again = post(client, "lots", wish, **{"Idempotency-Key": "k1"})
    assert (answer.status_code, again.status_code) == (201, 201)
    shown = answer.json()
    assert (shown["item_number"], shown["number"], shown["status"], shown["supplier_code"], shown["expires_on"]) == (
        "T-1", "L-1", "OPEN", "ACME", "2027-01-01",
    )  # fmt: skip
    assert (again.json()["id"], Lot.objects.count()) == (shown["id"], 1)
    taken = post(client, "lots", wish)
    assert (taken.status_code, taken.json()["code"]) == (409, "lot_exists")


def test_lots_are_found_by_the_supplier_s_number(cast):
    item = an_item(tracking=Tracking.LOT)
    mine = a_lot(item, "L-1", supplier_lot="S9")
    a_lot(item, "L-2", supplier_lot="S10")
    found = browser(cast.quality).get("/api/v1/lots", {"supplier_lot": "S9"}).json()
    assert [row["id"] for row in found["results"]] == [mine.pk]


def test_quality_judges_what_it_has_read(cast):
    lot = a_lot(an_item(tracking=Tracking.LOT), "L-1")
    client = browser(cast.quality)
    without = post(client, f"lots/{lot.pk}/hold")
    assert (without.status_code, without.json()["code"]) == (422, "reason_needed")
    held = post(client, f"lots/{lot.pk}/hold", {"reason": "scratches"}, **{"If-Match": "1"})
    assert (held.status_code, held.json()["status"], held.json()["status_reason"]) == (200, "HOLD", "scratches")
    stale = post(client, f"lots/{lot.pk}/release", **{"If-Match": "1"})
    assert (stale.status_code, stale.json()["current"]["status"]) == (412, "HOLD")
    assert post(client, f"lots/{lot.pk}/release").json()["status"] == "RELEASED"
    assert post(client, f"lots/{lot.pk}/reject", {"reason": "too soft"}).json()["status"] == "REJECTED"
    story = client.get(f"/api/v1/lots/{lot.pk}/story").json()
    assert [event["name"] for event in story] == ["lots.lot_rejected", "lots.lot_released", "lots.lot_held"]


def test_doors_of_lots(cast):
    lot = a_lot(an_item("T-1", tracking=Tracking.LOT), "L-1")
    stranger, storekeeper = browser(cast.stranger), browser(cast.storekeeper)
    assert Client().get("/api/v1/lots").status_code == 401
    assert stranger.get("/api/v1/lots").status_code in {403, 404}
    assert stranger.get(f"/api/v1/lots/{lot.pk}").status_code in {403, 404}
    assert stranger.get(f"/api/v1/lots/{lot.pk}/story").status_code in {403, 404}
    for act in ("hold", "release", "reject"):
        assert post(stranger, f"lots/{lot.pk}/{act}", {"reason": "x"}).status_code in {403, 404}
        assert post(storekeeper, f"lots/{lot.pk}/{act}", {"reason": "x"}).status_code == 403
    assert post(stranger, "lots", {"item": lot.item_id, "number": "L-2"}).status_code in {403, 422}
    lot.refresh_from_db()
    assert (lot.status, Lot.objects.count()) == ("OPEN", 1)


def test_a_long_list_asks_no_more_than_a_short_one(cast):
    item = an_item(tracking=Tracking.LOT)
    client = browser(cast.storekeeper)
    a_lot(item, "L-0")
    client.get("/api/v1/lots")

    with CaptureQueriesContext(connection) as short:
        client.get("/api/v1/lots")
    few = len(short)
    for number in range(1, 40):
        a_lot(item, f"L-{number}", supplier=a_partner(supplier=True))
    with CaptureQueriesContext(connection) as long:
        assert len(client.get("/api/v1/lots").json()["results"]) == 40
    assert 0 < few == len(long) <= 12
