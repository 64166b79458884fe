"""Kinds as an app would describe them, for tests of the mapping: items, structures, stock, orders and partners."""

from django.utils.translation import gettext_lazy as _

from factory_core.importing.kinds import Field, FieldType, Kind
from factory_core.importing.matching import words_for
from tests.world.importing import a_kind

TEXT, WHOLE, NUMBER, DATE, MOMENT, YES_NO, CHOICE, REFERENCE = list(FieldType)

# Where an item comes from.
SUPPLY = {"BUY": _("Purchased"), "MAKE": _("Made here")}
# How far a purchase order is.
STATUSES = {"PENDING": _("Pending"), "APPROVED": _("Approved"), "REJECTED": _("Rejected"), "COMPLETE": _("Complete")}
STATUS_NUMBERS = {"1": "PENDING", "2": "APPROVED", "3": "REJECTED", "4": "COMPLETE"}


def field(name: str, form: FieldType = TEXT, *concepts: str, **facts: object) -> Field:
    """A field that means these concepts, or the one of its own name."""
    label = name.replace("_", " ").capitalize()
    return Field(name, label, form, synonyms=words_for(*(concepts or (name,))), **facts)  # type: ignore[arg-type]  # facts of a field, by name


ITEMS = a_kind(
    "items",
    field("code", TEXT, "part_number", required=True),
    field("name", TEXT, required=True),
    field("description"),
    field("unit", REFERENCE, required=True, refers_to="units"),
    field("group", REFERENCE, "item_group"),
    field("supply", CHOICE, choices=SUPPLY, words={"0": "BUY", "1": "MAKE"}),
    field("is_sold", YES_NO),
    field("color"),
    field("size"),
    field("weight", NUMBER),
    field("weight_unit", REFERENCE),
    field("safety_stock", NUMBER),
    field("reorder_point", NUMBER),
    field("standard_cost", NUMBER),
    field("list_price", NUMBER),
    field("lead_time", NUMBER),
    field("valid_from", DATE),
    field("valid_until", DATE),
    field("external_id", TEXT),
    synonyms={"en": ("parts", "products", "materials"), "de": ("Artikel", "Teile"), "systems": ("Product",)},
)
BOMS = a_kind(
    "boms",
    field("parent", REFERENCE, "parent_item", of_parent=True),
    field("component", REFERENCE, required=True),
    field("quantity", NUMBER, "quantity_per", required=True, is_total=True),
    field("unit", REFERENCE),
    field("level", WHOLE),
    field("position", WHOLE, "line_number"),
    field("references", TEXT, "reference_designators"),
    field("component_name", TEXT, "description", "name"),
    field("manufacturer"),
    field("manufacturer_part_number"),
    field("supplier_part_number"),
    field("price", NUMBER),
    field("valid_from", DATE),
    field("valid_until", DATE),
    synonyms={"en": ("bom", "bill of materials", "parts list"), "de": ("Stückliste", "Stücklisten"), "es": ("lista",)},
)
STOCK = a_kind(
    "opening_stock",
    field("item", REFERENCE, required=True),
    field("location", REFERENCE, required=True),
    field("shelf"),
    field("bin"),
    field("lot"),
    field("quantity", NUMBER, "quantity_on_hand", required=True, is_total=True),
    field("unit", REFERENCE),
    field("value", NUMBER, "line_total"),
    synonyms={"en": ("stock", "inventory", "stock on hand"), "de": ("Bestand",), "systems": ("ProductInventory",)},
)
WORK_ORDERS = a_kind(
    "production_orders",
    field("number", TEXT, "work_order_number", required=True),
    field("item", REFERENCE, required=True),
    field("quantity", NUMBER, required=True, is_total=True),
    field("good_quantity", NUMBER),
    field("scrapped_quantity", NUMBER),
    field("scrap_reason", REFERENCE),
    field("starts_at", MOMENT),
    field("ends_at", MOMENT),
    field("due_on", DATE),
    synonyms={"en": ("work orders", "manufacturing orders"), "de": ("Fertigungsaufträge",)},
)
PURCHASE_ORDERS = a_kind(
    "purchase_orders",
    field("number", TEXT, "order_number", required=True, of_parent=True),
    field("supplier", REFERENCE, of_parent=True),
    field("status", CHOICE, choices=STATUSES, words=STATUS_NUMBERS),
    field("revision"),
    field("ordered_on", DATE),
    field("shipped_on", DATE),
    field("due_on", DATE),
    field("line", WHOLE, "line_number"),
    field("item", REFERENCE),
    field("quantity", NUMBER),
    field("price", NUMBER),
    field("line_total", NUMBER, is_total=True),
    field("received_quantity", NUMBER),
    field("rejected_quantity", NUMBER),
    field("subtotal", NUMBER),
    field("tax", NUMBER),
    field("freight", NUMBER),
    field("grand_total", NUMBER),
    field("delivery_terms"),
    field("responsible"),
    synonyms={"en": ("purchasing", "po"), "de": ("Bestellungen",)},
)
SALES_ORDERS = a_kind(
    "sales_orders",
    field("number", TEXT, "order_number", required=True),
    field("customer", REFERENCE, required=True),
    field("customer_reference"),
    field("ordered_on", DATE),
    field("due_on", DATE),
    field("shipped_on", DATE),
    field("subtotal", NUMBER),
    field("tax", NUMBER),
    field("freight", NUMBER),
    field("grand_total", NUMBER),
    synonyms={"en": ("sales", "customer orders"), "de": ("Aufträge",)},
)
SUPPLIERS = a_kind(
    "suppliers",
    field("number", TEXT, "partner_number", required=True),
    field("name", TEXT, "partner_name", required=True),
    field("rating", WHOLE),
    field("is_active", YES_NO),
    field("website"),
    field("country"),
    synonyms={"en": ("vendors",), "de": ("Lieferanten",)},
)
CUSTOMERS = a_kind(
    "customers",
    field("number", TEXT, "partner_number", required=True),
    field("name", TEXT, "partner_name", required=True),
    field("country"),
    synonyms={"en": ("clients",), "de": ("Kunden",), "systems": ("Store",)},
)
SUPPLIER_ITEMS = a_kind(
    "supplier_items",
    field("item", REFERENCE, required=True),
    field("supplier", REFERENCE, required=True),
    field("lead_time", NUMBER),
    field("price", NUMBER),
    field("minimum_order_quantity", NUMBER),
    field("unit", REFERENCE),
    synonyms={"systems": ("ProductVendor",)},
)
PRICES = a_kind(
    "prices",
    field("item", REFERENCE, required=True),
    field("valid_from", DATE),
    field("valid_until", DATE),
    field("list_price", NUMBER),
    field("standard_cost", NUMBER),
    synonyms={"en": ("price list", "price history", "cost history"), "de": ("Preise",)},
)
ROUTINGS = a_kind(
    "routings",
    field("routing", REFERENCE, required=True),
    field("text", TEXT, "operation_name"),
    field("operation", WHOLE, "operation_number"),
    field("work_centre", REFERENCE),
    field("setup_time", NUMBER),
    field("run_time", NUMBER),
    field("labour_time", NUMBER),
    field("lot_size", NUMBER),
    synonyms={"de": ("Arbeitspläne",), "systems": ("vProductModelInstructions",)},
)
LOCATIONS = a_kind(
    "locations",
    field("code", TEXT, "location", required=True),
    field("name", TEXT, required=True),
    field("hourly_rate", NUMBER),
    synonyms={"de": ("Lagerorte",)},
)
UNITS = a_kind("units", field("code", TEXT, "unit", required=True), field("name", required=True))

ALL: list[Kind] = [
    *(UNITS, ITEMS, CUSTOMERS, SUPPLIERS, SUPPLIER_ITEMS, PRICES, LOCATIONS, STOCK, BOMS, ROUTINGS),
    *(WORK_ORDERS, SALES_ORDERS, PURCHASE_ORDERS),
]
