"""How the words of this room's columns read."""

from django.utils.translation import gettext_lazy as _

from inventory.items.states import ItemKind, PickRule, RevisionStatus, Tracking, Valuation

KINDS = {
    ItemKind.RAW: _("Raw material"),
    ItemKind.COMPONENT: _("Component"),
    ItemKind.PRODUCT: _("Product"),
    ItemKind.CONSUMABLE: _("Consumable"),
    ItemKind.PACKAGING: _("Packaging"),
    ItemKind.SPARE: _("Spare part"),
    ItemKind.TOOL: _("Tool"),
}
TRACKINGS = {Tracking.NONE: _("not at all"), Tracking.LOT: _("by lot"), Tracking.SERIAL: _("by serial number")}
PICK_RULES = {PickRule.FEFO: _("what expires first"), PickRule.FIFO: _("what came first")}
VALUATIONS = {Valuation.AVERAGE: _("moving average"), Valuation.FIFO: _("first in, first out")}
REVISIONS = {
    RevisionStatus.DRAFT: _("draft"),
    RevisionStatus.RELEASED: _("released"),
    RevisionStatus.OBSOLETE: _("obsolete"),
}
