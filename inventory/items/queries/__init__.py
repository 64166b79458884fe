"""Finding items, converting their units, reading scans, and what they cost."""

from inventory.items.queries.finding import NoSuchItem, item_of, item_or_missing, items_found, items_seen
from inventory.items.queries.prices import purchase_price, sales_price, standard_cost
from inventory.items.queries.scans import Scanned, ScanReader, UnknownScan, offer_reader, read_scan
from inventory.items.queries.units import NoConversion, factor_of, to_base, unit_or_missing, units_of

__all__ = [
    "NoConversion", "NoSuchItem", "ScanReader", "Scanned", "UnknownScan", "factor_of", "item_of", "item_or_missing",
    "items_found", "items_seen", "offer_reader", "purchase_price", "read_scan", "sales_price", "standard_cost",
    "to_base", "unit_or_missing", "units_of",
]  # fmt: skip
