"""The pages of buying: what they show, to whom, with how many questions."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.access.roles import ROLES
from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.purchasing import services
from inventory.purchasing.models import Enquiry, PurchaseLine, PurchaseOrder, PurchaseRequest, Receipt
from inventory.stock.models import Location, StockBalance
from tests.inventory.purchasing.conftest import AT, Ordered
from tests.world.clock import Clock
from tests.world.inventory import a_partner
from tests.world.people import Cast, a_user
from tests.world.plant import Plant


@pytest.fixture(autouse=True)
def _now(clock: Clock) -> None:
    clock.set(AT)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_a_buyer_drafts_changes_and_sends_an_order_in_the_browser(
    plant: Plant, cast: Cast, steel: Partner, bolt: Item
) -> None:
    client = browser(cast.buyer)
    assert client.get("/purchasing/orders/new/").status_code == 200
    answer = client.post(
        "/purchasing/orders/new/", {"supplier": "steel", "site": plant.site.pk, "currency": "EUR", "note": "N1"}
    )
    order = PurchaseOrder.objects.get()
    base = f"/purchasing/orders/{order.number}/"
    assert (answer.status_code, answer["Location"]) == (302, base)
    assert client.post(f"{base}lines/", {"item": "bolt", "quantity": "20"}).status_code == 302
    line = order.lines.get()
    assert (line.quantity, line.unit.code, line.price) == (20, "box", Decimal("8.4"))
    page = text_of(client, base)
    assert "168.00 EUR" in page
    assert "20 box" in page
    refused = client.post(f"{base}lines/", {"item": "NOTHING", "quantity": "x"})
    assert (refused.status_code, "There is no item NOTHING" in refused.content.decode()) == (422, True)
    change = {"quantity": "24", "unit": "box", "price": "8,1", "wanted_on": "2026-12-04", "version": "1"}
    assert client.post(f"{base}lines/10/", change).status_code == 302
    line.refresh_from_db()
    assert (line.quantity, line.price, line.wanted_on) == (24, Decimal("8.1"), date(2026, 12, 4))
    assert client.post(f"{base}release/", {"version": "1"}).status_code == 302
    assert client.post(f"{base}promise/", {"promised_on": "2026-12-03", "version": "2"}).status_code == 302
    order.refresh_from_db()
    assert (order.status, order.lines.get().promised_on) == ("RELEASED", date(2026, 12, 3))
    paper = text_of(client, f"{base}paper/")
    assert "Steel Ltd" in paper
    assert "194.40 EUR" in paper


def test_the_second_of_two_editors_sees_both_values_on_the_page(cast: Cast, bolt: Item, ordered: Ordered) -> None:
    line = ordered(bolt, "5")
    client, base = browser(cast.buyer), f"/purchasing/orders/{line.order.number}/"
    wish = {"unit": "box", "price": "9", "promised_on": "2026-11-30"}
    assert client.post(f"{base}lines/10/", {**wish, "quantity": "8", "version": "1"}).status_code == 302
    answer = client.post(f"{base}lines/10/", {**wish, "quantity": "6", "version": "1"})
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "<td>8</td><td>6</td>" in page
    assert 'name="version" value="2"' in page
    line.refresh_from_db()
    assert line.quantity == 8
    for number, note in (("2", "first"), ("2", "second")):
        answer = client.post(f"{base}edit/", {"note": note, "version": number})
    assert (answer.status_code, "<td>first</td><td>second</td>" in answer.content.decode()) == (412, True)


def test_goods_are_received_by_scan_on_the_tablet(
    cast: Cast, glue: Item, bolt: Item, bay: Location, ordered: Ordered
) -> None:
    line, other = ordered(glue, "10"), ordered(bolt, "5")
    client, base = browser(cast.storekeeper), f"/purchasing/receive/{line.order.number}/"
    assert client.get("/purchasing/receive/", {"scan": line.order.number})["Location"] == base
    assert client.get("/purchasing/receive/", {"scan": "GLUE"})["Location"] == f"{base}?scan=GLUE"
    unknown = client.get("/purchasing/receive/", {"scan": "98765"})
    assert unknown.status_code == 422
    assert "Read 98765" in unknown.content.decode()
    wrong = client.get(base, {"scan": "BOLT"})
    assert wrong.status_code == 422
    assert "is not on" in wrong.content.decode()
    label = "]C10106291041500213" + "10" + "S-7"
    read = client.get(f"/purchasing/receive/{other.order.number}/", {"scan": label})
    assert "BOLT" in read.content.decode()
    assert read.status_code == 200
    page = client.get(base, {"scan": "GLUE"})
    key = page.context["form"]["key"].value()
    wish = {
        "quantity": "4", "lot_number": "G1", "supplier_lot": "S-7", "expires_on": "2027-02-28",
        "to_location": bay.pk, "delivery_note": "LS 1", "key": key,
    }  # fmt: skip
    done = [client.post(f"{base}?line=10", wish) for _tap in (1, 2)]
    assert [one.status_code for one in done] == [302, 302]
    assert "4 GLUE" not in text_of(client, done[0]["Location"])
    assert "4 pcs of GLUE put to BAY-1, lot G1." in text_of(client, done[0]["Location"])
    receipt = Receipt.objects.get()
    assert (receipt.move.lot.supplier_lot, receipt.move.lot.expires_on) == ("S-7", date(2027, 2, 28))
    more = {**wish, "quantity": "7", "key": "another"}
    asked = client.post(f"{base}?line=10", more)
    assert asked.status_code == 422
    assert 'type="checkbox" name="accept_over"' in asked.content.decode()
    assert Receipt.objects.count() == 1
    assert client.post(f"{base}?line=10", {**more, "accept_over": "on"}).status_code == 302
    assert StockBalance.objects.get().quantity == 11
    page = text_of(client, f"/purchasing/orders/{line.order.number}/")
    assert "S-7" in page
    assert "1 more than ordered" in page


def test_goods_go_back_from_where_they_lie(cast: Cast, glue: Item, bay: Location, ordered: Ordered) -> None:
    line = ordered(glue, "10")
    with acting(cast.storekeeper):
        services.receive_line(
            actor=cast.storekeeper, line_id=line.pk, quantity=Decimal(10), to_location=bay, lot_number="G1", at=AT
        )
    address = f"/purchasing/orders/{line.order.number}/lines/10/return/"
    assert "G1" in text_of(browser(cast.buyer), address)
    wish = {"quantity": "3", "reason": "wrong colour", "key": "k1", "expect_again": "on"}
    assert browser(cast.storekeeper).post(address, wish).status_code == 403
    assert browser(cast.buyer).post(address, wish).status_code == 302
    line.refresh_from_db()
    assert (line.returned, line.is_closed, StockBalance.objects.get().quantity) == (3, False, 7)


def test_a_request_is_made_by_anybody_with_the_right_and_ordered_once(
    plant: Plant, cast: Cast, steel: Partner, bolt: Item
) -> None:
    fitter = a_user("mika", "maintenance", plant.site)
    client = browser(fitter)
    assert client.get("/purchasing/requests/").status_code == 403
    wish = {"item": "BOLT", "quantity": "30", "site": plant.site.pk, "wanted_on": "2026-12-01", "reason": "press 1"}
    assert client.post("/purchasing/requests/new/", wish)["Location"] == "/purchasing/requests/mine/"
    assert client.post("/purchasing/requests/new/", {**wish, "quantity": "20"}).status_code == 302
    assert "press 1" in text_of(client, "/purchasing/requests/mine/")
    ids = list(PurchaseRequest.objects.order_by("id").values_list("pk", flat=True))
    assert client.post("/purchasing/requests/order/", {"request": ids, "supplier": "STEEL"}).status_code == 403
    buyer = browser(cast.buyer)
    assert "press 1" in text_of(buyer, "/purchasing/requests/")
    done = buyer.post("/purchasing/requests/order/", {"request": ids, "supplier": "STEEL"})
    line = PurchaseLine.objects.get()
    assert (done.status_code, line.quantity, line.unit.code, line.wanted_on) == (302, 5, "box", date(2026, 12, 1))
    assert {one.order_line_id for one in PurchaseRequest.objects.all()} == {line.pk}
    again = buyer.post("/purchasing/requests/order/", {"request": ids[:1], "supplier": "STEEL"})
    assert again.status_code == 409
    assert "was ordered already" in again.content.decode()
    assert PurchaseOrder.objects.count() == 1
    assert line.order.number in text_of(client, "/purchasing/requests/mine/")


def test_a_rejected_request_says_why(plant: Plant, cast: Cast, steel: Partner, bolt: Item) -> None:
    with acting(cast.planner):
        made = services.request_purchase(actor=cast.planner, site=plant.site, item=bolt, quantity=Decimal(3), at=AT)
    address = f"/purchasing/requests/{made.pk}/reject/"
    assert browser(cast.storekeeper).post(address, {"reason": "x"}).status_code == 403
    assert browser(cast.buyer).post(address, {"reason": " "}).status_code == 422
    assert PurchaseRequest.objects.get().status == "OPEN"
    assert browser(cast.buyer).post(address, {"reason": "enough in store", "version": "1"}).status_code == 302
    assert PurchaseRequest.objects.get().status == "REJECTED"


def test_offers_are_compared_and_one_becomes_an_order(plant: Plant, cast: Cast, steel: Partner, bolt: Item) -> None:
    a_partner("CHEAP", supplier=True, name="Cheap Ltd")
    client = browser(cast.buyer)
    wish = {
        "item": "BOLT",
        "quantity": "100",
        "site": plant.site.pk,
        "wanted_on": "2026-12-01",
        "suppliers": "STEEL, cheap",
    }
    address = client.post("/purchasing/enquiries/new/", wish)["Location"]
    enquiry = Enquiry.objects.get()
    of = {one.supplier.code: one.pk for one in enquiry.offers.select_related("supplier")}
    said = {"currency": "EUR", "version": "1"}
    fast = {**said, "price": "0.80", "other_costs": "20", "lead_time_days": "7"}
    slow = {**said, "price": "0,70", "lead_time_days": "30"}
    assert client.post(f"{address}offers/{of['STEEL']}/", fast).status_code == 302
    assert client.post(f"{address}offers/{of['CHEAP']}/", slow).status_code == 302
    page = text_of(client, address)
    assert page.index("Steel Ltd") < page.index("Cheap Ltd")
    assert page.count("best offer") == 1
    assert page.count("cheapest</strong>") == 1
    assert "19 days too late" in page
    assert "1.00 EUR" in page
    assert "0.70 EUR" in page
    hidden = text_of(browser(cast.storekeeper), address)
    assert "0.70" not in hidden
    assert "best offer" not in hidden
    assert "days too late" not in hidden
    stale = client.post(f"{address}offers/{of['STEEL']}/choose/", {"version": "1"})
    assert stale.status_code == 412
    done = client.post(f"{address}offers/{of['STEEL']}/choose/", {"version": "2"})
    line = PurchaseLine.objects.select_related("order__supplier").get()
    assert done["Location"] == f"/purchasing/orders/{line.order.number}/"
    assert (line.price, line.quantity, line.promised_on, line.order.supplier) == (
        Decimal("0.8"), 100, date(2026, 11, 27), steel,
    )  # fmt: skip
    assert client.post(f"{address}offers/{of['CHEAP']}/choose/").status_code == 409


def test_a_supplier_s_page_tells_how_they_delivered(cast: Cast, bolt: Item, bay: Location, ordered: Ordered) -> None:
    in_time = ordered(bolt, "5", promised_on=date(2026, 11, 20))
    ordered(bolt, "5", promised_on=date(2026, 11, 19))
    with acting(cast.storekeeper):
        services.receive_line(
            actor=cast.storekeeper, line_id=in_time.pk, quantity=Decimal(5), to_location=bay, at=AT,
            reject=Decimal(5), reject_reason="wet", accept_over=True,
        )  # fmt: skip
    page = browser(cast.storekeeper).get("/purchasing/suppliers/STEEL/")
    figures = page.context["figures"]
    half = Decimal("0.5")
    assert (figures.lines, figures.on_time, figures.in_full, figures.on_time_in_full, figures.rejected) == (
        2, half, half, half, half,
    )  # fmt: skip
    assert "50 %" in page.content.decode()
    assert "Steel Ltd" in text_of(browser(cast.storekeeper), "/purchasing/suppliers/")


PAGES = (
    "/purchasing/", "/purchasing/?show=late", "/purchasing/?show=all&q=bolt", "/purchasing/orders/{order}/",
    "/purchasing/orders/{order}/paper/", "/purchasing/requests/", "/purchasing/enquiries/?show=all",
    "/purchasing/enquiries/{enquiry}/", "/purchasing/suppliers/", "/purchasing/suppliers/STEEL/",
)  # fmt: skip


def test_prices_are_nowhere_for_those_without_the_right(
    plant: Plant, cast: Cast, steel: Partner, bolt: Item, bay: Location, ordered: Ordered,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    line = ordered(bolt, "5", price=Decimal("7.77"))
    with acting(cast.buyer):
        enquiry = services.enquire(
            actor=cast.buyer, site=plant.site, item=bolt, quantity=Decimal(5), suppliers=[steel], at=AT
        )
        services.note_offer(actor=cast.buyer, enquiry_id=enquiry.pk, supplier=steel, price=Decimal("7.77"), at=AT)
    where = {"order": line.order.number, "enquiry": enquiry.number}
    monkeypatch.setitem(ROLES, "storekeeper", ROLES["storekeeper"] | {"inventory.purchasing.manage"})
    more = ("/purchasing/orders/{order}/lines/10/", "/purchasing/receive/{order}/?line=10")
    for user, sees in ((cast.buyer, True), (cast.storekeeper, False), (cast.sales, False), (cast.supervisor, False)):
        client = browser(user)
        for address in PAGES + (more if user == cast.storekeeper else ()):
            answer = client.get(address.format(**where))
            if user == cast.supervisor and answer.status_code in (403, 404):
                continue
            page = answer.content.decode()
            assert answer.status_code == 200, address
            assert sees or not any(price in page for price in ("7.77", "38.85", 'name="price"')), (user, address)
    assert "38.85" in text_of(browser(cast.buyer), f"/purchasing/orders/{line.order.number}/")


def test_the_stranger_and_another_site_find_nothing(plant: Plant, cast: Cast, bolt: Item, ordered: Ordered) -> None:
    from tests.world.plant import a_plant

    line = ordered(bolt, "5")
    where = {"order": line.order.number, "enquiry": "ENQ-1"}
    posts = (
        "/purchasing/orders/{order}/release/", "/purchasing/orders/{order}/cancel/",
        "/purchasing/orders/{order}/lines/",
        "/purchasing/orders/{order}/lines/10/", "/purchasing/orders/{order}/lines/10/close/",
        "/purchasing/orders/{order}/lines/10/return/", "/purchasing/receive/{order}/?line=10",
        "/purchasing/orders/{order}/edit/",
    )  # fmt: skip
    elsewhere = a_user("far.buyer", "buyer", a_plant("far").site)
    for user, closed in ((cast.stranger, 403), (elsewhere, 404)):
        client = browser(user)
        for address in posts:
            assert client.post(address.format(**where), {"reason": "x"}).status_code == closed, address
        for address in PAGES:
            answer = client.get(address.format(**where))
            assert closed == 404 or answer.status_code == 403
            assert "Steel Ltd" not in answer.content.decode() or "/suppliers/" in address
    assert client.get("/purchasing/?q=bolt&show=all").context["rows"] == []
    line.refresh_from_db()
    assert (line.order.status, line.received, line.is_closed) == ("RELEASED", 0, False)


def test_lists_ask_few_questions_however_long_they_are(
    plant: Plant, cast: Cast, steel: Partner, bolt: Item, bay: Location, ordered: Ordered
) -> None:
    def some(count: int) -> None:
        for _one in range(count):
            line = ordered(bolt, "5")
            with acting(cast.storekeeper):
                services.receive_line(
                    actor=cast.storekeeper, line_id=line.pk, quantity=Decimal(1), to_location=bay, at=AT
                )
            with acting(cast.buyer):
                services.enquire(
                    actor=cast.buyer, site=plant.site, item=bolt, quantity=Decimal(5), suppliers=[steel], at=AT
                )
                services.request_purchase(actor=cast.buyer, site=plant.site, item=bolt, quantity=Decimal(5), at=AT)

    some(2)
    client = browser(cast.buyer)
    lists = (
        "/purchasing/", "/purchasing/?show=late", "/purchasing/?q=bolt", "/purchasing/requests/",
        "/purchasing/requests/mine/", "/purchasing/enquiries/", "/purchasing/suppliers/",
        "/purchasing/suppliers/STEEL/", "/purchasing/receive/",
        "/api/v1/purchase-orders", "/api/v1/purchase-requests", "/api/v1/enquiries",
    )  # fmt: skip
    few = {address: queries_of(client, address) for address in lists}
    some(10)
    many = {address: queries_of(client, address) for address in lists}
    assert many == few
    assert max(many.values()) <= 12, many
    number = PurchaseOrder.objects.latest("id").number
    assert queries_of(client, f"/purchasing/orders/{number}/") <= 16


def test_an_item_s_page_and_the_one_field_lead_to_what_is_on_order(
    cast: Cast, bolt: Item, bay: Location, ordered: Ordered
) -> None:
    line = ordered(bolt, "5")
    with acting(cast.storekeeper):
        services.receive_line(
            actor=cast.storekeeper, line_id=line.pk, quantity=Decimal(2), to_location=bay, at=AT, key="k"
        )
    page = text_of(browser(cast.storekeeper), "/items/BOLT/")
    assert "On order" in page
    assert "<strong>3 box</strong>" in page
    assert "On order" not in text_of(browser(cast.operator), "/items/BOLT/")
    found = browser(cast.storekeeper).get("/find/", {"q": line.order.number})
    assert found["Location"] == f"/purchasing/orders/{line.order.number}/"
