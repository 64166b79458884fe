"""The pages of orders: list, order, forms, job card."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from inventory.items.models import ItemPaper
from production.orders.models import CountEntry, OrderOperation, OrderRun, ProductionOrder
from production.orders.services import change_order, report_count, start_operation
from tests.world.clock import Clock
from tests.world.orders import a_made_item, an_item_order, steps
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import an_order, minute

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture(autouse=True)
def _at_seven(clock: Clock) -> None:
    clock.at = minute(60)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def main_of(shown: str) -> str:
    """The page without the house's own frame."""
    return shown.split('<main id="main"')[1].split("</main>")[0]


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        page(client, address)
    return len([one for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]])


def everything() -> list[list[dict]]:
    return [list(model.objects.order_by("pk").values()) for model in (ProductionOrder, OrderOperation, OrderRun)]


def test_the_list_shows_what_is_asked_for(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant, number="FLANGE-7")
    late = an_item_order(cast.planner, made, plant, due_at=minute(30))
    planned = an_item_order(cast.planner, made, plant, release=False)
    text = an_order(cast.supervisor, plant.lathe)
    client = browser(cast.planner)
    for address, found in (
        ("/orders/", {late, planned, text}),
        ("/orders/?show=late", {late}),
        ("/orders/?show=planned", {planned, text}),
        ("/orders/?show=all&q=FLANGE", {late, planned, text}),
        ("/orders/?q=flange-7", {late, planned}),
        (f"/orders/?q={planned.number}", {planned}),
        ("/orders/?item=FLANGE-7", {late, planned}),
        (f"/orders/?line={plant.line_b.code}", set()),
        (f"/orders/?bom={late.bom_id}", {late}),
        (f"/orders/?routing={late.routing_id}&bom=x", {late}),
        ("/orders/?show=ended", set()),
    ):
        shown = page(client, address)
        assert {one for one in (late, planned, text) if f">{one.number}<" in shown} == found, address
    assert page(client, "/orders/?show=late").count("late</span>") == 1


def test_the_lists_ask_as_often_for_fifty_orders_as_for_two(plant: Plant, cast: Cast) -> None:
    made, client = a_made_item(plant), browser(cast.planner)
    lists = [f"/orders/?show={show}" for show in ("open", "late", "planned", "released", "running", "ended", "all")]
    lists += ["/orders/?q=PO-0", f"/orders/?item={made.item.number}", f"/orders/?line={plant.line_a.code}&show=all"]
    lists += ["/orders/choices/?item="]
    first = [an_item_order(cast.planner, made, plant, due_at=minute(30)) for _ in range(10)]
    with acting(service_user("plant")):
        for n, status in enumerate(("PLANNED", "RELEASED", "PAUSED", "CLOSED", "RELEASED") * 2):
            ProductionOrder.objects.filter(pk=first[n].pk).update(status=status)
    few = [queries(client, address) for address in lists]
    with acting(service_user("plant")):
        for n, order in enumerate(ProductionOrder.objects.order_by("pk")):
            old = steps(order)
            for copy in range(5):
                order.pk, order.number = None, f"PO-09{n}{copy}"
                order.save(force_insert=True)
                for step in old:
                    step.pk, step.order = None, order
                    step.save(force_insert=True)
    assert [queries(client, address) for address in lists] == few
    assert max(few) <= 12


@pytest.mark.parametrize("status", ["PLANNED", "RELEASED", "FINISHED"])
def test_an_order_with_all_its_relatives_asks_twelve_questions_at_most(plant: Plant, cast: Cast, status: str) -> None:
    made = a_made_item(plant)
    order, *others = (an_item_order(cast.planner, made, plant) for _ in range(5))
    with acting(service_user("plant")):
        ProductionOrder.objects.update(status=status, finished_at=minute(1) if status == "FINISHED" else None)
        for kinship, other in zip(("parent", "split_from", "merged_into"), others, strict=False):
            ProductionOrder.objects.filter(pk=other.pk).update(**{kinship: order})
    client = browser(cast.planner)
    assert queries(client, f"/orders/{order.number}/") <= 12
    shown = page(client, f"/orders/{order.number}/")
    assert all(f">{other.number}<" in shown for other in others[:3])
    assert (f'name="other" value="{others[3].pk}"' in shown) is (status != "FINISHED")


def test_an_order_is_planned_released_and_run_on_its_page(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant)
    with acting(service_user("plant")):
        ItemPaper.objects.create(
            item=made.item, name="drawing.pdf", media_type="application/pdf", size=1, sha256="a" * 64,
            added_by=cast.planner,
        )  # fmt: skip
    planner, operator = browser(cast.planner), browser(cast.operator)
    wish = {
        "item": made.item.number, "quantity": "12,5", "line": plant.line_a.pk, "due_at": "2026-11-25T14:00",
        "priority": "2",
    }  # fmt: skip
    answer = planner.post("/orders/new/", wish)
    order = ProductionOrder.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/orders/{order.number}/")
    assert (order.quantity, order.due_at.isoformat()) == (Decimal("12.5"), "2026-11-25T13:00:00+00:00")
    assert 'primary">' in page(planner, f"/orders/{order.number}/")
    planner.post(f"/orders/{order.number}/release/", {"version": order.version})
    shown = page(operator, f"/orders/{order.number}/")
    assert f"/orders/{order.number}/steps/10/start/" in shown
    assert "drawing.pdf" in shown
    assert main_of(shown).count("touch primary") == 1
    operator.post(f"/orders/{order.number}/steps/10/start/", {"version": 1})
    order.refresh_from_db()
    assert order.status == "RUNNING"
    refused = operator.post(f"/orders/{order.number}/steps/20/start/", {"version": 1})
    assert refused.status_code == 409
    assert "Start anyway" in refused.content.decode()
    operator.post(f"/orders/{order.number}/steps/20/start/", {"version": 1, "anyway": "1"})
    assert [step.status for step in steps(order)] == ["RUNNING", "RUNNING"]
    story = page(planner, f"/orders/{order.number}/")
    assert f"Step 10 Step 1 of {order.number} was started at Press 1" in story


def test_wishes_that_cannot_be_are_told_at_the_form(plant: Plant, cast: Cast) -> None:
    made, client = a_made_item(plant), browser(cast.planner)
    right = {"item": made.item.number, "quantity": "1", "line": plant.line_a.pk, "due_at": "2026-11-25T14:00"}
    for wrong in (
        {"item": "NO-SUCH"}, {"quantity": "-1"}, {"quantity": "x"}, {"due_at": ""}, {"line": "0"},
        {"start_at": "2026-11-26T14:00"}, {"priority": "10"},
    ):  # fmt: skip
        answer = client.post("/orders/new/", {"priority": "0", **right, **wrong})
        assert answer.status_code == 422, wrong
        assert answer.context["form"].errors, wrong
    assert not ProductionOrder.objects.exists()


def test_the_second_of_two_people_sees_both_values(plant: Plant, cast: Cast) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant)
    client = browser(cast.supervisor)
    version = order.version
    with acting(cast.planner):
        change_order(actor=cast.planner, order_id=order.pk, wish={"quantity": Decimal(80)}, at=minute(50))
    answer = client.post(
        f"/orders/{order.number}/edit/", {"quantity": "90", "priority": "0", "version": version, "due_at": ""}
    )
    shown = answer.content.decode()
    assert (answer.status_code, "Paula" in shown) == (412, True)
    rows = {row["label"]: (row["theirs"], row["yours"]) for row in answer.context["clash"]["rows"]}
    assert rows["Quantity"] == ("80", "90")
    order.refresh_from_db()
    assert order.quantity == 80
    again = {"quantity": "90", "priority": "0", "version": order.version}
    assert client.post(f"/orders/{order.number}/edit/", again).status_code == 302
    order.refresh_from_db()
    assert (order.quantity, order.due_at) == (90, None)


def test_orders_are_split_merged_cancelled_and_shown_together(plant: Plant, cast: Cast) -> None:
    order, client = an_item_order(cast.planner, a_made_item(plant), plant), browser(cast.planner)
    base = f"/orders/{order.number}/"
    assert client.post(f"{base}split/", {"quantity": "x"}).status_code == 422
    assert client.post(f"{base}split/", {"quantity": "200"}).status_code == 422
    client.post(f"{base}split/", {"quantity": "30"})
    part = ProductionOrder.objects.get(split_from=order)
    assert "was split off" in page(client, base)
    assert f'name="other" value="{part.pk}"' in page(client, base)
    client.post(f"{base}merge/", {"other": [part.pk]})
    order.refresh_from_db()
    assert order.quantity == 100
    assert "was merged into it" in page(client, base)
    refused = client.post(f"{base}cancel/", {"reason": ""})
    assert refused.status_code == 422
    client.post(f"{base}cancel/", {"reason": "not wanted"})
    order.refresh_from_db()
    assert order.status == "CANCELLED"
    assert "touch primary" not in main_of(page(client, base))


def test_the_page_asks_as_often_for_many_counts_as_for_none(plant: Plant, cast: Cast) -> None:
    order, client = an_item_order(cast.planner, a_made_item(plant), plant), browser(cast.planner)
    few = queries(client, f"/orders/{order.number}/")
    with acting(cast.operator):
        start_operation(actor=cast.operator, operation_id=steps(order)[0].pk, at=minute(10))
        for number in range(5):
            report_count(
                actor=cast.operator, machine=plant.press, kind="good", quantity=Decimal(2), at=minute(20 + number)
            )
    assert CountEntry.objects.count() == 5
    assert queries(client, f"/orders/{order.number}/") <= few <= 12


def test_the_job_card_has_a_code_for_each_step(plant: Plant, cast: Cast) -> None:
    made = a_made_item(plant)
    order = an_item_order(cast.planner, made, plant)
    shown = page(browser(cast.operator), f"/orders/{order.number}/card/")
    for code in (order.number, f"{order.number}/10", f"{order.number}/20"):
        assert f'aria-label="{code}"' in shown
    assert made.screw.number in shown


def test_orders_are_found_by_number_and_by_the_code_of_a_step(plant: Plant, cast: Cast) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant)
    client = browser(cast.operator)
    for typed in (order.number, f"{order.number}/20"):
        assert client.get(f"/find/?q={typed}")["Location"] == f"/orders/{order.number}/"


def test_strangers_and_other_lines_see_and_do_nothing(plant: Plant, cast: Cast) -> None:
    order = an_item_order(cast.planner, a_made_item(plant), plant)
    base, before = f"/orders/{order.number}/", everything()
    reads = (base, f"{base}card/")
    acts = [
        f"{base}{what}/" for what in ("release", "withdraw", "renew", "split", "merge", "cancel", "reopen", "close")
    ]
    acts += [f"{base}steps/10/{what}/" for what in ("start", "pause", "finish", "skip")]
    for user, closed in ((cast.stranger, 403), (cast.neighbour, 404)):
        client = browser(user)
        for address in reads:
            assert client.get(address).status_code == closed, address
        for address in acts:
            assert client.post(address, {"reason": "x", "quantity": "1"}).status_code in (403, 404), address
    assert order.number not in page(browser(cast.neighbour), "/orders/?show=all")
    operator = browser(cast.operator)
    for address in acts[:8]:
        assert operator.post(address, {"reason": "x", "quantity": "1"}).status_code == 403, address
    assert operator.get("/orders/new/").status_code == 403
    assert Client().get(base).status_code == 302
    assert everything() == before
