"""Items are created and changed by those with the right, and only into something that can be counted."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import StaleVersion
from factory_core.events.models import Event
from factory_core.events.queries import story_of
from factory_core.people.services import service_user
from inventory.items.models import Item, ItemCategory, Unit
from inventory.items.queries import NoSuchItem, item_or_missing, items_found
from inventory.items.services import (
    BadItem,
    CodeInUse,
    ItemInUse,
    add_barcode,
    add_category,
    change_category,
    change_item,
    create_item,
    ensure_units,
)
from tests.world.inventory import a_lot, a_partner, a_supplier_item, a_unit, an_item
from tests.world.people import Cast

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
GTIN = "6291041500213"


def made(cast: Cast, number: str = "00042", **facts: Any) -> Item:
    with acting(cast.buyer, channel="test"):
        return create_item(
            actor=cast.buyer, at=AT, number=number, name=facts.pop("name", "Screw"), unit=a_unit("pcs"), **facts
        )


def test_item_keeps_the_zeros_of_its_number_and_its_story_begins(cast: Cast) -> None:
    item = made(cast, " 00042 ", gtin=GTIN, is_bought=True, weight_kg=Decimal("0.0125"))
    kept = Item.objects.get()
    assert (kept.number, kept.name, kept.gtin, kept.is_bought, kept.weight_kg) == (
        "00042", "Screw", GTIN, True, Decimal("0.0125"),
    )  # fmt: skip
    assert [event.sentence for event in story_of(cast.storekeeper, item)] == ["Item 00042 Screw was created"]
    assert list(story_of(cast.stranger, item)) == []


@pytest.mark.parametrize(
    ("facts", "field", "says"),
    [
        ({"number": "  "}, "number", "blank"),
        ({"number": "new"}, "number", "'new' cannot be an item's number"),
        ({"number": "id/5"}, "number", "cannot be"),
        ({"number": "A//B"}, "number", "cannot be"),
        ({"number": ".."}, "number", "cannot be"),
        ({"name": ""}, "name", "blank"),
        ({"gtin": "6291041500214"}, "gtin", "The last digit of 6291041500214 should be 3."),
        ({"gtin": "12345"}, "gtin", "8, 12, 13 or 14 digits"),
        ({"kind": "MAGIC"}, "kind", "not a valid choice"),
        ({"pick_rule": "FEFO"}, "tracking", "Only lots and serials"),
        ({"shelf_life_days": 30}, "tracking", "Only lots and serials"),
    ],
)
def test_faulty_facts_are_refused_beside_their_field(cast: Cast, facts: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(BadItem) as no:
        made(cast, **facts)
    assert [error["pointer"] for error in no.value.details["errors"]] == [f"/{field}"]
    assert says in no.value.details["errors"][0]["message"]
    assert not Item.objects.exists()
    assert not Event.objects.filter(name="items.item_created").exists()


def test_number_gtin_and_barcode_mean_one_item_only(cast: Cast) -> None:
    screw = made(cast, "Bolt-1", gtin=GTIN)
    with acting(cast.buyer, channel="test"):
        add_barcode(actor=cast.buyer, item_id=screw.pk, code="HOUSE-7", at=AT)
        add_barcode(actor=cast.buyer, item_id=screw.pk, code="16291041500210", at=AT)
    for facts in (
        {"number": "bolt-1"}, {"number": "HOUSE-7"}, {"number": "N", "gtin": "0" + GTIN},
        {"number": "N", "gtin": "16291041500210"},
    ):  # fmt: skip
        with pytest.raises(CodeInUse):
            made(cast, **facts)
    assert Item.objects.count() == 1
    other = made(cast, "N")
    for code in ("HOUSE-7", "0" + GTIN, GTIN, "BOLT-1"):
        with acting(cast.buyer, channel="test"), pytest.raises(CodeInUse, match="means item Bolt-1 Screw already"):
            add_barcode(actor=cast.buyer, item_id=other.pk, code=code, at=AT)
    assert not other.barcodes.exists()


@pytest.mark.parametrize("who", ["stranger", "operator", "storekeeper", "sales"])
def test_only_those_with_the_right_create_and_change(cast: Cast, who: str) -> None:
    item, actor = an_item("1"), getattr(cast, who)
    with acting(actor, channel="test"), pytest.raises(Forbidden):
        create_item(actor=actor, at=AT, number="2", name="X", unit=item.unit)
    with acting(actor, channel="test"), pytest.raises(NoSuchItem if who == "stranger" else Forbidden):
        change_item(actor=actor, item_id=item.pk, at=AT, name="Y")
    assert list(Item.objects.values_list("number", "name")) == [("1", "Item 1")]


def test_second_change_of_a_stale_page_sees_what_stands_there(cast: Cast) -> None:
    item = made(cast)
    with acting(cast.buyer, channel="test"):
        change_item(actor=cast.buyer, item_id=item.pk, at=AT, version=1, name="Screw M4")
    with acting(cast.planner, channel="test"), pytest.raises(StaleVersion) as no:
        change_item(actor=cast.planner, item_id=item.pk, at=AT, version=1, name="Screw M5")
    assert (no.value.details["current"]["name"], no.value.details["current"]["version"]) == ("Screw M4", 2)
    item.refresh_from_db()
    assert (item.name, item.version) == ("Screw M4", 2)


def test_change_tells_which_facts_and_nothing_happens_without_one(cast: Cast) -> None:
    item = made(cast)
    with acting(cast.buyer, channel="test"):
        change_item(actor=cast.buyer, item_id=item.pk, at=AT, name="Screw", is_sold=True)
        change_item(actor=cast.buyer, item_id=item.pk, at=AT, is_sold=True)
    item.refresh_from_db()
    assert item.version == 2
    assert [event.sentence for event in story_of(cast.buyer, item)] == [
        "Item 00042 Screw was changed: sold", "Item 00042 Screw was created",
    ]  # fmt: skip


def test_base_unit_and_tracking_stay_once_something_relies_on_them(cast: Cast) -> None:
    item = made(cast, tracking="LOT")
    with acting(cast.buyer, channel="test"):
        change_item(actor=cast.buyer, item_id=item.pk, at=AT, unit=a_unit("kg", dimension="MASS"))
    a_lot(item)
    for facts in ({"unit": a_unit("pcs")}, {"tracking": "SERIAL"}, {"valuation": "FIFO"}):
        with acting(cast.buyer, channel="test"), pytest.raises(ItemInUse, match="in use \\(lots\\)"):
            change_item(actor=cast.buyer, item_id=item.pk, at=AT, **facts)
    item.refresh_from_db()
    assert (item.unit.code, item.tracking, item.valuation, item.version) == ("kg", "LOT", "AVERAGE", 2)


def test_items_are_found_by_everything_people_know_of_them(cast: Cast) -> None:
    screw = made(cast, "DIN-912/M4", gtin=GTIN, name="Cap screw", drawing_number="ZN-77")
    other = made(cast, "X", name="Nut")
    a_supplier_item(screw, a_partner(supplier=True), supplier_number="WUE-0042")
    with acting(cast.buyer, channel="test"):
        add_barcode(actor=cast.buyer, item_id=screw.pk, code="HOUSE-7", at=AT)
    for q in ("din", "912", "cap", "zn-7", "wue-00", "house", GTIN, "0" + GTIN, "62910"):
        assert (q, list(items_found(cast.operator, q))) == (q, [screw])
    assert list(items_found(cast.operator, "")) == [screw, other]
    assert list(items_found(cast.operator, "%")) == []
    assert list(items_found(cast.stranger, "cap")) == []


def test_item_is_found_by_its_number_in_any_case_but_exactly_first(cast: Cast) -> None:
    small, large = an_item("ab"), an_item("AB")
    assert item_or_missing(cast.operator, "AB ") == large
    assert item_or_missing(cast.operator, "ab") == small
    with pytest.raises(NoSuchItem, match="There is no item aB"):
        item_or_missing(cast.operator, "aB")
    with pytest.raises(NoSuchItem):
        item_or_missing(cast.stranger, "ab")


def test_categories_hang_in_a_tree_without_rings(cast: Cast) -> None:
    with acting(cast.buyer, channel="test"):
        top = add_category(actor=cast.buyer, code="MET", name="Metal", at=AT)
        screws = add_category(actor=cast.buyer, code="SCR", name="Screws", parent=top, at=AT)
    with acting(cast.buyer, channel="test"), pytest.raises(BadItem, match="cannot be part of itself"):
        change_category(actor=cast.buyer, category_id=top.pk, name="Metal", parent=screws, at=AT)
    with acting(cast.buyer, channel="test"), pytest.raises(BadItem, match="category SCR already"):
        add_category(actor=cast.buyer, code="SCR", name="Others", at=AT)
    with acting(cast.storekeeper, channel="test"), pytest.raises(Forbidden):
        add_category(actor=cast.storekeeper, code="Z", name="Z", at=AT)
    assert list(ItemCategory.objects.order_by("code").values_list("code", "parent__code")) == [
        ("MET", None), ("SCR", "MET"),
    ]  # fmt: skip


def test_basic_units_are_added_once_and_stay_as_somebody_set_them(plant: object) -> None:
    plant_itself = service_user("plant")
    a_unit("kg", dimension="MASS", decimals=1)
    with acting(plant_itself, channel="system"):
        new = ensure_units(actor=plant_itself)
        again = ensure_units(actor=plant_itself)
    assert sorted(unit.code for unit in new) == ["g", "h", "kWh", "l", "m", "m2", "min", "ml", "mm", "pcs", "t"]
    assert again == []
    assert Unit.objects.get(code="kg").decimals == 1
