"""Rules look at the figures of a site and keep its suggestions; ugly rules are told and hold nobody up."""

from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from inventory.lots.services import judge_lot
from inventory.replenishment import demand
from inventory.replenishment.models import ReplenishmentRule, Suggestion
from inventory.replenishment.services import BadRule, dismiss, set_rule, suggest
from inventory.replenishment.tasks import look_at_all
from inventory.sales.models import CallOff, SalesLine, SalesOrder
from tests.inventory.replenishment.conftest import Shop
from tests.world.clock import Clock
from tests.world.inventory import a_location, a_lot, a_partner, a_supplier_item, a_unit, an_item, an_item_unit
from tests.world.people import Cast

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = date(2026, 11, 20)


def in_(days: int) -> date:
    return TODAY + timedelta(days=days)


def test_a_suggestion_with_the_figures_behind_it(shop: Shop) -> None:
    shop.books.receive(shop.screw, "25", "1")
    shop.an_order(shop.screw, "3", promised_on=in_(2))
    run = shop.run()
    assert (run.looked_at, run.made, run.troubles) == (1, 1, [])
    (one,) = shop.open()
    assert (one.item, one.supplier.code, one.quantity) == (shop.screw, "NEAR", 50)
    assert (one.wanted_on, one.order_on) == (in_(5), TODAY)
    told = {name: one.reason[name] for name in ("on_hand", "on_order", "demand", "position", "reorder_point", "lot")}
    assert told == {
        "on_hand": "25", "on_order": "3", "demand": "0", "position": "28", "reorder_point": "30", "lot": "50",
    }  # fmt: skip
    assert (one.reason["lead_days"], one.reason["lot_rule"], one.reason["supplier_multiple"]) == (5, "FIXED", "10")
    (event,) = Event.objects.filter(name="replenishment.suggested")
    assert (event.site_id, event.payload["quantity"]) == (shop.books.site.pk, "50")


def test_looking_again_changes_nothing_until_something_changes(shop: Shop) -> None:
    shop.books.receive(shop.screw, "25", "1")
    shop.run()
    (first,) = shop.open()
    run = shop.run()
    assert (run.made, run.changed, run.gone) == (0, 0, 0)
    shop.books.issue(shop.screw, "1")
    assert (shop.run().changed, shop.open()[0].version, shop.open()[0].reason["on_hand"]) == (0, first.version, "24")
    shop.change_rule(lot_quantity=D(60))
    assert shop.run().changed == 1
    (renewed,) = shop.open()
    assert (renewed.pk, renewed.quantity, renewed.version) == (first.pk, 60, first.version + 1)


def test_what_is_no_longer_needed_is_gone(shop: Shop) -> None:
    shop.run()
    shop.books.receive(shop.screw, "31", "1")
    assert shop.run().gone == 1
    assert list(Suggestion.objects.values_list("status", flat=True)) == ["GONE"]


def test_a_rule_out_of_use_takes_its_suggestion_along(shop: Shop) -> None:
    shop.run()
    shop.change_rule(is_active=False)
    assert (shop.run().gone, shop.open()) == (1, [])


def test_drafts_and_orders_in_other_units_count_returned_goods_too(shop: Shop) -> None:
    box = a_unit("box")
    an_item_unit(shop.screw, "box", "12")
    shop.an_order(shop.screw, "2", status="DRAFT", unit=box, factor=D(12))
    assert shop.run().made == 1
    assert shop.open()[0].reason["on_order"] == "24"
    shop.an_order(shop.screw, "1", unit=box, factor=D(12), received=D(1), returned=D(1))
    shop.an_order(shop.screw, "100", status="CANCELLED")
    shop.an_order(shop.screw, "100", is_closed=True)
    assert shop.run().gone == 1


def test_held_expired_and_scrapped_stock_does_not_count_inspected_does(shop: Shop, cast: Cast, clock: Clock) -> None:
    paint = an_item("PAINT", tracking="LOT")
    a_supplier_item(paint, shop.supplier_item.supplier)
    shop.a_rule(paint, reorder_point=D(9))
    held, old, waits, good = (
        a_lot(paint, name, expires_on=on) for name, on in (("H", None), ("O", in_(-1)), ("W", None), ("G", in_(300)))
    )
    for lot in (held, old, waits, good):
        shop.books.receive(paint, "5", "1", lot=lot)
    quarantine = a_location(shop.books.site, kind="QUARANTINE")
    shop.books.transfer(paint, "5", shop.books.here, quarantine, lot=waits)
    with acting(cast.quality, channel="test"):
        for lot in (held, waits):
            judge_lot(actor=cast.quality, lot_id=lot.pk, status="HOLD", reason="look", at=clock())
    shop.run()
    assert [one.item for one in shop.open()] == [shop.screw]
    with acting(cast.quality, channel="test"):
        judge_lot(actor=cast.quality, lot_id=waits.pk, status="REJECTED", reason="bad", at=clock())
    shop.run()
    reason = shop.open()[0].reason
    assert (shop.open()[0].item, reason["on_hand"], reason["inspected"]) == (paint, "5", "0")


def test_stock_kept_for_others_does_not_count(shop: Shop) -> None:
    shop.books.receive(shop.screw, "35", "1")
    assert shop.run().made == 0
    shop.books.reserve(shop.screw, "5", shop.books.here)
    assert shop.run().made == 1
    assert (shop.open()[0].reason["reserved"], shop.open()[0].reason["position"]) == ("5", "30")


def test_open_sales_and_call_offs_are_demanded(shop: Shop) -> None:
    site, customer = shop.books.site, a_partner("ACME", customer=True)
    shop.books.receive(shop.screw, "100", "1")

    def line(
        number: str, quantity: str, *, status: str = "CONFIRMED", is_frame: bool = False, **more: object
    ) -> SalesLine:
        order = SalesOrder.objects.create(
            number=number, customer=customer, site=site, status=status, is_frame=is_frame, ordered_on=TODAY,
            currency="EUR",
        )  # fmt: skip
        wish = {"unit": shop.screw.unit, "position": 1, **more}
        return SalesLine.objects.create(order=order, item=shop.screw, quantity=D(quantity), **wish)

    with acting(shop.books.actor, channel="test"):
        line("SO-1", "5", factor=D(10), dispatched=D(1), wanted_on=in_(9), promised_on=in_(3))
        line("SO-2", "999", status="DRAFT")
        line("SO-3", "999", is_closed=True)
        frame = line("SO-4", "999", is_frame=True)
        CallOff.objects.create(line=frame, number=1, quantity=D(35), dispatched=D(5), wanted_on=in_(4))
        CallOff.objects.create(line=frame, number=2, quantity=D(500), wanted_on=in_(400))
        CallOff.objects.create(line=frame, number=3, quantity=D(500), wanted_on=in_(1), is_closed=True)
    shop.run()
    (one,) = shop.open()
    assert (one.reason["demand"], one.reason["position"], one.quantity) == ("70", "30", 50)


def test_late_is_shown_as_late(shop: Shop) -> None:
    shop.books.receive(shop.screw, "31", "1")
    wanted = [(shop.screw.pk, D(40), in_(2))]
    with patch.dict(demand._offered, {lambda items, site: wanted: frozenset()}, clear=True):
        shop.run()
    (one,) = shop.open()
    assert (one.wanted_on, one.order_on, one.reason["short_on"]) == (in_(2), in_(-3), in_(2).isoformat())


@pytest.mark.parametrize(
    ("ugly", "told"),
    [
        ({"reorder_point": D(-1)}, "“order when at or under” is less than zero"),
        ({"safety_stock": D(-1)}, "“safety stock” is less than zero"),
        ({"lot_quantity": None}, "“lot quantity” is missing"),
        ({"lot_quantity": D(0)}, "“lot quantity” must be more than zero"),
        ({"lot_rule": "EOQ"}, "“demand in a year” is missing"),
        ({"lot_rule": "PERIOD", "period_days": 0}, "“days covered” must be more than zero"),
        ({"multiple": D(-2)}, "“multiple of” is less than zero"),
    ],
)
def test_an_ugly_rule_is_told_and_holds_nobody_up(shop: Shop, ugly: dict[str, object], told: str) -> None:
    nut = an_item("NUT")
    shop.a_rule(nut)
    shop.run()
    shop.change_rule(**ugly)
    run = shop.run()
    assert run.troubles == [f"The rule of SCREW cannot be followed: {told}."]
    assert [one.item.number for one in shop.open()] == ["NUT", "SCREW"], "what was suggested before stays"


@pytest.mark.parametrize("quantity", [D(-5), D("NaN"), D("Infinity"), None])
def test_ugly_demand_is_told(shop: Shop, quantity: Decimal | None) -> None:
    shop.a_rule(an_item("NUT"))
    with patch.dict(demand._offered, {lambda items, site: [(shop.screw.pk, quantity, None)]: frozenset()}):
        run = shop.run()
    assert run.troubles == ["The rule of SCREW cannot be followed: “demand” is less than zero."]
    assert [one.item.number for one in shop.open()] == ["NUT"]


def test_a_supplier_whose_unit_nobody_can_convert_is_told(shop: Shop) -> None:
    with acting(shop.books.actor, channel="test"):
        shop.supplier_item.unit = a_unit("coil", dimension="LENGTH")
        shop.supplier_item.save()
    assert shop.run().troubles == ["SCREW is delivered in coil, and nobody said how many pcs that is."]
    assert shop.open() == []


def test_the_suppliers_unit_is_counted_in_base_units(shop: Shop) -> None:
    box = a_unit("box")
    an_item_unit(shop.screw, "box", "12")
    with acting(shop.books.actor, channel="test"):
        shop.supplier_item.unit, shop.supplier_item.least_quantity = box, D(10)
        shop.supplier_item.save()
    shop.run()
    assert (shop.open()[0].quantity, shop.open()[0].reason["supplier_multiple"]) == (120, "120")


def test_without_a_supplier_it_is_suggested_all_the_same(shop: Shop) -> None:
    shop.a_rule(an_item("NUT"))
    shop.run()
    nut = shop.open()[0]
    assert (nut.item.number, nut.supplier, nut.quantity) == ("NUT", None, 50)


def test_dismissed_keeps_quiet_until_more_is_needed_or_the_need_was_over(shop: Shop, cast: Cast, clock: Clock) -> None:
    shop.books.receive(shop.screw, "25", "1")
    shop.run()
    with acting(cast.buyer, channel="test"):
        dismiss(actor=cast.buyer, suggestion_id=shop.open()[0].pk, reason="end of life", at=clock())
    assert (shop.run().made, shop.open()) == (0, [])
    assert Suggestion.objects.get().reason["dismissed"] == "end of life"
    shop.change_rule(lot_quantity=D(60))
    assert (shop.run().made, shop.open()[0].quantity) == (1, 60)
    assert sorted(Suggestion.objects.values_list("status", flat=True)) == ["GONE", "OPEN"]
    with acting(cast.buyer, channel="test"):
        dismiss(actor=cast.buyer, suggestion_id=shop.open()[0].pk, reason="end of life", at=clock())
    arrival = shop.books.receive(shop.screw, "100", "1")
    assert shop.run().gone == 1
    shop.books.correct(arrival)
    assert shop.run().made == 1


def test_who_may_let_the_rules_look(shop: Shop, cast: Cast, clock: Clock) -> None:
    for who in (cast.stranger, cast.auditor, cast.sales, cast.operator):
        with pytest.raises(Forbidden), acting(who, channel="test"):
            suggest(actor=who, site=shop.books.site, at=clock())
    assert shop.open() == []
    for who in (cast.planner, cast.storekeeper, cast.buyer):
        with acting(who, channel="test"):
            assert suggest(actor=who, site=shop.books.site, at=clock()).looked_at == 1


def test_the_hourly_look_goes_round_all_sites(shop: Shop) -> None:
    look_at_all(timestamp=0)
    assert [one.item for one in shop.open()] == [shop.screw]


def test_a_hundred_rules_cost_as_many_questions_to_look_at_as_one(shop: Shop) -> None:
    shop.books.receive(shop.screw, "100", "1")
    shop.run()

    def asked() -> int:
        with CaptureQueriesContext(connection) as counted:
            shop.run()
        return len(counted)

    before = asked()
    for number in range(100):
        item = an_item(f"I-{number}")
        a_supplier_item(item, shop.supplier_item.supplier)
        shop.a_rule(item, reorder_point=D(0), lot_rule="LOT_FOR_LOT")
    assert asked() == before


def test_set_rule_refuses_what_one_cannot_decide_by(shop: Shop, cast: Cast, clock: Clock) -> None:
    nut = an_item("NUT")
    with acting(cast.buyer, channel="test"):
        rule = set_rule(
            actor=cast.buyer, item=nut, site=shop.books.site, at=clock(), lot_rule="FIXED", lot_quantity=D(5)
        )
    assert (rule.version, rule.lot_quantity) == (1, 5)
    for ugly in (
        {"lot_quantity": None}, {"reorder_point": D(-1)}, {"lot_rule": "NEVER"}, {"most": D("NaN")},
        {"method": "MIN_MAX", "most": D(0)}, {"site_id": 5}, {"period_days": 99999}, {"reorder_point": D(10) ** 12},
    ):  # fmt: skip
        with pytest.raises(BadRule), acting(cast.buyer, channel="test"):
            set_rule(actor=cast.buyer, item=nut, site=shop.books.site, at=clock(), **ugly)
    for who in (cast.stranger, cast.planner, cast.auditor):
        with pytest.raises(Forbidden), acting(who, channel="test"):
            set_rule(actor=who, item=nut, site=shop.books.site, at=clock(), reorder_point=D(1))
    rule.refresh_from_db()
    assert (rule.version, rule.reorder_point, rule.lot_quantity) == (1, 0, 5)
    assert ReplenishmentRule.objects.count() == 2
