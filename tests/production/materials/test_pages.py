"""The material page of an order: needs and bookings, taking and putting out by touch and scan."""

from decimal import Decimal

import pytest
from django.test import Client

from inventory.stock.models import StockMove
from production.materials.queries import put_out_of
from production.materials.services import issue_material
from production.orders.models import ProductionOrder
from tests.world.inventory import a_lot, an_item
from tests.world.work import Works, a_need, counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def works(plant, cast, clock) -> Works:
    return Works(plant, cast)


@pytest.fixture
def glue(works):
    return an_item("GLUE", tracking="LOT")


@pytest.fixture
def order(works, glue):
    order, works.step = works.order(an_item("FLANGE", tracking="LOT"))
    works.row = a_need(order, glue, "1", issue="PICKED")
    works.lot = a_lot(glue, "L-1")
    works.stocked(glue, "500", lot=works.lot)
    return order


def of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def here(order: ProductionOrder, act: str = "") -> str:
    return f"/orders/{order.number}/material/{act}"


def test_the_slot_says_what_is_needed_had_and_missing(works, order):
    counted(works.step, works.people.operator, good="10")
    answer = of(works.people.auditor).get(here(order), headers={"HX-Request": "true"})
    said = answer.content.decode()
    assert (answer.status_code, "10 missing" in said, "<html" in said) == (200, True, False)
    assert "Take and put out" not in said


def test_a_scan_of_the_lot_is_taken_in_hand_with_its_place_and_what_is_open(works, order):
    client = of(works.people.operator)
    answer = client.get(here(order), {"code": "L-1"}, follow=True)
    hand = answer.context["hand"]
    assert (hand.row.material, hand.lot, hand.place, hand.proposal) == (works.row, works.lot, works.shelf, "100")
    wish = {
        "material": works.row.pk,
        "lot": works.lot.pk,
        "place": f"#{works.shelf.pk}",
        "quantity": "60,5",
        "key": "k",
    }
    for _tap in range(2):
        assert client.post(here(order, "issue/"), wish).status_code == 302
    assert works.lies(works.row.item) == 439.5
    wish |= {"quantity": "60.5", "key": "k2", "place": works.shelf.code}
    assert client.post(here(order, "back/"), wish).status_code == 302
    assert works.lies(works.row.item) == 500


def test_what_does_not_belong_is_said(works, order):
    other = an_item("OTHER")
    answer = of(works.people.operator).get(here(order), {"code": other.number})
    assert "OTHER is no material of this order. Expected one of: GLUE." in answer.content.decode()


def test_too_much_asks_why_and_keeps_what_was_typed(works, order):
    wish = {"material": works.row.pk, "lot": works.lot.pk, "place": f"#{works.shelf.pk}", "quantity": "101"}
    client = of(works.people.operator)
    answer = client.post(here(order, "issue/"), wish)
    assert (answer.status_code, answer.context["asks_reason"], answer.context["hand"].proposal) == (409, True, "101")
    assert not StockMove.objects.filter(kind="ISSUE").exists()
    client.post(here(order, "issue/"), {**wish, "reason": "torn bag"})
    assert StockMove.objects.get(kind="ISSUE").reason == "torn bag"


def test_goods_are_put_out_and_the_order_is_finished(works, order):
    client = of(works.people.operator)
    counted(works.step, works.people.operator, good="30")
    page = client.get(here(order))
    assert (page.context["left"], page.context["goods_place"]) == (30, works.dock)
    wish = {"quantity": "30", "lot_number": "NIGHT", "place": works.dock.code, "key": "o1"}
    assert client.post(here(order, "out/"), wish).status_code == 302
    order.refresh_from_db()
    assert (put_out_of(order), order.status) == (30, "RUNNING")
    wish |= {"quantity": "70", "key": "o2", "end": "yes", "version": order.version}
    assert client.post(here(order, "out/"), wish).status_code == 302
    order.refresh_from_db()
    assert (put_out_of(order), order.status) == (100, "FINISHED")
    move = StockMove.objects.filter(kind="OUTPUT").latest("id")
    assert client.post(here(order, f"undo/{move.pk}/"), {"reason": " "}).status_code == 422
    assert client.post(here(order, f"undo/{move.pk}/"), {"reason": "wrong lot"}).status_code == 302
    assert put_out_of(order) == 30


@pytest.mark.parametrize(
    ("who", "status"), [("stranger", 403), ("neighbour", 404), ("planner", 403), ("terminal", 403), ("disabled", 302)]
)
def test_only_those_who_run_the_order_book(works, order, who, status):
    client = of(getattr(works.people, who))
    for act in ("issue/", "back/", "alternate/", "out/", "product/"):
        wish = {"material": works.row.pk, "lot": works.lot.pk, "place": works.shelf.code, "quantity": "1"}
        answer = client.post(here(order, act), wish)
        assert answer.status_code in ({status, 401} if who == "disabled" else {status})
    assert not StockMove.objects.filter(kind__in=("ISSUE", "OUTPUT")).exists()


def test_what_comes_out_beside_the_goods_is_put_into_stock(works, order):
    client, dust = of(works.people.operator), an_item("DUST")
    row = a_need(order, dust, "0.1", kind="BY_PRODUCT", issue="PICKED")
    assert "DUST" in client.get(here(order)).content.decode()
    wish = {"material": row.pk, "quantity": "2,5", "place": works.dock.code, "key": "tap"}
    for _tap in range(2):
        assert client.post(here(order, "product/"), wish).status_code == 302
    assert works.lies(dust, works.dock) == Decimal("2.5")
    refused = client.post(here(order, "product/"), {**wish, "material": works.row.pk, "key": ""})
    assert (refused.status_code, "goes into order" in refused.content.decode()) == (409, True)
    assert client.post(here(order, "product/"), {**wish, "quantity": "x"}).status_code == 422
    assert StockMove.objects.filter(kind="OUTPUT").count() == 1


def test_the_page_asks_as_much_for_fifty_materials_as_for_two(works, order, django_assert_max_num_queries):
    client = of(works.people.operator)

    def asked(headers: dict[str, str]) -> int:
        client.get(here(order), headers=headers)
        with django_assert_max_num_queries(12) as questions:
            assert client.get(here(order), headers=headers).status_code == 200
        return len(questions)

    def more(rows: int) -> None:
        for n in range(rows):
            item = an_item(tracking="LOT")
            row, lot = a_need(order, item, "1", issue="STEP"), a_lot(item, f"X-{n}")
            works.stocked(item, "10", lot=lot)
            works.do(issue_material, material_id=row.pk, quantity="5", from_location=works.shelf, lot=lot)

    more(1)
    few = [asked({}), asked({"HX-Request": "true"})]
    more(6)
    assert [asked({}), asked({"HX-Request": "true"})] == few
