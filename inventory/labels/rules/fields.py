"""What can stand on the label of each kind of thing."""

from inventory.labels.states import LabelSubject

# The code that says everything about the thing: a GS1 element string where the thing has the numbers for it.
GS1 = "gs1"

FIELDS: dict[str, tuple[str, ...]] = {
    LabelSubject.ITEM: (GS1, "number", "name", "unit", "gtin", "drawing", "revision", "category"),
    LabelSubject.LOT: (
        GS1, "item", "name", "lot", "supplier_lot", "supplier", "made_on", "expires_on", "quantity", "unit", "revision",
        "gtin", "printed_at",
    ),
    LabelSubject.LOCATION: (GS1, "code", "name", "path", "site"),
    LabelSubject.PALLET: (GS1, "code", "name", "sscc", "destination", "item", "item_name", "lot", "quantity", "unit",
                          "printed_at"),
    LabelSubject.DISPATCH: (GS1, "number", "customer", "address", "planned_on", "carrier", "site"),
}  # fmt: skip

# What stands in the preview of a template, before there is a thing.
SAMPLES: dict[str, dict[str, str]] = {
    LabelSubject.ITEM: {
        GS1: "\x1d0106291041500213", "number": "MW-10042", "name": "Bearing block, machined", "unit": "pcs",
        "gtin": "06291041500213", "drawing": "D-10042", "revision": "B", "category": "Housings",
    },
    LabelSubject.LOT: {
        GS1: "\x1d01062910415002131728022910L000123", "item": "MW-10042", "name": "Bearing block, machined",
        "lot": "L000123", "supplier_lot": "CH-88121", "supplier": "Nordguss", "made_on": "2026-11-02",
        "expires_on": "2028-02-29", "quantity": "240", "unit": "pcs", "revision": "B", "gtin": "06291041500213",
        "printed_at": "2026-11-20 10:00",
    },
    LabelSubject.LOCATION: {
        GS1: "A-03-12", "code": "A-03-12", "name": "Aisle 3, bin 12", "path": "Store › Aisle 3 › A-03-12",
        "site": "Bremen",
    },
    LabelSubject.PALLET: {
        GS1: "\x1d00020000000000000015", "code": "P000001", "name": "Pallet P000001", "sscc": "020000000000000015",
        "destination": "Dock 2", "item": "MW-10042", "item_name": "Bearing block, machined", "lot": "L000123",
        "quantity": "240", "unit": "pcs", "printed_at": "2026-11-20 10:00",
    },
    LabelSubject.DISPATCH: {
        GS1: "DSP-000017", "number": "DSP-000017", "customer": "Hansa Pumps", "address": "Dock Road 4\n28195 Bremen",
        "planned_on": "2026-11-24", "carrier": "Weser Freight", "site": "Bremen",
    },
}  # fmt: skip
