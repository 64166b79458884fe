"""Items through the API."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from inventory.items import services
from inventory.items.models import Item, ItemCost
from tests.world.inventory import a_partner, a_supplier_item, a_unit, an_item
from tests.world.people import Cast

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
API = "/api/v1"
GTIN = "6291041500213"


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def post(user: Any, path: str, wish: dict[str, Any] | None = None, **headers: str) -> Any:
    return as_(user).post(f"{API}/{path}", wish or {}, content_type="application/json", headers=headers)


@pytest.fixture
def priced(cast: Cast) -> Item:
    """An item with a cost, a purchase price and a sales price."""
    item = an_item("S-1")
    supply = a_supplier_item(item, a_partner("SUP", supplier=True))
    with acting(cast.buyer, channel="test"):
        services.set_cost(actor=cast.buyer, item_id=item.pk, cost=Decimal("77.77"), valid_from=AT.date(), at=AT)
        services.set_purchase_price(
            actor=cast.buyer, supplier_item_id=supply.pk, price=Decimal("66.66"), valid_from=AT.date(), at=AT
        )
    with acting(cast.sales, channel="test"):
        services.set_sales_price(
            actor=cast.sales, item_id=item.pk, unit=item.unit, price=Decimal("99.99"), valid_from=AT.date(), at=AT
        )
    return item


def test_item_is_created_once_per_key_and_changed_under_its_version(cast: Cast) -> None:
    a_unit("pcs")
    wish = {"number": "00042", "name": "Screw", "unit": "pcs", "weight_kg": "0.0125", "gtin": GTIN}
    first = post(cast.buyer, "items", wish, **{"Idempotency-Key": "k1"})
    again = post(cast.buyer, "items", wish, **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code, first.json()["id"]) == (201, 201, again.json()["id"])
    said = {name: first.json()[name] for name in ("number", "unit", "weight_kg", "version", "category_code")}
    assert said == {"number": "00042", "unit": "pcs", "weight_kg": "0.012500", "version": 1, "category_code": None}
    key = first.json()["id"]
    changed = post(cast.buyer, f"items/{key}/change", {"name": "Screw M4"}, **{"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["name"], changed.json()["version"]) == (200, "Screw M4", 2)
    stale = post(cast.planner, f"items/{key}/change", {"name": "Screw M5", "version": 1})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert (stale.json()["current"]["name"], stale.json()["current"]["version"]) == ("Screw M4", 2)
    assert list(Item.objects.values_list("name", "version")) == [("Screw M4", 2)]
    sentences = [event["sentence"] for event in as_(cast.buyer).get(f"{API}/items/{key}/story").json()]
    assert sentences == ["Item 00042 Screw M4 was changed: name", "Item 00042 Screw was created"]


def test_faults_name_their_fields(cast: Cast) -> None:
    a_unit("pcs")
    answer = post(cast.buyer, "items", {"number": "N", "name": "X", "unit": "pcs", "gtin": "6291041500214"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_item")
    assert answer.json()["errors"] == [
        {"pointer": "/gtin", "code": "invalid", "message": "The last digit of 6291041500214 should be 3."}
    ]
    unknown = post(cast.buyer, "items", {"number": "N", "name": "X", "unit": "nope"})
    assert unknown.json()["errors"][0]["pointer"] == "/unit"
    assert not Item.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"), [("stranger", 403), ("storekeeper", 403), ("sales", 403), ("auditor", 403), ("planner", 201)]
)
def test_creating_needs_the_right(cast: Cast, who: str, status: int) -> None:
    a_unit("pcs")
    answer = post(getattr(cast, who), "items", {"number": "N", "name": "X", "unit": "pcs"})
    assert answer.status_code == status
    assert Item.objects.count() == (status == 201)


def test_parts_are_added_and_moved(cast: Cast) -> None:
    item, supplier = an_item("N-1"), a_partner("SUP", supplier=True)
    a_unit("box")
    there = f"items/{item.pk}"
    assert post(cast.buyer, f"{there}/units", {"unit": "box", "factor": "12.5"}).json()["factor"] == "12.500000000000"
    assert post(cast.buyer, f"{there}/barcodes", {"code": "X", "unit": "box"}).json()["unit"] == "box"
    revision = post(cast.buyer, f"{there}/revisions", {"code": "A"}).json()
    released = post(cast.buyer, f"item-revisions/{revision['id']}/release", {"valid_from": "2026-12-01", "version": 1})
    assert (released.json()["status"], released.json()["valid_from"]) == ("RELEASED", "2026-12-01")
    assert post(cast.buyer, f"item-revisions/{revision['id']}/retire").json()["status"] == "OBSOLETE"
    assert post(cast.buyer, f"item-revisions/{revision['id']}/retire").json()["code"] == "wrong_status"
    supply = post(
        cast.buyer, f"{there}/suppliers", {"supplier": supplier.pk, "unit": "box", "lead_time_days": 5}
    ).json()
    assert (supply["supplier_code"], supply["unit"], supply["lead_time_days"]) == ("SUP", "box", 5)
    changed = post(cast.buyer, f"supplier-items/{supply['id']}/change", {"multiple": "4", "version": 1}).json()
    assert (changed["multiple"], changed["lead_time_days"], changed["version"]) == ("4.000000", 5, 2)
    stale = post(cast.buyer, f"supplier-items/{supply['id']}/change", {"multiple": "5", "version": 1})
    assert (stale.status_code, stale.json()["current"]["multiple"]) == (412, "4")
    wish = {"supplier_item": supply["id"], "price": "1.25", "valid_from": "2026-11-20", "from_quantity": "10"}
    price = post(cast.buyer, "purchase-prices", wish).json()
    assert (price["price"], price["unit"], price["from_quantity"], price["currency"]) == (
        "1.250000", "box", "10.000000", "EUR",
    )  # fmt: skip
    cost = post(cast.buyer, "item-costs", {"item": item.pk, "cost": "0.1", "valid_from": "2026-11-20"}).json()
    assert (cost["cost"], cost["unit"], ItemCost.objects.get().valid_from) == ("0.100000", "pcs", date(2026, 11, 20))
    category = post(cast.buyer, "item-categories", {"code": "MET", "name": "Metal"}).json()
    below = post(cast.buyer, "item-categories", {"code": "SCR", "name": "Screws", "parent": category["id"]}).json()
    assert below["parent_code"] == "MET"


@pytest.mark.parametrize(
    ("who", "costs", "sales"),
    [("storekeeper", 403, 403), ("planner", 403, 403), ("buyer", 200, 403), ("sales", 403, 200), ("owner", 200, 200),
     ("stranger", 403, 403)],
)  # fmt: skip
def test_costs_and_prices_are_resources_of_those_with_the_right(
    cast: Cast, priced: Item, who: str, costs: int, sales: int
) -> None:
    client = as_(getattr(cast, who))
    for path, expected in (("item-costs", costs), ("purchase-prices", costs), ("sales-prices", sales)):
        answer = client.get(f"{API}/{path}")
        assert (path, answer.status_code) == (path, expected)
        if expected == 403:
            assert not {"77.77", "66.66", "99.99"} & set(answer.content.decode().split('"'))


def test_no_list_filters_or_sorts_by_what_is_hidden(cast: Cast, priced: Item) -> None:
    client = as_(cast.storekeeper)
    for path in ("items", "supplier-items"):
        for wish in ("costs__cost=77.77", "prices__price=66.66", "ordering=costs__cost", "sales_prices__price__gt=1"):
            answer = client.get(f"{API}/{path}?{wish}")
            assert (wish, answer.status_code, answer.json()["code"]) == (wish, 400, "unknown_parameter")
        whole = client.get(f"{API}/{path}").content.decode()
        assert not any(amount in whole for amount in ("77.77", "66.66", "99.99"))


def test_setting_prices_needs_the_right(cast: Cast, priced: Item) -> None:
    wish = {"item": priced.pk, "cost": "1", "valid_from": "2027-01-01"}
    for who in (cast.storekeeper, cast.sales, cast.owner, cast.stranger):
        assert post(who, "item-costs", wish).status_code == 403
    sale = {"item": priced.pk, "unit": "pcs", "price": "1", "valid_from": "2027-01-01"}
    for who in (cast.buyer, cast.owner, cast.stranger):
        assert post(who, "sales-prices", sale).status_code == 403
    assert post(cast.sales, "sales-prices", {**sale, "price": "-1"}).status_code == 400
    assert (priced.costs.count(), priced.sales_prices.count()) == (1, 1)


def test_items_are_found_and_scanned(cast: Cast) -> None:
    item = an_item("N-1", name="Cap screw", gtin=GTIN)
    an_item("N-2")
    client = as_(cast.operator)
    assert [row["number"] for row in client.get(f"{API}/items?q=cap").json()["results"]] == ["N-1"]
    assert [row["number"] for row in client.get(f"{API}/items?number=N-2").json()["results"]] == ["N-2"]
    label = {"text": f"]C101{GTIN.zfill(14)}17270200" + "10ABC-12\x1d210007"}
    read = client.get(f"{API}/items/scan", label).json()
    assert (read["item"]["id"], read["lot_number"], read["serial"], read["expires_on"]) == (
        item.pk, "ABC-12", "0007", "2027-02-28",
    )  # fmt: skip
    unknown = client.get(f"{API}/items/scan", {"text": "NOPE"})
    assert (unknown.status_code, unknown.json()["code"], unknown.json()["read"]) == (422, "unknown_scan", "NOPE")
    assert as_(cast.stranger).get(f"{API}/items/scan", label).status_code == 403


def test_lists_ask_as_much_for_fifty_rows_as_for_two(cast: Cast) -> None:
    client = as_(cast.owner)
    paths = ("items", "supplier-items", "item-units", "item-barcodes", "item-revisions", "item-costs", "units")
    grow(cast, 2)
    few = {path: questions(client, path) for path in paths}
    grow(cast, 48)
    assert {path: questions(client, path) for path in paths} == few
    assert max(few.values()) <= 12


def grow(cast: Cast, count: int) -> None:
    for _n in range(count):
        item, unit = an_item(), a_unit("box")
        a_supplier_item(item, a_partner(supplier=True))
        with acting(cast.buyer, channel="test"):
            told: dict[str, Any] = {"actor": cast.buyer, "item_id": item.pk, "at": AT}
            services.set_unit(unit=unit, factor=Decimal(2), **told)
            services.add_barcode(code=f"X{item.pk}", unit=unit, **told)
            services.add_revision(code="A", **told)
            services.set_cost(cost=Decimal(1), valid_from=AT.date(), **told)


def questions(client: Client, path: str) -> int:
    client.get(f"{API}/{path}")
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"{API}/{path}").status_code == 200
    return len(asked)
