"""The pages of items: what they show, to whom, and in how many questions."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from inventory.items import services
from inventory.items.models import Item
from tests.world.inventory import a_partner, a_supplier_item, a_unit, an_item
from tests.world.people import Cast

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def priced(cast: Cast) -> Item:
    """An item with a cost of 77.77, a purchase price of 66.66 and a sales price of 99.99."""
    item = an_item("S-1", name="Screw")
    supply = a_supplier_item(item, a_partner("SUP", supplier=True), supplier_number="WUE-1")
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


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("storekeeper", set()),
        ("operator", set()),
        ("quality", set()),
        ("planner", set()),
        ("buyer", {"77.77", "66.66"}),
        ("sales", {"99.99"}),
        ("owner", {"77.77", "66.66", "99.99"}),
        ("auditor", {"77.77", "66.66", "99.99"}),
    ],
)
def test_costs_and_prices_are_shown_to_those_with_the_right_only(
    cast: Cast, priced: Item, who: str, sees: set[str]
) -> None:
    page = as_(getattr(cast, who)).get("/items/S-1/").content.decode()
    assert "WUE-1" in page
    assert {amount for amount in ("77.77", "66.66", "99.99") if amount in page} == sees


def test_number_with_a_slash_has_a_page_and_its_id_leads_there(cast: Cast) -> None:
    item = an_item("DIN-912/M4#8 %")
    client = as_(cast.operator)
    answer = client.get(f"/items/id/{item.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, "/items/DIN-912/M4%238%20%25/")
    assert "DIN-912/M4#8 %" in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("who", ["stranger", "disabled"])
def test_outsiders_see_nothing(cast: Cast, priced: Item, who: str) -> None:
    client = as_(getattr(cast, who))
    key = priced.pk
    for path in (
        "/items/", "/items/S-1/", "/items/new/", "/items/categories/", f"/items/id/{key}/", f"/items/id/{key}/edit/",
        f"/items/id/{key}/add/cost/", "/items/papers/1/",
    ):  # fmt: skip
        answer = client.get(path)
        assert (path, answer.status_code) in {(path, 403), (path, 302)}
        assert "Screw" not in answer.content.decode()
    assert as_(cast.operator).get("/items/NO-SUCH/").status_code == 404


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("buyer", "/items/new/", 200),
        ("storekeeper", "/items/new/", 403),
        ("planner", "edit/", 200),
        ("storekeeper", "edit/", 403),
        ("buyer", "add/cost/", 200),
        ("planner", "add/cost/", 403),
        ("sales", "add/sales-price/", 200),
        ("buyer", "add/sales-price/", 403),
        ("buyer", "add/unit/", 200),
        ("storekeeper", "add/unit/", 403),
        ("storekeeper", "do/remove-unit/1/", 403),
        ("buyer", "add/nonsense/", 404),
        ("buyer", "do/nonsense/1/", 404),
        ("buyer", "add/purchase-price/", 404),
        ("buyer", "add/supplier/999999/", 404),
    ],
)
def test_forms_open_to_those_who_may_use_them(cast: Cast, priced: Item, who: str, path: str, status: int) -> None:
    address = path if path.startswith("/") else f"/items/id/{priced.pk}/{path}"
    client = as_(getattr(cast, who))
    answer = client.post(address) if "/do/" in address else client.get(address)
    assert answer.status_code == status


def test_list_is_found_filtered_and_paged(cast: Cast) -> None:
    with acting(cast.buyer, channel="test"):
        top = services.add_category(actor=cast.buyer, code="MET", name="Metal", at=AT)
        sub = services.add_category(actor=cast.buyer, code="SCR", name="Screws", parent=top, at=AT)
    for n in range(60):
        an_item(f"A{n:03}", name="Bolt")
    an_item("B1", name="Steel", kind="RAW", category=sub)
    an_item("B2", name="Gone", is_active=False)
    client = as_(cast.operator)

    def shown(address: str) -> list[str]:
        return [row["item"].number for row in client.get(address).context["rows"]]

    assert shown("/items/") == [f"A{n:03}" for n in range(50)]
    assert client.get("/items/").context["next_url"] == "/items/?page=2"
    assert shown("/items/?page=2") == [*(f"A{n:03}" for n in range(50, 60)), "B1"]
    assert shown("/items/?q=stee") == ["B1"]
    assert shown("/items/?kind=RAW") == ["B1"]
    assert shown("/items/?category=MET") == ["B1"]
    assert shown("/items/?category=NONE") == []
    assert shown("/items/?kind=NONSENSE&q=A059") == ["A059"]
    assert shown("/items/?q=gone") == []
    assert shown("/items/?q=gone&unused=yes") == ["B2"]


def questions(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_list_asks_the_same_few_questions_for_two_and_fifty_items(cast: Cast) -> None:
    client = as_(cast.operator)
    an_item("A"), an_item("B")
    few = questions(client, "/items/?q=Item")
    for n in range(60):
        an_item(f"C{n}")
    assert questions(client, "/items/?q=Item") == few
    assert few <= 12


def test_item_with_many_parts_asks_as_little_as_one_with_few(cast: Cast, priced: Item) -> None:
    client = as_(cast.owner)
    few = questions(client, "/items/S-1/")
    for n in range(12):
        a_supplier_item(priced, a_partner(supplier=True))
        with acting(cast.buyer, channel="test"):
            services.set_unit(actor=cast.buyer, item_id=priced.pk, unit=a_unit(f"u{n}"), factor=Decimal(2), at=AT)
            services.add_barcode(actor=cast.buyer, item_id=priced.pk, code=f"X{n}", at=AT)
            services.add_revision(actor=cast.buyer, item_id=priced.pk, code=f"{n}", at=AT)
    assert questions(client, "/items/S-1/") == few
    assert few <= 19  # a page of one thing: seven kinds of parts, the cards of stock and purchasing, moves of before


def test_item_is_created_and_changed_by_form(cast: Cast) -> None:
    client, pcs = as_(cast.buyer), a_unit("pcs")
    wish = {
        "number": "N-1", "name": "Nut", "kind": "COMPONENT", "unit": pcs.pk, "tracking": "NONE", "pick_rule": "FIFO",
        "valuation": "AVERAGE", "weight_kg": "0,0125", "is_bought": "on",
    }  # fmt: skip
    answer = client.post("/items/new/", {**wish, "gtin": "6291041500214"})
    assert answer.status_code == 422
    assert "The last digit of 6291041500214 should be 3." in answer.content.decode()
    assert not Item.objects.exists()
    assert client.post("/items/new/", wish)["Location"] == "/items/N-1/"
    item = Item.objects.get()
    assert (item.weight_kg, item.is_bought, item.is_sold, item.is_active) == (Decimal("0.0125"), True, False, True)
    edited = {**wish, "name": "Nut M4", "is_active": "on", "version": "1", "reason": "typo"}
    assert client.post(f"/items/id/{item.pk}/edit/", edited).status_code == 302
    item.refresh_from_db()
    assert (item.name, item.version) == ("Nut M4", 2)


def test_second_editor_sees_both_values_and_may_then_save(cast: Cast) -> None:
    item = an_item("N-1", name="Nut")
    wish = {
        "number": "N-1", "kind": "COMPONENT", "unit": item.unit_id, "tracking": "NONE", "pick_rule": "FIFO",
        "valuation": "AVERAGE", "is_bought": "on", "is_made": "on", "is_sold": "on", "is_active": "on", "version": "1",
    }  # fmt: skip
    address = f"/items/id/{item.pk}/edit/"
    assert as_(cast.buyer).post(address, {**wish, "name": "Nut M4"}).status_code == 302
    late = as_(cast.planner)
    answer = late.post(address, {**wish, "name": "Nut M5"})
    assert answer.status_code == 412
    clash = answer.context["clash"]
    assert (clash["by"], clash["rows"]) == (
        "Berta", [{"label": "Name", "yours": "Nut M5", "theirs": "Nut M4"}],
    )  # fmt: skip
    assert "Nut M4" in answer.content.decode()
    assert Item.objects.get().name == "Nut M4"
    again = {**wish, "name": "Nut M5", "version": str(answer.context["version"])}
    assert late.post(address, again).status_code == 302
    assert Item.objects.get().name == "Nut M5"


def test_parts_are_added_by_their_forms(cast: Cast, tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    item, box, supplier = an_item("N-1"), a_unit("box"), a_partner("SUP", supplier=True)
    client, seller = as_(cast.buyer), as_(cast.sales)
    a_partner("CUS", customer=True, name="Customer Ltd")

    def add(name: str, wish: dict[str, Any], by: Client = client) -> int:
        return by.post(f"/items/id/{item.pk}/add/{name}/", wish).status_code

    assert add("unit", {"unit": box.pk, "factor": "12,5"}) == 302
    assert add("unit", {"unit": box.pk, "factor": "1.234,5"}) == 422
    assert add("unit", {}) == 422
    assert add("barcode", {"code": "X-1", "unit": box.pk}) == 302
    assert add("barcode", {"code": "X-1"}) == 422
    assert add("revision", {"code": "A", "note": "first"}) == 302
    terms = {"unit": box.pk, "lead_time_days": "5", "least_quantity": "2", "multiple": "1", "is_active": "on"}
    assert add("supplier", {**terms, "supplier": "nobody"}) == 422
    assert add("supplier", {**terms, "supplier": "sup"}) == 302
    supply = item.suppliers.get()
    price = {"from_quantity": "10", "price": "1,25", "valid_from": "2026-11-20"}
    assert add(f"purchase-price/{supply.pk}", price) == 302
    assert add("cost", {"cost": "0.11", "valid_from": "2026-11-20"}) == 302
    assert add("sales-price", {**price, "customer": "Customer Ltd", "unit": item.unit_id}, seller) == 302
    assert add("paper", {"file": SimpleUploadedFile("zn.pdf", b"drawing")}) == 302
    assert add("paper", {"file": SimpleUploadedFile("no.pdf", b"")}) == 422
    assert add("paper", {}) == 422
    assert item.units.get().factor == Decimal("12.5")
    assert (item.barcodes.get().unit, item.revisions.get().note) == (box, "first")
    assert (supply.supplier, supply.unit, supply.lead_time_days, supply.least_quantity) == (supplier, box, 5, 2)
    assert (supply.prices.get().price, supply.prices.get().valid_from) == (Decimal("1.25"), date(2026, 11, 20))
    assert item.costs.get().cost == Decimal("0.11")
    assert item.sales_prices.get().customer.code == "CUS"

    stale = {**terms, "lead_time_days": "9", "version": "1"}
    assert add(f"supplier/{supply.pk}", {**stale, "lead_time_days": "7"}) == 302
    answer = client.post(f"/items/id/{item.pk}/add/supplier/{supply.pk}/", stale)
    assert answer.status_code == 412
    assert answer.context["clash"]["rows"] == [{"label": "Lead time in days", "yours": "9", "theirs": "7"}]

    for act, key in (
        ("remove-barcode", item.barcodes.get().pk), ("release-revision", item.revisions.get().pk),
        ("retire-paper", item.papers.get().pk),
    ):  # fmt: skip
        assert client.post(f"/items/id/{item.pk}/do/{act}/{key}/").status_code == 302
    assert not item.barcodes.exists()
    assert item.revisions.get().status == "RELEASED"
    assert not item.papers.filter(is_active=True).exists()


def test_paper_comes_as_a_file_and_never_runs_here(cast: Cast, tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    item = an_item()
    with acting(cast.buyer, channel="test"):
        paper = services.add_paper(
            actor=cast.buyer, item_id=item.pk, name='a"b é.html', content=[b"<script>1</script>"], at=AT
        )
    answer = as_(cast.operator).get(f"/items/papers/{paper.pk}/")
    assert (answer.status_code, answer.content) == (200, b"<script>1</script>")
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    (tmp_path / "papers" / paper.sha256[:2] / paper.sha256).unlink()
    assert as_(cast.operator).get(f"/items/papers/{paper.pk}/").status_code == 404


def test_category_is_added_by_those_who_may(cast: Cast) -> None:
    wish = {"code": "MET", "name": "Metal"}
    assert as_(cast.storekeeper).post("/items/categories/", wish).status_code == 403
    assert as_(cast.buyer).post("/items/categories/", wish).status_code == 302
    assert as_(cast.buyer).post("/items/categories/", wish).status_code == 422
    assert "Metal" in as_(cast.operator).get("/items/categories/").content.decode()


def test_the_field_that_finds_opens_an_item(cast: Cast, priced: Item) -> None:
    answer = as_(cast.operator).get("/find/", {"q": "s-1"})
    assert (answer.status_code, answer["Location"]) == (302, "/items/S-1/")
    listed = as_(cast.operator).get("/find/", {"q": "wue"})
    assert [found.title for found in listed.context["found"]] == ["S-1"]
    assert as_(cast.stranger).get("/find/", {"q": "S-1"}).status_code == 403
