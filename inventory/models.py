"""All tables of inventory, room by room."""

from inventory.dispatch.models import Dispatch, DispatchLine, Pick
from inventory.items.models import (
    Item,
    ItemBarcode,
    ItemCategory,
    ItemCost,
    ItemPaper,
    ItemRevision,
    ItemUnit,
    PriceBreak,
    SalesPrice,
    SupplierItem,
    Unit,
)  # fmt: skip
from inventory.labels.models import LabelPrint, LabelTemplate
from inventory.lots.models import Lot, LotUse
from inventory.purchasing.models import Enquiry, Offer, PurchaseLine, PurchaseOrder, PurchaseRequest, Receipt
from inventory.replenishment.models import ReplenishmentRule, Suggestion
from inventory.sales.models import CallOff, SalesLine, SalesOrder
from inventory.stock.models import (
    CostLayer,
    CountLine,
    Location,
    OldMove,
    Reservation,
    StockBalance,
    StockCount,
    StockMove,
    StockValue,
    ValueEntry,
)  # fmt: skip

__all__ = [
    "CallOff", "CostLayer", "CountLine", "Dispatch", "DispatchLine", "Enquiry", "Item", "ItemBarcode", "ItemCategory",
    "ItemCost", "ItemPaper", "ItemRevision", "ItemUnit", "LabelPrint", "LabelTemplate", "Location", "Lot", "LotUse",
    "Offer", "OldMove", "Pick", "PriceBreak", "PurchaseLine", "PurchaseOrder", "PurchaseRequest", "Receipt",
    "ReplenishmentRule", "Reservation", "SalesLine", "SalesOrder", "SalesPrice", "StockBalance", "StockCount",
    "StockMove", "StockValue", "Suggestion", "SupplierItem", "Unit", "ValueEntry",
]  # fmt: skip
