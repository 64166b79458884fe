"""A proposal becomes one order: what is made on its line, what is bought at its supplier, or a request to buy."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from factory_core.people.models import User
from inventory.purchasing.models import PurchaseOrder, PurchaseRequest
from production.orders.models import ProductionOrder
from production.planning.models import Firming
from production.planning.queries.listing import NoSuchProposal
from production.planning.queries.proposals import Proposal
from production.planning.services import (
    AlreadyFirmed,
    BadFirming,
    Firmed,
    NothingChosen,
    NotMakeable,
    StalePlan,
    firm,
    firm_many,
)
from tests.production.planning.conftest import Joinery
from tests.world.inventory import an_item

pytestmark = pytest.mark.django_db
D = Decimal


def firmed(joinery: Joinery, actor: User, item: str, **more: Any) -> Proposal:
    with acting(actor, channel="test"):
        return firm(actor=actor, planned_id=joinery.proposal(item).pk, at=joinery.clock(), **more)


def test_what_is_made_becomes_an_order_on_its_line(joinery: Joinery) -> None:
    line = joinery.sell("10", 24)
    joinery.plan()
    done = firmed(joinery, joinery.cast.planner, "TABLE")
    order = ProductionOrder.objects.get()
    assert (order.item, order.quantity, order.line) == (joinery.table, D(10), joinery.plant.line_a)
    # Released on Thursday the 10th, due on Monday the 14th of December, at six in the morning in Bremen.
    assert (order.start_at, order.due_at) == (
        datetime(2026, 12, 10, 5, 0, tzinfo=UTC), datetime(2026, 12, 14, 5, 0, tzinfo=UTC),
    )  # fmt: skip
    assert (order.source_kind, order.source_id) == ("inventory.salesline", line.pk)
    kept = joinery.proposal("TABLE")
    assert kept.pk == done.pk
    assert (kept.firmed_kind, kept.firmed_id, kept.firmed_label, kept.firmed_at) == (
        "production.productionorder", order.pk, order.number, joinery.clock(),
    )  # fmt: skip
    assert Event.objects.get(name="planning.firmed").about[0]["label"] == order.number


def test_a_planner_asks_and_a_buyer_orders_what_is_bought(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    firmed(joinery, joinery.cast.planner, "LEG")
    asked = PurchaseRequest.objects.get()
    assert (asked.item, asked.quantity, asked.wanted_on) == (joinery.leg, D(40), date(2026, 12, 10))
    firmed(joinery, joinery.cast.buyer, "BOARD")
    order = PurchaseOrder.objects.get()
    (bought,) = order.lines.all()
    assert (order.supplier, bought.item, bought.quantity, bought.wanted_on) == (
        joinery.supplier, joinery.board, D(21), date(2026, 12, 7),
    )  # fmt: skip
    assert joinery.proposal("BOARD").firmed_label == order.number


def test_what_was_firmed_is_not_proposed_again(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    for item in ("TABLE", "TOP", "LEG", "BOARD"):
        firmed(joinery, joinery.cast.planner, item)
    assert joinery.plan().proposals == 0


def test_another_quantity_and_day_are_the_persons(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    firmed(joinery, joinery.cast.buyer, "BOARD", quantity=D(30), due_on=date(2026, 12, 1))
    bought = PurchaseOrder.objects.get().lines.get()
    assert (bought.quantity, bought.wanted_on) == (D(30), date(2026, 12, 1))


def test_a_second_click_is_told_what_came_of_the_first(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    firmed(joinery, joinery.cast.planner, "TABLE")
    with pytest.raises(AlreadyFirmed) as refused:
        firmed(joinery, joinery.cast.planner, "TABLE")
    assert str(refused.value) == f"This proposal became {ProductionOrder.objects.get().number} already."


def test_the_plan_a_person_looked_at_must_be_the_latest(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    old = joinery.plan()
    gone = joinery.proposal("TABLE")
    joinery.plan()
    planner = joinery.cast.planner
    with pytest.raises(StalePlan):
        firmed(joinery, planner, "TABLE", run_id=old.pk)
    with acting(planner, channel="test"), pytest.raises(NoSuchProposal):
        firm(actor=planner, planned_id=gone.pk, at=joinery.clock())
    assert not ProductionOrder.objects.exists()


def test_many_at_once_tell_what_was_not(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.sell("2", 10, an_item("LOOSE", is_bought=False))
    joinery.plan()
    planner, buyer = joinery.cast.planner, joinery.cast.buyer
    firmed(joinery, planner, "TOP")
    ids = [one.pk for one in joinery.planned()]
    with acting(planner, channel="test"):
        results = firm_many(actor=planner, planned_ids=ids, at=joinery.clock())

    def said(one: Firmed) -> str:
        return str(one.refusal) if one.refusal else one.label

    order = ProductionOrder.objects.get(item=joinery.table)
    assert {one.planned.item.number: said(one) for one in results} == {
        "TABLE": order.number,
        "TOP": f"This proposal became {ProductionOrder.objects.get(item=joinery.top).number} already.",
        "LOOSE": "Nobody said where LOOSE is made: no routing of it is released.",
        "LEG": PurchaseRequest.objects.get(item=joinery.leg).number,
        "BOARD": PurchaseRequest.objects.get(item=joinery.board).number,
    }
    assert joinery.proposal("LOOSE").firmed_at is None
    joinery.sell("10", 40)
    joinery.plan()
    ids = [one.pk for one in joinery.planned(kind="BUY")]
    with acting(buyer, channel="test"):
        firm_many(actor=buyer, planned_ids=ids, at=joinery.clock())
    assert PurchaseOrder.objects.get().lines.count() == 2, "one draft a supplier"


@pytest.mark.parametrize("who", ["operator", "supervisor", "owner", "auditor", "storekeeper", "sales", "stranger"])
@pytest.mark.parametrize("item", ["TABLE", "LEG"])
def test_others_firm_nothing(joinery: Joinery, who: str, item: str) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    with pytest.raises((Forbidden, NoSuchProposal)):
        firmed(joinery, getattr(joinery.cast, who), item)
    nothing(joinery)


def test_a_buyer_makes_nothing(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    with pytest.raises(Forbidden):
        firmed(joinery, joinery.cast.buyer, "TABLE")
    nothing(joinery)


def test_bad_wishes_change_nothing(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.sell("2", 10, an_item("LOOSE", is_bought=False))
    joinery.plan()
    planner = joinery.cast.planner
    for quantity in (D(0), D(-1), D(10) ** 11):
        with pytest.raises(BadFirming):
            firmed(joinery, planner, "TABLE", quantity=quantity)
    with pytest.raises(NotMakeable):
        firmed(joinery, planner, "LOOSE")
    for ids in ([], list(range(1, 202))):
        with acting(planner, channel="test"), pytest.raises(NothingChosen):
            firm_many(actor=planner, planned_ids=ids, at=joinery.clock() + timedelta(hours=1))
    nothing(joinery)


def nothing(joinery: Joinery) -> None:
    assert not PurchaseOrder.objects.exists()
    assert not PurchaseRequest.objects.exists()
    assert not ProductionOrder.objects.exists()
    assert not Firming.objects.exists()
    assert joinery.planned()
