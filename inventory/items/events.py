"""What happens to items. Prices and costs are not told here: the story is read by more people than they are."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

ITEM_CREATED = EventType("items.item_created", _("Item {about[0]} was created"))
ITEM_CHANGED = EventType("items.item_changed", _("Item {about[0]} was changed: {fields}"))
UNIT_SET = EventType("items.unit_set", _("One {unit} of {about[0]} is {factor} {base}"))
UNIT_REMOVED = EventType("items.unit_removed", _("{about[0]} is no longer counted in {unit}"))
BARCODE_ADDED = EventType("items.barcode_added", _("Barcode {code} means {about[0]}"))
BARCODE_REMOVED = EventType("items.barcode_removed", _("Barcode {code} no longer means {about[0]}"))
REVISION_ADDED = EventType("items.revision_added", _("Revision {revision} of {about[0]} was drafted"))
REVISION_RELEASED = EventType("items.revision_released", _("Revision {revision} of {about[0]} was released"))
REVISION_RETIRED = EventType("items.revision_retired", _("Revision {revision} of {about[0]} became obsolete"))
SUPPLIER_ADDED = EventType("items.supplier_added", _("{about[1]} supplies {about[0]}"))
SUPPLIER_CHANGED = EventType("items.supplier_changed", _("How {about[1]} supplies {about[0]} was changed"))
PURCHASE_PRICE_SET = EventType(
    "items.purchase_price_set", _("A purchase price of {about[0]} from {about[1]} was set, valid from {valid_from}")
)
SALES_PRICE_SET = EventType("items.sales_price_set", _("A sales price of {about[0]} was set, valid from {valid_from}"))
COST_SET = EventType("items.cost_set", _("The standard cost of {about[0]} was set, valid from {valid_from}"))
PAPER_ADDED = EventType("items.paper_added", _("{paper} was attached to {about[0]}"))
PAPER_RETIRED = EventType("items.paper_retired", _("{paper} was taken off {about[0]}"))
CATEGORY_ADDED = EventType("items.category_added", _("Item category {about[0]} was added"))
CATEGORY_CHANGED = EventType("items.category_changed", _("Item category {about[0]} was changed"))
