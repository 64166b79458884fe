"""The templates a plant begins with, one for each kind of thing."""

from dataclasses import dataclass
from typing import Any

from inventory.labels.rules.fields import GS1
from inventory.labels.states import LabelSubject


@dataclass(frozen=True)
class Default:
    """A template: code, kind of thing, size in millimetres, elements."""

    code: str
    subject: str
    width_mm: float
    height_mm: float
    elements: list[dict[str, Any]]


def _text(
    x: float, y: float, width: float, height: float, field: str, size: float = 3.0, text: str = "", bold: bool = False
) -> dict[str, Any]:
    return {
        "kind": "text", "x": x, "y": y, "width": width, "height": height, "field": field, "text": text, "size": size,
        "bold": bold,
    }  # fmt: skip


def _code(kind: str, x: float, y: float, width: float, height: float, field: str = GS1) -> dict[str, Any]:
    caption = kind != "qr"
    return {"kind": kind, "x": x, "y": y, "width": width, "height": height, "field": field, "caption": caption}


def _line(y: float, width: float) -> dict[str, Any]:
    return {"kind": "line", "x": 2, "y": y, "width": width - 4, "height": 0.4}


DEFAULTS = (
    Default(
        "item-62x29",
        LabelSubject.ITEM,
        62,
        29,
        [
            _code("qr", 0.5, 1, 23, 23),
            _text(24, 2, 36, 6, "number", 5, bold=True),
            _text(24, 9, 36, 8, "name", 3.2),
            _text(24, 18, 36, 3.5, "drawing", 2.8),
            _text(24, 22, 20, 3.5, "revision", 2.8, text="Rev."),
        ],
    ),
    Default(
        "lot-100x50",
        LabelSubject.LOT,
        100,
        50,
        [
            _code("qr", 64, 1, 34, 34),
            _text(3, 3, 60, 8, "item", 6, bold=True),
            _text(3, 11.5, 60, 9, "name", 3.6),
            _line(21, 66),
            _text(3, 22.5, 60, 8, "lot", 6, bold=True),
            _text(3, 31, 60, 4, "supplier_lot", 3.2, text="Supplier lot"),
            _text(3, 35.5, 60, 4, "expires_on", 3.2, text="Use by"),
            _text(3, 40, 30, 7, "quantity", 5, bold=True),
            _text(34, 40, 20, 7, "unit", 5),
            _text(64, 36, 34, 4, "supplier", 3),
        ],
    ),
    Default(
        "place-100x30",
        LabelSubject.LOCATION,
        100,
        30,
        [
            _code("qr", 1, 1, 28, 28),
            _text(31, 3, 66, 13, "code", 11, bold=True),
            _text(31, 17, 66, 5, "name", 4),
            _text(31, 23, 66, 5, "path", 3),
        ],
    ),
    Default(
        "pallet-105x148",
        LabelSubject.PALLET,
        105,
        148,
        [
            _text(5, 5, 95, 8, "item", 6, bold=True),
            _text(5, 14, 95, 12, "item_name", 5),
            _text(5, 28, 60, 8, "lot", 5, text="Lot"),
            _text(5, 38, 45, 12, "quantity", 10, bold=True),
            _text(51, 38, 40, 12, "unit", 10),
            _line(53, 105),
            _text(5, 56, 95, 10, "destination", 8, bold=True),
            _line(69, 105),
            _text(5, 72, 95, 5, "sscc", 4, text="SSCC"),
            _text(5, 79, 45, 9, "code", 7, bold=True),
            _text(5, 92, 45, 4, "printed_at", 3),
            _code("qr", 68, 70, 34, 34),
            _code("code128", 2, 108, 101, 34),
        ],
    ),
    Default(
        "dispatch-100x150",
        LabelSubject.DISPATCH,
        100,
        150,
        [
            _text(5, 5, 90, 5, "site", 4),
            _line(12, 100),
            _text(5, 16, 90, 9, "customer", 7, bold=True),
            _text(5, 28, 90, 34, "address", 6),
            _line(66, 100),
            _text(5, 70, 55, 6, "carrier", 4.5),
            _text(5, 78, 55, 6, "planned_on", 4.5),
            _text(5, 88, 55, 9, "number", 7, bold=True),
            _code("qr", 62, 68, 34, 34),
            _code("code128", 4, 110, 92, 32),
        ],
    ),
)
