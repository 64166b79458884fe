"""The pages of replenishment: what should be ordered with the reason, ordering several, rules with a preview."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.people.models import User
from inventory.purchasing.models import PurchaseOrder
from inventory.replenishment.models import ReplenishmentRule, Suggestion
from tests.inventory.replenishment.conftest import Shop
from tests.world.inventory import a_partner, a_supplier_item, an_item
from tests.world.people import Cast, a_user
from tests.world.plant import a_plant

pytestmark = pytest.mark.django_db
D = Decimal
PAGES = ("/replenishment/", "/replenishment/?status=ALL", "/replenishment/rules/")


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def shown(client: Client, page: str, status: int = 200) -> str:
    answer = client.get(page)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def figures(**changes: str) -> dict[str, str]:
    typed = {
        "method": "REORDER_POINT", "reorder_point": "30", "safety_stock": "", "most": "", "lot_rule": "FIXED",
        "lot_quantity": "50", "period_days": "", "yearly_demand": "", "order_cost": "", "holding_cost": "",
        "least_quantity": "", "multiple": "", "is_active": "on",
    }  # fmt: skip
    return {**typed, **changes}


def test_the_button_makes_suggestions_and_tells_troubles(shop: Shop, cast: Cast) -> None:
    ugly = shop.a_rule(an_item("NUT"), lot_quantity=D(0))
    client = client_of(cast.buyer)
    assert "Nothing to order" in shown(client, "/replenishment/")
    assert client.post("/replenishment/run/").headers["Location"] == "/replenishment/"
    page = shown(client, "/replenishment/")
    assert "2 rules looked; 1 new, 0 changed, 0 no longer needed." in page
    assert "The rule of NUT cannot be followed" in page
    assert "SCREW" in page
    assert "Company NEAR" in page
    assert "order today" in page
    assert "The rule of NUT cannot be followed" in shown(client, "/replenishment/rules/")
    assert "The rule of NUT cannot be followed" in shown(client, f"/replenishment/rules/{ugly.pk}/")


def test_the_reason_stands_behind_a_tap(shop: Shop, cast: Cast) -> None:
    shop.books.receive(shop.screw, "12", "1")
    shop.run()
    client, (one,) = client_of(cast.planner), shop.open()
    assert f"/replenishment/{one.pk}/reason/" in shown(client, "/replenishment/")
    page = shown(client, f"/replenishment/{one.pk}/reason/")
    for label, value in (("On hand", "12 pcs"), ("Order when at or under", "30 pcs"), ("Lead time", "5 d")):
        assert f"<dt>{label}</dt><dd>{value}</dd>" in page
    assert "Whole lots of one size: 50 pcs" in page
    assert "Dismiss" not in page
    assert "Dismiss" in shown(client_of(cast.buyer), f"/replenishment/{one.pk}/reason/")
    assert "Order the chosen ones" not in shown(client, "/replenishment/"), "a planner looks, a buyer orders"


def test_several_chosen_become_orders(shop: Shop, cast: Cast) -> None:
    paint = an_item("PAINT")
    a_supplier_item(paint, a_partner("OTHER", supplier=True))
    shop.a_rule(paint)
    shop.run()
    client = client_of(cast.buyer)
    chosen = [f"{one.pk}:{one.version}" for one in shop.open()]
    assert all(one in shown(client, "/replenishment/") for one in chosen)
    assert client.post("/replenishment/take/", {"take": chosen}).headers["Location"] == "/replenishment/"
    assert PurchaseOrder.objects.count() == 2
    page = shown(client, "/replenishment/?status=TAKEN")
    assert all(order.number in page for order in PurchaseOrder.objects.all())
    again = client.post("/replenishment/take/", {"take": chosen})
    assert again.status_code == 409
    assert "was ordered already with" in again.content.decode()
    assert PurchaseOrder.objects.count() == 2


def test_one_order_leads_to_its_page(shop: Shop, cast: Cast) -> None:
    shop.run()
    answer = client_of(cast.buyer).post("/replenishment/take/", {"take": f"{shop.open()[0].pk}:1"})
    assert answer.headers["Location"] == f"/purchasing/orders/{PurchaseOrder.objects.get().number}/"


def test_old_and_ugly_choices_are_told(shop: Shop, cast: Cast) -> None:
    shop.run()
    one = shop.open()[0]
    shop.change_rule(lot_quantity=D(60))
    shop.run()
    client = client_of(cast.buyer)
    stale = client.post("/replenishment/take/", {"take": f"{one.pk}:1"})
    assert (stale.status_code, "it is 60 pcs now" in stale.content.decode()) == (412, True)
    for ugly in ("", "x", f"{one.pk}", ":", "9" * 30 + ":1"):
        assert client.post("/replenishment/take/", {"take": ugly}).status_code == 422
    assert client.post("/replenishment/take/", {"take": "999999:1"}).status_code == 404
    assert PurchaseOrder.objects.count() == 0


def test_dismissing_needs_a_reason(shop: Shop, cast: Cast) -> None:
    shop.run()
    one, client = shop.open()[0], client_of(cast.buyer)
    refused = client.post(f"/replenishment/{one.pk}/dismiss/", {"reason": " ", "version": "1"})
    assert (refused.status_code, "Say why SCREW is not ordered" in refused.content.decode()) == (422, True)
    client.post(f"/replenishment/{one.pk}/dismiss/", {"reason": "end of life", "version": "1"})
    assert shop.open() == []
    assert "end of life" in shown(client, "/replenishment/?status=DISMISSED")


def test_a_rule_is_tried_before_it_is_saved(shop: Shop, cast: Cast) -> None:
    client, own = client_of(cast.buyer), f"/replenishment/rules/{shop.rule.pk}/"
    assert "Order 50 pcs" in shown(client, own)
    tried = client.post(
        "/replenishment/rules/preview/", {"rule": shop.rule.pk, **figures(lot_quantity="72,5", reorder_point="1")}
    )
    assert "Order 80 pcs" in tried.content.decode(), "the supplier delivers multiples of 10"
    worse = client.post("/replenishment/rules/preview/", {"rule": shop.rule.pk, **figures(lot_quantity="")})
    assert "“lot quantity” is missing" in worse.content.decode()
    nut = {"item": "SCREW", "site": shop.books.site.pk, **figures(method="MIN_MAX", most="90")}
    assert "Order 90 pcs" in client.post("/replenishment/rules/preview/", nut).content.decode()
    shop.rule.refresh_from_db()
    assert (shop.rule.version, shop.rule.lot_quantity) == (1, 50)
    assert Suggestion.objects.count() == 0


def test_a_rule_is_changed_and_a_clash_shows_both(shop: Shop, cast: Cast) -> None:
    client, own = client_of(cast.buyer), f"/replenishment/rules/{shop.rule.pk}/"
    assert client.post(own, figures(version="1", lot_quantity="60")).status_code == 302
    clash = client.post(own, figures(version="1", lot_quantity="70"))
    page = clash.content.decode()
    assert clash.status_code == 412
    assert "Somebody changed this meanwhile" in page
    assert "<td>60</td><td>70</td>" in page
    shop.rule.refresh_from_db()
    assert (shop.rule.version, shop.rule.lot_quantity) == (2, 60)
    assert client.post(own, figures(version="2", lot_quantity="70")).status_code == 302
    assert client.post(own, figures(version="3", lot_quantity="-4")).status_code == 422


def test_a_new_rule(shop: Shop, cast: Cast) -> None:
    nut, client = an_item("NUT"), client_of(cast.buyer)
    wish = {"item": "NUT", "site": shop.books.site.pk, **figures()}
    made = client.post("/replenishment/rules/new/", wish)
    assert made.headers["Location"] == f"/replenishment/rules/{ReplenishmentRule.objects.get(item=nut).pk}/"
    again = client.post("/replenishment/rules/new/", wish)
    assert (again.status_code, "has a rule at this site already" in again.content.decode()) == (422, True)
    assert client.post("/replenishment/rules/new/", {**wish, "item": "NOBODY"}).status_code == 422
    assert ReplenishmentRule.objects.count() == 2


def test_costs_are_for_those_who_may_see_them(shop: Shop, cast: Cast) -> None:
    shop.change_rule(order_cost=D("123.45"), holding_cost=D("6.78"))
    own = f"/replenishment/rules/{shop.rule.pk}/"
    assert "123.45" in shown(client_of(cast.buyer), own)
    for who in (cast.planner, cast.storekeeper):
        page = shown(client_of(who), own)
        assert "123.45" not in page
        assert "order_cost" not in page


def test_doors_by_right(shop: Shop, cast: Cast) -> None:
    shop.run()
    one = shop.open()[0]
    own, take, version = f"/replenishment/rules/{shop.rule.pk}/", {"take": f"{one.pk}:1"}, {"version": "1"}
    for page in (*PAGES, own, "/replenishment/rules/new/"):
        assert client_of(cast.stranger).get(page).status_code == 403
        assert client_of(cast.disabled).get(page).status_code == 302
    for who in (cast.stranger, cast.planner, cast.storekeeper, cast.auditor):
        client = client_of(who)
        assert client.post("/replenishment/take/", take).status_code == 403
        assert client.post(f"/replenishment/{one.pk}/dismiss/", {"reason": "no"}).status_code == 403
        assert client.post(own, figures(lot_quantity="1", **version)).status_code == 403
        assert client.post("/replenishment/rules/new/", figures()).status_code == 403
    assert client_of(cast.auditor).post("/replenishment/run/").status_code == 403
    elsewhere = a_user("far.buyer", "buyer", a_plant("OTHER").site)
    client = client_of(elsewhere)
    assert "SCREW" not in shown(client, "/replenishment/")
    assert "SCREW" not in shown(client, "/replenishment/rules/")
    assert client.get(own).status_code == 404
    assert client.get(f"/replenishment/{one.pk}/reason/").status_code == 404
    assert client_of(cast.stranger).get(f"/replenishment/{one.pk}/reason/").status_code == 403
    assert client.post("/replenishment/take/", take).status_code == 404
    assert client.post("/replenishment/rules/preview/", {"rule": shop.rule.pk, **figures()}).status_code == 404
    assert [row.pk for row in shop.open()] == [one.pk]
    shop.rule.refresh_from_db()
    assert shop.rule.version == 1


def test_lists_ask_few_questions_however_long(shop: Shop, cast: Cast) -> None:
    shop.run()
    client = client_of(cast.buyer)

    def asked(page: str) -> int:
        with CaptureQueriesContext(connection) as counted:
            shown(client, page)
        return len(counted)

    shown(client, PAGES[0])
    before = [asked(page) for page in PAGES]
    for number in range(50):
        item = an_item(f"I-{number}")
        a_supplier_item(item, shop.supplier_item.supplier)
        shop.a_rule(item)
    shop.run()
    assert [asked(page) for page in PAGES] == before
    assert max(before) <= 12, before
    assert asked("/replenishment/?q=I-1") <= 12
