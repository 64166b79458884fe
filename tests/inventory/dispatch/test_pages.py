"""The pages of dispatching: tracking, picking by scan on a tablet, papers, proof, and closed doors."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from inventory.dispatch.models import Dispatch, Pick
from inventory.dispatch.services import DispatchWish, create_dispatch
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.sales.services import LineWish
from inventory.stock.models import Location, StockMove
from inventory.stock.services.acts import open_stock
from tests.world.clock import Clock
from tests.world.inventory import a_location, a_lot, an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.selling import AT, TODAY, a_customer, a_sales_order


@pytest.fixture(autouse=True)
def _now(clock: Clock) -> None:
    clock.move(hours=2)


@pytest.fixture
def dock(plant: Plant) -> Location:
    a_location(plant.site, "QUAR", "QUARANTINE")
    return a_location(plant.site, "DOCK", "STAGING")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code == status, answer.content.decode()[:600]
    return answer.content.decode()


def lay(item: Item, place: Location, quantity: str, lot: Lot | None = None) -> None:
    house = service_user("plant")
    with acting(house, channel="test"):
        open_stock(actor=house, item=item, quantity=Decimal(quantity), to_location=place, at=AT, lot=lot)


def begun(cast: Cast, plant: Plant, dock: Location, item: Item, quantity: str = "10", **more: Any) -> Dispatch:
    order = a_sales_order(cast.sales, a_customer(), plant.site, (item, quantity), customer_reference="YOUR-9")
    line = order.lines.get()
    with acting(cast.dispatcher, channel="test"):
        return create_dispatch(
            actor=cast.dispatcher, staging=dock, wishes=[DispatchWish(line.pk, line.quantity)], at=AT, **more
        )


def test_what_is_due_becomes_a_dispatch(plant: Plant, cast: Cast, dock: Location) -> None:
    client, customer, item = browser(cast.dispatcher), a_customer(name="Acme Ltd"), an_item("FL-1")
    lay(item, a_location(plant.site, "A-1"), "4")
    promised = LineWish(item, Decimal(5), promised_on=TODAY - timedelta(days=1))
    late = a_sales_order(cast.sales, customer, plant.site, promised)
    a_sales_order(cast.sales, customer, plant.site, (item, "2"))
    page = text_of(client, "/dispatch/")
    assert page.index(late.number) < page.index("FL-1")
    assert "late" in page
    assert "not enough" in page
    line = late.lines.get()
    form = text_of(client, f"/dispatch/new/?customer={customer.pk}&order={late.number}")
    assert f'name="take-{line.pk}" value="yes" checked' in form
    assert form.count(" checked") == 1
    wish = {f"take-{line.pk}": "yes", "staging": dock.pk, "planned_on": "2026-11-20", "carrier": "Rail"}
    address = f"/dispatch/new/?customer={customer.pk}"
    refused = client.post(address, {**wish, f"quantity-{line.pk}": "6"})
    assert refused.status_code == 409
    assert "5 pcs of FL-1 are due" in refused.content.decode()
    assert client.post(address, {**wish, f"quantity-{line.pk}": "many"}).status_code == 422
    made = client.post(address, {**wish, f"quantity-{line.pk}": "5,0"})
    dispatch = Dispatch.objects.get()
    assert (made.status_code, made["Location"]) == (302, f"/dispatch/{dispatch.number}/")
    assert (dispatch.carrier, dispatch.planned_on, dispatch.lines.get().quantity) == ("Rail", TODAY, Decimal(5))
    # What is on a dispatch is not due twice.
    assert late.number not in text_of(client, "/dispatch/")
    for query in ("?show=picking", f"?show=all&q={late.number.lower()}", "?show=all&q=fl-", "?show=all&q=acme"):
        assert dispatch.number in text_of(client, f"/dispatch/{query}")
    assert dispatch.number not in text_of(client, "/dispatch/?show=packed")
    assert dispatch.number in text_of(client, f"/dispatch/of/{late.number}/")


def test_picking_by_scan(plant: Plant, cast: Cast, dock: Location) -> None:
    client, glue = browser(cast.storekeeper), an_item("GLUE", tracking="LOT", pick_rule="FEFO")
    shelf, rack = a_location(plant.site, "A-2"), a_location(plant.site, "A-10")
    soon, late = a_lot(glue, "SOON", expires_on=date(2027, 1, 1)), a_lot(glue, "LATE", expires_on=date(2027, 6, 1))
    held = a_lot(glue, "HELD", status="HOLD")
    for lot, place in ((soon, rack), (late, shelf), (held, shelf)):
        lay(glue, place, "6", lot)
    dispatch = begun(cast, plant, dock, glue)
    address = f"/dispatch/{dispatch.number}/pick/"
    page = text_of(client, address)
    assert page.index("A-2") < page.index("A-10")
    assert "Next: the place" in page
    unknown = text_of(client, f"{address}?code=nobody-knows-this")
    assert "nobody-knows-this" in unknown
    assert "Next: the place" in unknown
    page = text_of(client, f"{address}?code=a-10")
    assert "Next: the item or its lot" in page
    ready = text_of(client, f"{address}?place={rack.pk}&code=SOON")
    assert "Next: your confirmation" in ready
    assert 'value="6"' in ready
    wish = {"place": rack.pk, "item": glue.pk, "lot": soon.pk, "quantity": "6", "key": "tap-1"}
    for _tap in range(2):
        assert client.post(address, wish)["Location"] == f"{address}?place={rack.pk}"
    assert [(pick.lot, pick.quantity) for pick in Pick.objects.all()] == [(soon, Decimal(6))]
    other = {"place": shelf.pk, "item": glue.pk, "key": "tap-2"}
    refused = client.post(address, {**other, "lot": held.pk, "quantity": "1", "note": "nearer"})
    assert (refused.status_code, "must not be sent" in refused.content.decode()) == (409, True)
    over = client.post(address, {**other, "lot": late.pk, "quantity": "5"})
    assert (over.status_code, "needs 4 pcs more of GLUE" in over.content.decode()) == (409, True)
    assert client.post(address, {**other, "lot": late.pk, "quantity": "4,0"}).status_code == 302
    assert "Everything is picked." in text_of(client, address)
    first = Pick.objects.order_by("pk")[0]
    assert client.post(f"/dispatch/{dispatch.number}/picks/{first.pk}/put-back/").status_code == 302
    line = dispatch.lines.get()
    short = f"/dispatch/{dispatch.number}/lines/{line.pk}/short/"
    assert client.post(short, {"reason": ""}).status_code == 422
    assert client.post(short, {"reason": "customer said so"}).status_code == 302
    assert client.post(f"/dispatch/{dispatch.number}/pack/").status_code == 302
    dispatch.refresh_from_db()
    assert dispatch.status == "PACKED"


def test_papers_proof_and_what_comes_back(
    plant: Plant, cast: Cast, dock: Location, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    client, glue = browser(cast.dispatcher), an_item("GLUE", tracking="LOT", weight_kg=Decimal("0.5"))
    shelf, lot = a_location(plant.site, "A-2"), a_lot(glue, "LOT-7", expires_on=date(2027, 1, 31))
    lay(glue, shelf, "6", lot)
    dispatch = begun(cast, plant, dock, glue)
    one = f"/dispatch/{dispatch.number}/"
    assert "A-2" in text_of(client, f"{one}pick-list/")
    assert "Draft: the goods have not left." in text_of(client, f"{one}note/")
    client.post(f"{one}pick/", {"place": shelf.pk, "item": glue.pk, "lot": lot.pk, "quantity": "6", "key": "k"})
    client.post(f"{one}lines/{dispatch.lines.get().pk}/short/", {"reason": "no more"})
    client.post(f"{one}pack/")
    assert "3 kg" in text_of(client, f"{one}packing-list/")
    assert client.post(f"{one}send/", {"carrier": "Rail", "tracking_number": "R 7"}).status_code == 302
    note = text_of(client, f"{one}note/")
    order = dispatch.lines.get().sales_line.order
    for shown in (
        dispatch.number, f"{order.number} · 10", "YOUR-9", "Am Hafen 1", "LOT-7: 6 pcs", "2027-01-31", "R 7",
        '<td class="num">4</td>',
    ):  # fmt: skip
        assert shown in note, shown
    file = SimpleUploadedFile("signed.html", b"<script>alert(1)</script>", "text/html")
    wish = {"received_by": "Mr Gate", "delivered_at": "2026-11-20T13:00", "note": "two boxes", "proof": file}
    assert client.post(f"{one}deliver/", wish).status_code == 302
    page = text_of(client, one)
    for shown in ("Mr Gate", "two boxes", "signed.html", "was delivered to"):
        assert shown in page
    proof = client.get(f"{one}proof/")
    assert (proof.content, proof["Content-Type"]) == (b"<script>alert(1)</script>", "application/octet-stream")
    assert proof["Content-Disposition"] == 'attachment; filename="signed.html"'
    pick, place = Pick.objects.get(), Location.objects.get(code="QUAR")
    back = {"quantity": "2", "reason": "too thin", "place": place.pk, "key": "k"}
    for _tap in range(2):
        assert client.post(f"{one}picks/{pick.pk}/take-back/", back).status_code == 302
    lot.refresh_from_db()
    assert (lot.status, StockMove.objects.filter(kind="RETURN_FROM_CUSTOMER").count()) == ("HOLD", 1)
    too_much = client.post(f"{one}picks/{pick.pk}/take-back/", {**back, "quantity": "5", "key": "other"})
    assert (too_much.status_code, "came back already" in too_much.content.decode()) == (409, True)


def test_a_hold_put_on_meanwhile_is_told_on_the_page(plant: Plant, cast: Cast, dock: Location) -> None:
    client, glue = browser(cast.dispatcher), an_item("GLUE", tracking="LOT")
    shelf, lot = a_location(plant.site, "A-2"), a_lot(glue, "LOT-7")
    lay(glue, shelf, "10", lot)
    dispatch = begun(cast, plant, dock, glue)
    one = f"/dispatch/{dispatch.number}/"
    client.post(f"{one}pick/", {"place": shelf.pk, "item": glue.pk, "lot": lot.pk, "quantity": "10", "key": "k"})
    client.post(f"{one}pack/")
    with acting(cast.quality, channel="test"):
        from inventory.lots.services import judge_lot

        judge_lot(actor=cast.quality, lot_id=lot.pk, status="HOLD", reason="smells", at=AT)
    answer = client.post(f"{one}send/", {"carrier": "Rail"})
    assert answer.status_code == 409
    assert "on hold (smells): it must not be sent" in answer.content.decode()
    assert "on hold" in text_of(client, one)
    dispatch.refresh_from_db()
    assert (dispatch.status, StockMove.objects.filter(kind="DISPATCH").count()) == ("PACKED", 0)


@pytest.mark.parametrize("who", ["stranger", "operator", "quality"])
def test_the_doors_are_closed_to_others(plant: Plant, cast: Cast, dock: Location, who: str) -> None:
    item = an_item()
    lay(item, a_location(plant.site, "A-1"), "10")
    dispatch = begun(cast, plant, dock, item)
    client, one = browser(getattr(cast, who)), f"/dispatch/{dispatch.number}/"
    order = dispatch.lines.get().sales_line.order
    gets = ("", "pick/", "note/", "packing-list/", "pick-list/", "proof/")
    for address in ("/dispatch/", "/dispatch/new/", f"/dispatch/of/{order.number}/", *(one + part for part in gets)):
        assert client.get(address).status_code == 403, address
    line = dispatch.lines.get().pk
    for act in ("pick", "pack", "unpack", "propose", "cancel", "send", "deliver", f"lines/{line}/short",
                "picks/1/put-back", "picks/1/pallet", "picks/1/take-back"):  # fmt: skip
        assert client.post(f"{one}{act}/", {"reason": "x"}).status_code == 403, act
    assert client.get("/api/v1/dispatches").status_code == 403
    assert client.post(f"/api/v1/dispatches/{dispatch.pk}/send").status_code == 403


def test_who_only_looks_picks_and_sends_nothing(plant: Plant, cast: Cast, dock: Location) -> None:
    item = an_item()
    lay(item, a_location(plant.site, "A-1"), "10")
    dispatch = begun(cast, plant, dock, item)
    client, one = browser(cast.sales), f"/dispatch/{dispatch.number}/"
    page = text_of(client, one)
    assert "/cancel/" not in page
    for act in ("pick", "pack", "cancel", "send", "deliver", "picks/1/take-back"):
        assert client.post(f"{one}{act}/", {"reason": "x"}).status_code == 403, act
    # The store picks, but does not send; what is due it does not know, and is not told that nothing were.
    store = text_of(browser(cast.storekeeper), "/dispatch/")
    assert dispatch.number in store
    assert "Nothing is due" not in store
    assert browser(cast.storekeeper).post(f"{one}send/").status_code == 403


def test_the_api_goes_the_whole_way(plant: Plant, cast: Cast, dock: Location) -> None:
    client, item = browser(cast.dispatcher), an_item("FL-1")
    shelf = a_location(plant.site, "A-1")
    lay(item, shelf, "10")

    def post(address: str, body: dict[str, Any], key: str = "", status: int = 200) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        answer = client.post(f"/api/v1/{address}", body, content_type="application/json", headers=headers)
        assert answer.status_code == status, answer.json()
        return answer.json()

    line = {"item": item.pk, "quantity": "10", "promised_on": "2026-11-25"}
    wish = {"customer": a_customer().pk, "site": plant.site.pk, "lines": [line]}
    priced = {**wish, "lines": [{**line, "price": "1"}]}
    assert post("sales-orders", priced, status=400)["code"] == "invalid"
    order = post("sales-orders", wish, key="o", status=201)
    assert post("sales-orders", wish, key="o", status=201) == order
    assert (order["status"], order["lines"][0]["quantity"], order["lines"][0]["unit"]) == ("DRAFT", "10.000000", "pcs")
    assert post(f"sales-orders/{order['id']}/confirm", {"version": 1})["status"] == "CONFIRMED"
    assert post(f"sales-orders/{order['id']}/confirm", {"version": 1}, status=412)["current"]["status"] == "CONFIRMED"
    line_id = order["lines"][0]["id"]
    wish = {"line": line_id, "expected_on": "2026-12-24", "version": 1}
    changed = post(f"sales-orders/{order['id']}/change-line", wish)["lines"][0]
    assert (changed["expected_on"], changed["quantity"]) == ("2026-12-24", "10.000000")
    stale = post(f"sales-orders/{order['id']}/change-line", {**wish, "expected_on": "2026-12-31"}, status=412)
    assert stale["current"]["expected_on"] == "2026-12-24"
    post(f"sales-orders/{order['id']}/change-line", {"line": line_id, "price": "1"}, status=400)
    post(f"sales-orders/{order['id']}/change-line", {"line": 999_999, "quantity": "1"}, status=404)
    assert post(f"sales-orders/{order['id']}/change", {"note": "by rail"})["note"] == "by rail"
    lines = [{"sales_line": line_id, "quantity": "10"}]
    dispatch = post("dispatches", {"staging": dock.pk, "lines": lines}, status=201)
    one = f"dispatches/{dispatch['id']}"
    taken = {"location": shelf.pk, "item": item.pk, "quantity": "10"}
    picked = post(f"{one}/pick", taken, key="p")
    assert post(f"{one}/pick", taken, key="p") == picked
    assert [pick["quantity"] for pick in picked["lines"][0]["picks"]] == ["10.000000"]
    pallet = {"pick": picked["lines"][0]["picks"][0]["id"], "location": a_location(plant.site, "PAL", "PALLET").pk}
    assert post(f"{one}/pallet", pallet)["lines"][0]["picks"][0]["location_code"] == "PAL"
    assert post(f"{one}/propose", {})["status"] == "PICKING"
    assert post(f"{one}/pick", taken, status=409)["code"] == "not_on_dispatch"
    assert post(f"{one}/pack", {})["status"] == "PACKED"
    assert post(f"{one}/send", {"carrier": "Rail"}, key="s")["status"] == "DISPATCHED"
    assert post(f"{one}/deliver", {"received_by": "Mr Gate"})["received_by"] == "Mr Gate"
    assert client.get(f"/api/v1/sales-orders/{order['id']}").json()["status"] == "CLOSED"
    assert "was delivered to" in client.get(f"/api/v1/{one}/story").json()[0]["sentence"]


def test_lists_ask_the_same_however_long_they_are(plant: Plant, cast: Cast, dock: Location) -> None:
    client, item = browser(cast.dispatcher), an_item()
    lay(item, a_location(plant.site, "A-1"), "1000")
    customer = a_customer()

    def more() -> None:
        begun(cast, plant, dock, item, planned_on=TODAY - timedelta(days=1))
        a_sales_order(cast.sales, customer, plant.site, (item, "2"), (item, "3"))

    def asked(address: str) -> int:
        text_of(client, address)
        with CaptureQueriesContext(connection) as seen:
            text_of(client, address)
        return len(seen.captured_queries)

    more()
    more()
    addresses = ("/dispatch/", "/dispatch/?show=picking&q=d", "/dispatch/?show=all", "/api/v1/dispatches")
    few = [asked(address) for address in addresses]
    for _more in range(10):
        more()
    assert [asked(address) for address in addresses] == few
    assert max(few) <= 12
