"""Units, items, suppliers, prices, places and lots: what a row does, what it leaves alone, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.test import Client

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import NothingImported, carry_in, rehearse
from factory_core.importing.services.undoing import rehearse_undo
from factory_core.people.models import User
from inventory.items.models import Item, ItemBarcode, ItemCategory, ItemCost, PriceBreak, SalesPrice, SupplierItem, Unit
from inventory.lots.models import Lot
from inventory.replenishment.models import ReplenishmentRule
from inventory.stock.models import Location
from tests.world.books import Books
from tests.world.bringing import NOW, brought, checked, undone
from tests.world.checksums import checksums, tables_of
from tests.world.inventory import a_location, a_lot, a_partner, a_supplier_item, an_item, an_item_unit
from tests.world.people import a_user, the_cast
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db


def refused(migrator: User, plant: Plant, kind: str, text: str, **more: object) -> list[tuple[int, str, str]]:
    """What is refused of these rows, in the check or by the app's rules; nothing of them may come in."""
    before = checksums(tables_of("inventory"))
    run = checked(migrator, plant.site, kind, text, **more)
    if not report_of(run)["refused"]:
        with pytest.raises(NothingImported):
            carry_in(actor=migrator, run_id=run.pk, at=NOW)
        run.refresh_from_db()
    assert checksums(tables_of("inventory")) == before
    return [(one["row"], one["column"], one["code"]) for one in report_of(run)["refused"]]


def bring(migrator: User, plant: Plant, kind: str, text: str, **more: object) -> ImportRun:
    return brought(migrator, plant.site, kind, text, **more)


def test_units_known_everywhere_measure_what_they_measure(plant: Plant, migrator: User) -> None:
    run = bring(
        migrator, plant, "units", "UnitMeasureCode,Name\nKG ,Kilogram\nLB ,US pound\nKT,Kit\nDZ ,Dozen\nIN ,Inch\n"
    )
    assert (run.created, run.changed) == (4, 1)
    assert dict(Unit.objects.filter(code__in=["LB", "KT", "DZ", "IN"]).values_list("code", "dimension")) == {
        "LB": "MASS", "KT": "COUNT", "DZ": "COUNT", "IN": "LENGTH",
    }  # fmt: skip
    assert Unit.objects.get(code="LB").factor == Decimal("0.45359237")
    assert not Unit.objects.filter(code="KG").exists()
    an_item("WIRE", unit="IN")
    assert refused(migrator, plant, "units", "code,factor\nIN,0.03\n") == [(2, "factor", "invalid")]


def test_an_item_comes_with_group_cost_price_and_reorder_point_and_is_changed_by_what_is_said(
    plant: Plant, migrator: User
) -> None:
    bring(migrator, plant, "units", "code,name\nlb,Pound\n")
    text = (
        "number,name,group,make or buy,finished good,weight,weight unit,standard cost,sales price,safety stock,"
        "reorder point\n"
        "H-1,Housing,Castings,make,yes,2,lb,12.5,20,10,25\nB-1,Bolt,,buy,no,,,0,0,0,0\n"
    )
    bring(migrator, plant, "items", text, creates_missing=True)
    housing, bolt = Item.objects.get(number="H-1"), Item.objects.get(number="B-1")
    assert (housing.kind, housing.is_made, housing.is_bought, housing.is_sold) == ("PRODUCT", True, False, True)
    assert (bolt.kind, bolt.is_made, bolt.is_bought, bolt.is_sold) == ("COMPONENT", False, True, False)
    assert (housing.category, housing.unit.code) == (ItemCategory.objects.get(code="Castings"), "pcs")
    assert housing.weight_kg == Decimal("0.907185")
    assert ItemCost.objects.get().cost == Decimal("12.5")
    assert SalesPrice.objects.get().price == 20
    rule = ReplenishmentRule.objects.get()
    assert (rule.item, rule.site, rule.reorder_point, rule.safety_stock) == (housing, plant.site, 25, 10)

    other = checked(migrator, plant.site, "items", "number,name,standard cost\nh-1,,13\n")
    would = rehearse(actor=migrator, run_id=other.pk, at=NOW)
    assert would.changes == [(2, {"cost": ("12.5", "13")})]
    changed = bring(migrator, plant, "items", "number,name,standard cost\nh-1,Housing cast,12.5\nB-1,,\n")
    assert (changed.created, changed.changed, changed.unchanged) == (0, 1, 1)
    housing.refresh_from_db()
    assert (housing.name, housing.version) == ("Housing cast", 2)
    undone(migrator, changed)
    housing.refresh_from_db()
    assert (housing.name, housing.version) == ("Housing", 1)


def test_items_go_again_with_all_that_came_with_them(plant: Plant, migrator: User) -> None:
    before = checksums(tables_of("inventory"))
    text = "number,group,standard cost,sales price,reorder point\nH-1,Castings,12.5,20,25\n"
    run = bring(migrator, plant, "items", text, creates_missing=True)
    assert undone(migrator, run).undo["kept"] == []
    assert checksums(tables_of("inventory")) == before


def test_what_a_later_import_changed_and_took_back_is_no_hindrance(plant: Plant, migrator: User) -> None:
    before = checksums(tables_of("inventory"))
    first = bring(migrator, plant, "items", "number,name\nH-1,Housing\n")
    later = bring(migrator, plant, "items", "number,name\nH-1,Housing cast\n")
    assert [row.why.value for row in rehearse_undo(actor=migrator, run_id=first.pk).kept.values()] == ["changed_since"]
    undone(migrator, later)
    assert undone(migrator, first).undo["kept"] == []
    assert checksums(tables_of("inventory")) == before


def test_what_cannot_be_an_item_is_refused_beside_its_column(plant: Plant, migrator: User) -> None:
    used = an_item("USED", tracking="LOT")
    a_lot(used)
    bolt = an_item("BOLT")
    with acting(migrator, channel="test"):
        ItemBarcode.objects.create(item=bolt, code="4012345000009")
    text = (
        "number,name,unit,told apart by,GTIN,shelf life in days,group,base\n"
        "new,Reserved,,,,,,\nX-1,Bad digit,,,4012345000001,,,\nX-2,Taken,,,4012345000009,,,\n"
        "X-3,Keeps,,,,30,,\nUSED,Kept,,by serial number,,,,\nX-4,Unit,lightyear,,,,,\nX-5,Group,,,,,Nowhere,\n"
    )
    found = refused(migrator, plant, "items", text)
    assert found == [(7, "unit", "unknown_reference"), (8, "group", "unknown_reference")]
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(("X-4", "X-5")))
    assert refused(migrator, plant, "items", text) == [
        (2, "number", "invalid"), (3, "GTIN", "invalid"), (4, "GTIN", "code_in_use"), (5, "told apart by", "invalid"),
        (6, "told apart by", "item_in_use"),
    ]  # fmt: skip


def test_costs_need_their_own_right(plant: Plant, migrator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from factory_core.access import roles

    monkeypatch.setitem(roles.ROLES, "migrator", roles.ROLES["migrator"] - {"inventory.cost.manage"})
    assert refused(migrator, plant, "items", "number,standard cost\nH-1,12\n") == [(2, "standard cost", "not_allowed")]


def test_suppliers_of_items_with_pack_prices_and_steps(plant: Plant, migrator: User) -> None:
    bolt = an_item("BOLT")
    a_partner("S-1", supplier=True)
    before = checksums(tables_of("inventory"))
    header = "item,supplier,unit,base units in one unit,lead time in days,price for one unit,price from quantity\n"
    bring(migrator, plant, "units", "code,name\nCS,Case\n")
    assert refused(migrator, plant, "supplier_items", header + "BOLT,S-1,CS,,7,12,\n") == [(2, "unit", "no_conversion")]
    run = bring(migrator, plant, "supplier_items", header + "BOLT,S-1,CS,24,7,12,\nBOLT,S-1,CS,24,7,11,100\n")
    supply = SupplierItem.objects.get()
    assert (supply.unit.code, supply.lead_time_days, bolt.units.get().factor) == ("CS", 7, 24)
    assert list(PriceBreak.objects.order_by("from_quantity").values_list("from_quantity", "price")) == [
        (0, 12),
        (100, 11),
    ]
    undone(migrator, run)
    undone(migrator, ImportRun.objects.get(kind="units"))
    assert checksums(tables_of("inventory")) == before
    a_supplier_item(bolt, a_partner("S-2", supplier=True), lead_time_days=3)
    again = bring(migrator, plant, "supplier_items", "item,supplier,lead time in days\nBOLT,S-2,9\n")
    assert (again.changed, SupplierItem.objects.get().lead_time_days) == (1, 9)
    undone(migrator, again)
    assert SupplierItem.objects.get().lead_time_days == 3


def test_the_preferred_supplier_changes_with_the_file_but_only_one_can_be(plant: Plant, migrator: User) -> None:
    bolt = an_item("BOLT")
    first, _second = a_partner("S-1", supplier=True), a_partner("S-2", supplier=True)
    a_supplier_item(bolt, first, is_preferred=True)
    header = "item,supplier,preferred\n"
    bring(migrator, plant, "supplier_items", header + "BOLT,S-2,yes\n")
    assert SupplierItem.objects.get(is_preferred=True).supplier.code == "S-2"
    assert refused(migrator, plant, "supplier_items", header + "BOLT,S-1,yes\nBOLT,S-2,yes\n") == [
        (3, "preferred", "twice_in_file")
    ]


def test_costs_and_prices_hold_from_their_days_and_a_second_amount_for_a_day_is_refused(
    plant: Plant, migrator: User
) -> None:
    bolt = an_item("BOLT")
    an_item_unit(bolt, "box", "10")
    a_partner("C-1", customer=True)
    header = "item,valid from,standard cost,sales price,customer,unit,from quantity\n"
    rows = "BOLT,2025-01-01,1.25,,,,\nBOLT,2026-01-01,1.5,3,,,\nBOLT,2026-01-01,,25,C-1,box,5\n"
    run = bring(migrator, plant, "prices", header + rows)
    assert list(ItemCost.objects.order_by("valid_from").values_list("valid_from", "cost")) == [
        (date(2025, 1, 1), Decimal("1.25")), (date(2026, 1, 1), Decimal("1.5")),
    ]  # fmt: skip
    prices = SalesPrice.objects.order_by("price").values_list("price", "customer__code", "unit__code", "from_quantity")
    assert list(prices) == [(3, None, "pcs", 0), (25, "C-1", "box", 5)]
    assert bring(migrator, plant, "prices", header + rows).unchanged == 3
    bad = "BOLT,2026-02-01,1,,,,\nBOLT,2026-02-01,2,,,,\nBOLT,2026-03-01,,,,,\nBOLT,2026-03-01,,5,,kg,\n"
    assert refused(migrator, plant, "prices", header + bad) == [
        (3, "valid from", "twice_in_file"), (4, "standard cost", "value_missing"), (5, "unit", "no_conversion"),
    ]  # fmt: skip
    undone(migrator, run)
    assert not ItemCost.objects.exists()


def test_places_stand_inside_each_other_in_whatever_order_they_come(plant: Plant, migrator: User) -> None:
    a_location(plant.site, "OLD", kind="STORE")
    text = "code,name,kind,inside\nA-1-1,Bin 1,Bin,A-1\nA-1,Shelf,,HALL\nHALL,Hall,Store,\n"
    run = bring(migrator, plant, "locations", text)
    assert run.created == 3
    place = Location.objects.get(code="A-1-1")
    assert (place.kind, place.parent.code, place.parent.parent.code, place.site) == ("BIN", "A-1", "HALL", plant.site)
    assert refused(migrator, plant, "locations", "code,name,kind,inside\nHALL,,,A-1-1\nOLD,,Bin,\nA B,,,\n") == [
        (2, "inside", "bad_place"), (3, "kind", "place_kind_stays"), (4, "code", "bad_place"),
    ]  # fmt: skip
    undone(migrator, run)
    assert not Location.objects.filter(code="HALL").exists()


def test_lots_come_with_what_is_known_and_are_judged_only_by_those_who_may(plant: Plant, migrator: User) -> None:
    an_item("GLUE", tracking="LOT", shelf_life_days=30)
    an_item("BOLT")
    header = "item,number,status,why,made on,expires on\n"
    bring(migrator, plant, "lots", header + "GLUE,L1,on hold,,2026-01-01,\nGLUE,L2,,,2026-01-01,2026-06-01\n")
    lots = dict(Lot.objects.values_list("number", "expires_on"))
    assert lots == {"L1": date(2026, 1, 31), "L2": date(2026, 6, 1)}
    held = Lot.objects.get(number="L1")
    assert (held.status, bool(held.status_reason)) == ("HOLD", True)
    bad = "GLUE,L1,released,,,\nBOLT,L1,,,,\nGLUE,L3,,,2026-05-01,2026-04-01\n"
    assert refused(migrator, plant, "lots", header + bad) == [
        (2, "status", "not_allowed"), (3, "item", "lot_not_kept"), (4, "number", "bad_lot_dates"),
    ]  # fmt: skip


def test_an_undo_leaves_what_was_used_since(plant: Plant, migrator: User, clock) -> None:
    run = bring(migrator, plant, "items", "number,name\nUSED,Used\nFREE,Free\n")
    Books(plant, clock, migrator).receive(Item.objects.get(number="USED"), "5", "2.50")
    undone(migrator, run)
    assert list(Item.objects.values_list("number", flat=True)) == ["USED"]


@pytest.mark.parametrize("kind", ["units", "item_groups", "items", "supplier_items", "prices", "locations", "lots"])
def test_a_stranger_brings_nothing(plant: Plant, kind: str) -> None:
    cast = the_cast(plant)
    before = checksums(tables_of("inventory"))
    for user in (cast.stranger, a_user("olav", "operator", plant.line_a)):
        with pytest.raises(Forbidden):
            checked(user, plant.site, kind, "code,name,item\nA,B,C\n")
    assert checksums(tables_of("inventory")) == before


def test_size_and_colour_of_an_item_come_are_told_by_the_trail_and_go_out_again(plant: Plant, migrator: User) -> None:
    an_item("FR-R92B-58", name="Frame")
    run = bring(migrator, plant, "items", "ProductNumber,Name,Color,Size\nFR-R92B-58,Frame,Black,58\nBK-1,Bike,,\n")
    assert (run.created, run.changed) == (1, 1)
    frame = Item.objects.get(number="FR-R92B-58")
    assert (frame.color, frame.size) == ("Black", "58")
    entry = LogEntry.objects.get_for_object(frame).first()
    assert entry is not None
    assert (entry.changes["color"], entry.changes["size"]) == (["", "Black"], ["", "58"])
    exported = {row["number"]: row for row in kind_named("items").rows(migrator, plant.site)}
    assert (exported["FR-R92B-58"]["color"], exported["FR-R92B-58"]["size"]) == ("Black", "58")
    # A file that does not speak of them leaves them as they are.
    assert bring(migrator, plant, "items", "ProductNumber,Name\nFR-R92B-58,Frame\n").unchanged == 1
    shown = Client()
    shown.force_login(migrator)
    assert "<dt>Colour</dt><dd>Black</dd>" in shown.get(f"/items/{frame.number}/").content.decode()
    undone(migrator, run)
    frame.refresh_from_db()
    assert (frame.color, frame.size) == ("", "")
