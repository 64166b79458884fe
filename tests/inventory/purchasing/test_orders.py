"""Drafting, changing and sending purchase orders."""

from datetime import date
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.access.roles import ROLES
from factory_core.errors import Missing, StaleVersion
from factory_core.events.models import Event
from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.purchasing import services
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.purchasing.services.refusals import BadPurchase, NoLines, WrongPurchaseStatus
from tests.inventory.purchasing.conftest import AT
from tests.world.inventory import a_partner, an_item
from tests.world.people import Cast
from tests.world.plant import Plant


def order(buyer: User, plant: Plant, steel: Partner, *lines: services.LineWish) -> PurchaseOrder:
    with acting(buyer):
        return services.create_order(actor=buyer, supplier=steel, site=plant.site, lines=lines, at=AT)


def test_unit_and_price_are_proposed_and_the_factor_is_frozen(
    plant: Plant, cast: Cast, steel: Partner, bolt: Item
) -> None:
    made = order(cast.buyer, plant, steel, services.LineWish(bolt, Decimal(20)), services.LineWish(bolt, Decimal(6)))
    many, few = made.lines.order_by("position")
    assert (many.unit.code, many.factor, many.price, many.position) == ("box", 12, Decimal("8.4"), 10)
    assert (few.price, few.position, made.status, made.currency) == (9, 20, "DRAFT", "EUR")
    single = order(cast.buyer, plant, steel, services.LineWish(bolt, Decimal(240), bolt.unit)).lines.get()
    assert (single.unit.code, single.factor, single.price) == ("pcs", 1, Decimal("0.7"))


def test_wishes_in_base_units_become_what_the_supplier_delivers(
    plant: Plant, cast: Cast, steel: Partner, bolt: Item
) -> None:
    nut = an_item("NUT")
    wanted = date(2026, 12, 1)
    with acting(cast.buyer):
        made = services.order_from(
            actor=cast.buyer, supplier=steel, site=plant.site, at=AT,
            wishes=[(bolt, Decimal(100), wanted), (bolt, Decimal(13), None), (nut, Decimal(7), None)],
        )  # fmt: skip
    rows = made.lines.order_by("position").values_list("item__number", "quantity", "unit__code", "wanted_on", "price")
    assert list(rows) == [
        ("BOLT", 9, "box", wanted, 9),
        ("BOLT", 5, "box", None, 9),
        ("NUT", 7, "pcs", None, None),
    ]


def test_an_order_is_sent_cancelled_and_says_so(plant: Plant, cast: Cast, steel: Partner, bolt: Item) -> None:
    empty = order(cast.buyer, plant, steel)
    with pytest.raises(NoLines), acting(cast.buyer):
        services.release_order(actor=cast.buyer, order_id=empty.pk, at=AT)
    made = order(cast.buyer, plant, steel, services.LineWish(bolt, Decimal(5)))
    with acting(cast.buyer):
        services.release_order(actor=cast.buyer, order_id=made.pk, at=AT)
        services.promise(actor=cast.buyer, order_id=made.pk, promised_on=date(2026, 11, 30), reference="AB-1", at=AT)
    made.refresh_from_db()
    assert (made.status, made.ordered_on, made.supplier_reference) == ("RELEASED", date(2026, 11, 20), "AB-1")
    assert made.lines.get().promised_on == date(2026, 11, 30)
    with acting(cast.buyer):
        services.cancel_order(actor=cast.buyer, order_id=made.pk, reason="not needed", at=AT)
    with pytest.raises(WrongPurchaseStatus), acting(cast.buyer):
        services.release_order(actor=cast.buyer, order_id=made.pk, at=AT)
    told = [one.sentence for one in Event.objects.filter(subjects__key=made.pk, name__contains="order_").order_by("id")]
    assert told == [
        f"Order {made.number} to Steel Ltd was drafted",
        f"Order {made.number} was sent to Steel Ltd",
        f"Steel Ltd promised order {made.number} for 2026-11-30",
        f"Order {made.number} was cancelled: not needed",
    ]


def test_the_second_of_two_who_change_a_line_sees_both_values(
    plant: Plant, cast: Cast, steel: Partner, bolt: Item
) -> None:
    line = order(cast.buyer, plant, steel, services.LineWish(bolt, Decimal(5))).lines.get()
    with acting(cast.buyer):
        services.change_line(actor=cast.buyer, line_id=line.pk, quantity=Decimal(8), version=1, at=AT)
    with pytest.raises(StaleVersion) as clash, acting(cast.buyer):
        services.change_line(actor=cast.buyer, line_id=line.pk, quantity=Decimal(9), version=1, at=AT)
    assert clash.value.details["current"] == {
        "version": 2, "quantity": "8", "unit": "box", "price": "9", "wanted_on": None, "promised_on": None,
        "inspect": False,
    }  # fmt: skip
    line.refresh_from_db()
    assert (line.quantity, line.version) == (8, 2)


def test_without_the_right_to_see_prices_the_list_s_price_is_taken_and_none_is_set(
    plant: Plant, cast: Cast, steel: Partner, bolt: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROLES, "storekeeper", ROLES["storekeeper"] | {"inventory.purchasing.manage"})
    sami = cast.storekeeper
    line = order(sami, plant, steel, services.LineWish(bolt, Decimal(6))).lines.get()
    assert line.price == 9
    with acting(sami):
        services.change_line(actor=sami, line_id=line.pk, quantity=Decimal(20), at=AT)
    line.refresh_from_db()
    assert line.price == Decimal("8.4")
    with pytest.raises(Forbidden), acting(sami):
        services.change_line(actor=sami, line_id=line.pk, price=Decimal(1), at=AT)
    with pytest.raises(Forbidden), acting(sami):
        services.add_line(
            actor=sami, order_id=line.order_id, wish=services.LineWish(bolt, Decimal(1), price=Decimal(1)), at=AT
        )
    line.refresh_from_db()
    assert (line.price, PurchaseLine.objects.count()) == (Decimal("8.4"), 1)
    with pytest.raises(StaleVersion) as clash, acting(sami):
        services.change_line(actor=sami, line_id=line.pk, quantity=Decimal(2), version=1, at=AT)
    assert "price" not in clash.value.details["current"]


def test_what_cannot_be_ordered_is_refused(plant: Plant, cast: Cast, steel: Partner, bolt: Item) -> None:
    made_here = an_item("OWN", is_bought=False)
    customer = a_partner("KUNDE", customer=True)
    wishes = [
        services.LineWish(bolt, Decimal(0)),
        services.LineWish(bolt, Decimal("1.5")),
        services.LineWish(bolt, Decimal(1), price=Decimal(-1)),
        services.LineWish(made_here, Decimal(1)),
    ]
    for wish in wishes:
        with pytest.raises(BadPurchase):
            order(cast.buyer, plant, steel, wish)
    with pytest.raises(BadPurchase):
        order(cast.buyer, plant, customer)
    assert PurchaseOrder.objects.count() == 0


def test_only_buyers_order_and_the_stranger_finds_nothing(plant: Plant, cast: Cast, steel: Partner, bolt: Item) -> None:
    for user in (cast.operator, cast.storekeeper, cast.sales, cast.auditor, cast.stranger):
        with pytest.raises(Forbidden):
            order(user, plant, steel, services.LineWish(bolt, Decimal(5)))
    made = order(cast.buyer, plant, steel, services.LineWish(bolt, Decimal(5)))
    for user, refusal in ((cast.storekeeper, Forbidden), (cast.operator, Missing), (cast.stranger, Missing)):
        with pytest.raises(refusal), acting(user):
            services.release_order(actor=user, order_id=made.pk, at=AT)
        with pytest.raises(refusal), acting(user):
            services.change_line(actor=user, line_id=made.lines.get().pk, quantity=Decimal(9), at=AT)
    made.refresh_from_db()
    assert (made.status, made.lines.get().quantity) == ("DRAFT", 5)
