"""The plan and the rules of replenishment never order the same twice."""

from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from inventory.purchasing.models import PurchaseRequest
from inventory.replenishment.demand import planned
from inventory.replenishment.models import Suggestion
from inventory.replenishment.services import Run, SuggestionOver, suggest, take
from production.planning.services import firm
from tests.production.planning.conftest import Joinery

pytestmark = pytest.mark.django_db
D = Decimal


def look(joinery: Joinery) -> Run:
    with acting(joinery.books.actor, channel="test"):
        return suggest(actor=joinery.books.actor, site=joinery.plant.site, at=joinery.clock())


def a_suggestion(joinery: Joinery) -> Suggestion:
    """The rule of the legs wants 50: there are none."""
    joinery.rule(joinery.leg, reorder_point=D(30), lot_rule="FIXED", lot_quantity=D(50))
    assert look(joinery).made == 1
    return Suggestion.objects.get(item=joinery.leg, status="OPEN")


def test_what_the_plan_orders_is_not_suggested_besides(joinery: Joinery) -> None:
    suggestion = a_suggestion(joinery)
    joinery.sell("10", 24)
    joinery.plan()
    suggestion.refresh_from_db()
    assert suggestion.status == "GONE"
    assert (look(joinery).planned, Suggestion.objects.filter(status="OPEN").count()) == (1, 0)
    first = joinery.proposal("LEG")
    assert planned([joinery.leg.pk, joinery.table.pk], joinery.plant.site.pk)[joinery.leg.pk] == (
        first.quantity, first.due_on,
    )  # fmt: skip
    buyer = joinery.cast.buyer
    with acting(buyer, channel="test"), pytest.raises(SuggestionOver):
        take(actor=buyer, suggestion_ids=[suggestion.pk], at=joinery.clock())


def test_what_a_planner_asked_for_is_not_suggested_until_it_is_ordered(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    joinery.rule(joinery.leg, reorder_point=D(30), lot_rule="FIXED", lot_quantity=D(50))
    planner = joinery.cast.planner
    with acting(planner, channel="test"):
        firm(actor=planner, planned_id=joinery.proposal("LEG").pk, at=joinery.clock())
    assert (look(joinery).planned, Suggestion.objects.count()) == (1, 0)
    with acting(joinery.books.actor, channel="test"):
        PurchaseRequest.objects.update(status="REJECTED")
    assert (look(joinery).planned, Suggestion.objects.filter(status="OPEN").count()) == (0, 1)


def test_what_was_ordered_of_a_suggestion_is_not_proposed(joinery: Joinery) -> None:
    suggestion, buyer = a_suggestion(joinery), joinery.cast.buyer
    with acting(buyer, channel="test"):
        take(actor=buyer, suggestion_ids=[suggestion.pk], at=joinery.clock())
    joinery.sell("10", 24)
    joinery.plan()
    assert [one.quantity for one in joinery.planned() if one.item == joinery.leg] == []
    suggestion.refresh_from_db()
    assert suggestion.status == "TAKEN"
