"""Planted faults are each named with sheet, row, column, value, what would be right and what to do; nothing else is."""

import pytest

from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import carry_in
from factory_core.people.models import User
from tests.world.bringing import NOW, checked
from tests.world.faulty import TORN, faulty_workbook
from tests.world.inventory import a_location, a_partner, an_item
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db
LONG = "X" * 61
BOM = {
    "Structure / Parent": "parent", "Structure / Component": "component", "Structure / Qty": "quantity",
    "Details / Loss percent": "loss_percent", "Details / Designators": "designators",
    "Details / Valid from": "valid_from", "Details / Valid until before": "valid_until",
}  # fmt: skip
# By sheet: kind, what a person says beside the mapping, and (row, column, value, code) of each planted fault.
PLANTED = {
    "Items": ("items", {"answers": {"8": {"decimal_comma": False}}}, [
        (4, "Number", "", "value_missing"),
        (5, "Number", "A-1", "twice_in_file"),
        (6, "Number", LONG, "too_long"),
        (7, "Unit", "furlong", "unknown_reference"),
        (8, "made or bought", "perhaps", "unknown_choice"),
        (9, "Shelf life", "30.5", "not_whole"),
        (10, "GTIN", "4012345000", "invalid"),
        (11, "Weight", "3.5 lb", "other_unit"),
        (12, "Weight", "heavy", "not_a_number"),
        (13, "Standard cost", "4,75", "other_number_style"),
        (14, "List price", "12.00 $", "other_currency"),
        (15, "Safety stock", "-5", "out_of_bounds"),
        (16, "Reorder point", "1E5", "exponent"),
        (17, "Active", "maybe", "not_yes_no"),
        (18, "Number", "12345678901234600", "long_digits"),
        (19, "Safety stock", "#DIV/0!", "error_cell"),
        (20, "Name", '=HYPERLINK("http://evil","x")', "formula_text"),
        (21, "Name", "Bell\x07_", "control_characters"),
        (2, "Standard cost", "12.50", "numbers_as_text"),
    ]),
    "Stock": ("opening_stock", {}, [
        (4, "Opening date", "2026-11-31", "no_such_day"),
        (5, "Opening date", "00:00.0", "destroyed_date"),
        (6, "Opening date", "03/04/2026", "day_order_unclear"),
        (7, "Opening date", "2025-02-29", "no_such_day"),
        (8, "Opening date", "1899-12-31", "before_1900"),
        (9, "Opening date", "soon", "not_a_date"),
        (10, "Item", "P-9", "unknown_reference"),
        (11, "Quantity", "-2", "out_of_bounds"),
        (12, "Quantity", "", "value_missing"),
        (13, "Lot", "L-1", "lot_of_other_item"),
        (15, "Lot", "N-1", "serial_in_stock"),
        (16, "Lot", "N-2", "serial_is_one"),
        (17, "Value", "11", "value_differs"),
        (18, "Unit", "kg", "no_conversion"),
        (1, "Opening date", "opening date", "same_header_twice"),
        (2, 10, "seen", "unnamed_column"),
    ]),
    "Structures": ("boms", {"columns": BOM}, [
        (4, "Details / Loss percent", "120", "out_of_bounds"),
        (5, "Details / Valid until before", "2026-04-01", "invalid"),
        (6, "Details / Designators", "R1 R2", "places_differ"),
        (7, "Structure / Component", "FRAME", "product_ring"),
        (8, "Structure / Qty", "0", "out_of_bounds"),
        (1, "", "", "two_line_header"),
    ]),
    "Outline": ("boms", {}, [
        (4, "Level", "3", "level_left_out"),
        (0, "", "", "hidden_sheet"),
    ]),
    "Orders": ("purchase_orders", {}, [
        (3, "Position", "10", "twice_in_file"),
        (4, "Status", "somewhere", "unknown_choice"),
        (5, "Currency", "EURO", "too_long"),
        (6, "Price", "-2", "out_of_bounds"),
        (7, "Line total", "9", "total_differs"),
        (8, "Stocked quantity", "3", "does_not_add_up"),
        (10, "Supplier", "NOBODY", "unknown_reference"),
        (11, "Quantity", "40", "totals_differ"),
        (11, "Line total", "80", "totals_differ"),
    ]),
    "": ("suppliers", {}, [
        (3, "", "Two, and Sons", "joined_row"),
        (4, "", "S-3 · a · b · c · d · yes", "broken_row"),
    ]),
}  # fmt: skip
# What a sheet is told about as a whole; it counts the cells that are named one by one.
SUMMED_UP = {"error_cells", "long_digits", "totals_left_out"}


@pytest.fixture
def old_factory(plant: Plant) -> None:
    for number in ("P-1", "P-2", "FRAME", "GEAR", "AXLE", "HUB", "CRANK", "TOP", "MIDDLE"):
        an_item(number)
    an_item("S-1", tracking="SERIAL")
    a_partner("STEEL", supplier=True)
    a_location(plant.site, "STORE")


def test_as_many_faults_are_planted_as_were_asked_for() -> None:
    assert sum(len(faults) for _kind, _said, faults in PLANTED.values()) >= 39


@pytest.mark.parametrize("sheet", PLANTED)
def test_planted_faults_are_each_named_and_nothing_else(
    old_factory: None, plant: Plant, migrator: User, sheet: str
) -> None:
    kind, said, faults = PLANTED[sheet]
    content, name = (faulty_workbook(), "old.xlsx") if sheet else (TORN.encode(), "torn.csv")
    run = checked(migrator, plant.site, kind, content, name=name, sheet=sheet, partly=True, **said)
    report = report_of(carry_in(actor=migrator, run_id=run.pk, at=NOW))
    told = [*report["refused"], *report["warnings"]]
    assert {one["sheet"] for one in told} == {run.sheet}
    assert all(one["message"] and one["expected"] for one in told)
    named = [(one["row"], one["column"], one["value"], one["code"]) for one in told]
    assert [fault for fault in faults if fault not in named] == []
    # The cells of a torn row stand in wrong columns; that is told of it, too.
    torn = {row for row, _column, _value, code in faults if code == "broken_row"}
    assert [each for each in named if each not in faults and each[3] not in SUMMED_UP and each[0] not in torn] == []
