"""A workbook of the old system with planted faults: each row of PLANTED says where one stands, and how it is called."""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

DAY = date(2026, 11, 1)
ITEMS = (
    ["Number", "Name", "Unit", "made or bought", "Shelf life", "GTIN", "Weight", "Standard cost", "List price",
     "Safety stock", "Reorder point", "Active", "Tracking"],
    ["A-1", "Bolt", "pcs", "bought", 365, "4012345000009", "0.85 kg", "12.50", "10.00 €", 5, 10, "yes", "by lot"],
    ["A-2", "Nut", "pcs", "made", 30, None, "1.25 kg", "3.75", "11.00 €", 5, 10, "yes", "by lot"],
    [None, "Nameless", "pcs", "made", 30, None, None, None, None, 5, 10, "yes", "by lot"],
    ["A-1", "Bolt again", "pcs", "made", 30, None, None, None, None, 5, 10, "yes", "by lot"],
    ["X" * 61, "Too long", "pcs", "made", 30, None, None, None, None, 5, 10, "yes", "by lot"],
    ["A-7", "Washer", "furlong", "made", 30, None, None, None, 7, 5, 10, "yes", "by lot"],
    ["A-8", "Pin", "pcs", "perhaps", 30, None, None, None, 7, 5, 10, "yes", "by lot"],
    ["A-9", "Ring", "pcs", "made", 30.5, None, None, None, 7, 5, 10, "yes", "by lot"],
    ["A-10", "Cap", "pcs", "made", 30, 4012345000, None, None, None, 5, 10, "yes", "by lot"],
    ["A-11", "Rod", "pcs", "made", 30, None, "3.5 lb", None, None, 5, 10, "yes", "by lot"],
    ["A-12", "Tube", "pcs", "made", 30, None, "heavy", None, None, 5, 10, "yes", "by lot"],
    ["A-13", "Plate", "pcs", "made", 30, None, None, "4,75", None, 5, 10, "yes", "by lot"],
    ["A-14", "Angle", "pcs", "made", 30, None, None, None, "12.00 $", 5, 10, "yes", "by lot"],
    ["A-15", "Beam", "pcs", "made", 30, None, None, None, None, -5, 10, "yes", "by lot"],
    ["A-16", "Strip", "pcs", "made", 30, None, None, None, None, 5, "1E5", "yes", "by lot"],
    ["A-17", "Foil", "pcs", "made", 30, None, None, None, None, 5, 10, "maybe", "by lot"],
    [12345678901234567, "Wire", "pcs", "made", 30, None, None, None, None, 5, 10, "yes", "by lot"],
    ["A-19", "Rope", "pcs", "made", 30, None, None, None, None, "#DIV/0!", 10, "yes", "by lot"],
    ["A-20", '=HYPERLINK("http://evil","x")', "pcs", "made", 30, None, None, None, None, 5, 10, "yes", "by lot"],
    ["A-21", "Bell\x07_", "pcs", "made", 30, None, None, None, None, 5, 10, "yes", "by lot"],
)  # fmt: skip
STOCK = (
    ["Item", "Location", "Lot", "Quantity", "Unit", "Unit cost", "Value", "Opening date", "Opening date", None],
    ["P-1", "STORE", None, 4, "pcs", 2, 8, DAY, None, "seen"],
    ["P-2", "STORE", None, 3, "pcs", 2, 6, DAY, None],
    ["P-1", "STORE", None, 2, "pcs", 2, 4, "2026-11-31", None],
    ["P-1", "STORE", None, 2, "pcs", 2, 4, "00:00.0", None],
    ["P-1", "STORE", None, 2, "pcs", 2, 4, "03/04/2026", None],
    ["P-1", "STORE", None, 2, "pcs", 2, 4, "2025-02-29", None],
    ["P-1", "STORE", None, 2, "pcs", 2, 4, "1899-12-31", None],
    ["P-1", "STORE", None, 2, "pcs", 2, 4, "soon", None],
    ["P-9", "STORE", None, 2, "pcs", 2, 4, DAY, None],
    ["P-1", "STORE", None, -2, "pcs", 2, 4, DAY, None],
    ["P-1", "STORE", None, None, "pcs", 2, None, DAY, None],
    ["P-1", "STORE", "L-1", 1, "pcs", 2, 2, DAY, None],
    ["S-1", "STORE", "N-1", 1, "pcs", 2, 2, DAY, None],
    ["S-1", "STORE", "N-1", 1, "pcs", 3, 3, DAY, None],
    ["S-1", "STORE", "N-2", 3, "pcs", 2, 6, DAY, None],
    ["P-2", "STORE", None, 5, "pcs", 2, 11, DAY, None],
    ["P-2", "STORE", None, 5, "kg", 2, 10, DAY, None],
)
BOM = (
    ["Structure", None, None, "Details", None, None, None, None],
    ["Parent", "Component", "Qty", "Loss percent", "Designators", "Valid from", "Valid until before", "Phantom"],
    ["FRAME", "P-1", 2, 0, "R1 R2", None, None, None],
    ["GEAR", "P-2", 1, 120, None, None, None, None],
    ["AXLE", "P-2", 1, 0, None, date(2026, 5, 1), date(2026, 4, 1), None],
    ["HUB", "P-2", 3, 0, "R1 R2", None, None, None],
    ["P-1", "FRAME", 1, 0, None, None, None, None],
    ["CRANK", "P-2", 0, 0, None, None, None, None],
)
LEVELS = (
    ["Level", "Part number", "Qty"],
    [0, "TOP", 1],
    [1, "MIDDLE", 1],
    [3, "P-2", 1],
)
ORDERS = (
    ["Order number", "Supplier", "Status", "Ordered on", "Currency", "Position", "Item", "Quantity", "Price",
     "Line total", "Received quantity", "Rejected quantity", "Stocked quantity"],
    ["PO-4711", "STEEL", "open", DAY, "EUR", 10, "P-1", 4, 2, 8, None, None, None],
    ["PO-4711", "STEEL", "open", DAY, "EUR", 10, "P-2", 4, 2, 8, None, None, None],
    ["PO-4712", "STEEL", "somewhere", DAY, "EUR", 10, "P-1", 4, 2, 8, None, None, None],
    ["PO-4713", "STEEL", "open", DAY, "EURO", 10, "P-1", 4, 2, 8, None, None, None],
    ["PO-4714", "STEEL", "open", DAY, "EUR", 10, "P-1", 4, -2, -8, None, None, None],
    ["PO-4715", "STEEL", "open", DAY, "EUR", 10, "P-1", 4, 2, 9, None, None, None],
    ["PO-4716", "STEEL", "open", DAY, "EUR", 10, "P-1", 4, 2, 8, 3, 1, 3],
    ["PO-4717", "STEEL", "open", DAY, "EUR", 10, "P-1", 4, 2, 8, None, None, None],
    ["PO-4718", "NOBODY", "open", DAY, "EUR", 10, "P-1", 4, 2, 8, None, None, None],
    ["Total", None, None, None, None, None, None, 40, None, 80, None, None, None],
)  # fmt: skip


def faulty_workbook() -> bytes:
    """The workbook of the items, the stock, the structures and the orders."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in SHEETS.items():
        _write(book.create_sheet(name), rows)
    book["Structures"].merge_cells("A1:C1")
    book["Structures"].merge_cells("D1:H1")
    book["Outline"].sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _write(sheet: Worksheet, rows: Sequence[Sequence[Any]]) -> None:
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(number, place)
            cell.value = value.replace("\x07", "_x0007_") if isinstance(value, str) else value
            if isinstance(value, str):
                cell.data_type = "e" if value.startswith("#") else "s"


TORN = "Code,Name,Active\nS-1,One,yes\nS-2,Two, and Sons,yes\nS-3,a,b,c,d,yes\n"
SHEETS = {"Items": ITEMS, "Stock": STOCK, "Structures": BOM, "Outline": LEVELS, "Orders": ORDERS}
