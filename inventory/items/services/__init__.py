"""Acts on items, their units, barcodes, revisions, suppliers, prices, costs and papers."""

from inventory.items.services.common import BadItem, CodeInUse, ItemInUse, NoSuchPart
from inventory.items.services.items import add_category, change_category, change_item, create_item, shown_facts
from inventory.items.services.papers import PaperTooLarge, add_paper, retire_paper
from inventory.items.services.prices import set_cost, set_purchase_price, set_sales_price
from inventory.items.services.revisions import RevisionStands, add_revision, release_revision, retire_revision
from inventory.items.services.suppliers import add_supplier, change_supplier, shown_terms
from inventory.items.services.units import add_barcode, ensure_units, remove_barcode, remove_unit, set_unit

__all__ = [
    "BadItem", "CodeInUse", "ItemInUse", "NoSuchPart", "PaperTooLarge", "RevisionStands", "add_barcode",
    "add_category", "add_paper", "add_revision", "add_supplier", "change_category", "change_item", "change_supplier",
    "create_item", "ensure_units", "release_revision", "remove_barcode", "remove_unit", "retire_paper",
    "retire_revision", "set_cost", "set_purchase_price", "set_sales_price", "set_unit", "shown_facts", "shown_terms",
]  # fmt: skip
