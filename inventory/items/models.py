"""Items, their units, revisions, barcodes, suppliers, prices, costs and papers."""

from django.conf import settings
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from factory_core.partners.models import Partner
from factory_core.tables import PLANT_WIDE, Record
from factory_core.words import known_word, word_field
from inventory.items.states import Dimension, ItemKind, PickRule, RevisionStatus, Tracking, Valuation


class QuantityField(models.DecimalField):
    """A quantity: twelve digits before the point, six behind it."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **{"max_digits": 18, "decimal_places": 6, **more})  # type: ignore[arg-type]  # Django's own keywords


class MoneyField(models.DecimalField):
    """An amount in the currency the row names: six digits behind the point, so that cheap screws have a price."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **{"max_digits": 20, "decimal_places": 6, **more})  # type: ignore[arg-type]  # Django's own keywords


class Stated(models.Model):
    """What the old system states of a document as a whole: its sums, in its currency, and its days; empty where
    nobody said."""

    net = MoneyField(_("net sum"), null=True, blank=True, editable=False)
    tax = MoneyField(_("tax"), null=True, blank=True, editable=False)
    freight = MoneyField(_("freight"), null=True, blank=True, editable=False)
    total = MoneyField(_("total"), null=True, blank=True, editable=False)
    wanted_on = models.DateField(_("wanted on"), null=True, blank=True, editable=False)
    shipped_on = models.DateField(_("sent off on"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class Unit(Record):
    """A unit of measure: `factor` of the dimension's basic unit (pcs, kg, m, m², l, h, kWh) make one of it."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.item.view"

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=60)
    dimension = word_field(_("dimension"), Dimension, default=Dimension.COUNT)
    factor = models.DecimalField(_("factor"), max_digits=24, decimal_places=12, default=1)
    decimals = models.PositiveSmallIntegerField(_("digits behind the point"), default=0)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["code"]
        constraints = [
            known_word("dimension", Dimension, "unit_dimension_known"),
            models.CheckConstraint(condition=Q(factor__gt=0), name="unit_factor_positive"),
            models.CheckConstraint(condition=Q(decimals__lte=6), name="unit_decimals_kept"),
        ]

    def __str__(self) -> str:
        return self.code


class ItemCategory(Record):
    """A group of items, in a tree."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.item.view"

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )

    class Meta:
        verbose_name = _("item category")
        verbose_name_plural = _("item categories")
        ordering = ["code"]
        constraints = [models.CheckConstraint(condition=~Q(parent=models.F("pk")), name="category_not_its_own_parent")]

    def __str__(self) -> str:
        return self.name


class Item(Record):
    """Anything stocked, bought, made or sold. Its number is text: leading zeros are kept."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.item.view"

    number = models.CharField(_("number"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    kind = word_field(_("kind"), ItemKind, default=ItemKind.COMPONENT)
    category = models.ForeignKey(
        ItemCategory, on_delete=models.PROTECT, null=True, blank=True, related_name="items", verbose_name=_("category")
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="items", verbose_name=_("base unit"))
    tracking = word_field(_("told apart by"), Tracking, default=Tracking.NONE)
    pick_rule = word_field(_("taken out"), PickRule, default=PickRule.FIFO)
    valuation = word_field(_("valued by"), Valuation, default=Valuation.AVERAGE)
    shelf_life_days = models.PositiveIntegerField(_("shelf life in days"), null=True, blank=True)
    gtin = models.CharField(_("GTIN"), max_length=14, unique=True, null=True, blank=True)
    is_bought = models.BooleanField(_("bought"), default=False)
    is_made = models.BooleanField(_("made here"), default=False)
    is_sold = models.BooleanField(_("sold"), default=False)
    inspect_on_receipt = models.BooleanField(_("inspected on receipt"), default=False)
    drawing_number = models.CharField(_("drawing number"), max_length=60, blank=True)
    size = models.CharField(_("size"), max_length=60, blank=True, default="", db_default="")
    color = models.CharField(_("colour"), max_length=60, blank=True, default="", db_default="")
    weight_kg = models.DecimalField(_("weight in kg"), max_digits=14, decimal_places=6, null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["number"]
        constraints = [
            known_word("kind", ItemKind, "item_kind_known"),
            known_word("tracking", Tracking, "item_tracking_known"),
            known_word("pick_rule", PickRule, "item_pick_rule_known"),
            known_word("valuation", Valuation, "item_valuation_known"),
        ]
        indexes = [models.Index(OpClass(Upper("number"), "text_pattern_ops"), name="item_number_start")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class ItemRevision(Record):
    """A state of an item's design. At most one is released at a time."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.item.view"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="revisions", verbose_name=_("item"))
    code = models.CharField(_("revision"), max_length=20)
    status = word_field(_("status"), RevisionStatus, default=RevisionStatus.DRAFT, editable=False)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    note = models.CharField(_("what changed"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("item revision")
        verbose_name_plural = _("item revisions")
        ordering = ["item", "id"]
        constraints = [
            known_word("status", RevisionStatus, "revision_status_known"),
            models.UniqueConstraint(fields=["item", "code"], name="revision_once_an_item"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(status=RevisionStatus.RELEASED), name="revision_one_released_an_item"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class ItemUnit(Record):
    """How much of the base unit one other unit of this item is: a box is 12 pcs, a coil 25 kg."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.item.view"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="units", verbose_name=_("item"))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    factor = models.DecimalField(_("base units in one"), max_digits=24, decimal_places=12)

    class Meta:
        verbose_name = _("unit of an item")
        verbose_name_plural = _("units of items")
        constraints = [
            models.UniqueConstraint(fields=["item", "unit"], name="item_unit_once"),
            models.CheckConstraint(condition=Q(factor__gt=0), name="item_unit_factor_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} = {self.factor.normalize():f}"


class ItemBarcode(Record):
    """A code printed on an item or its pack; scanning it means the item, in this unit."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.item.view"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="barcodes", verbose_name=_("item"))
    code = models.CharField(_("code"), max_length=80, unique=True)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("pack unit")
    )

    class Meta:
        verbose_name = _("barcode")
        verbose_name_plural = _("barcodes")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class SupplierItem(Record):
    """How a supplier delivers an item: their number, lead time, least and multiple quantity in `unit`."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.item.view"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="suppliers", verbose_name=_("item"))
    supplier = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="supplied", verbose_name=_("supplier"))
    supplier_number = models.CharField(_("supplier's number"), max_length=80, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    lead_time_days = models.PositiveIntegerField(_("lead time in days"), default=0)
    least_quantity = QuantityField(_("least quantity"), default=0)
    multiple = QuantityField(_("multiple of"), default=0)
    is_preferred = models.BooleanField(_("preferred"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("supplier of an item")
        verbose_name_plural = _("suppliers of items")
        constraints = [
            models.UniqueConstraint(fields=["item", "supplier"], name="supplier_item_once"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(is_preferred=True), name="supplier_item_one_preferred"
            ),
            models.CheckConstraint(
                condition=Q(least_quantity__gte=0) & Q(multiple__gte=0), name="supplier_item_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["supplier", "supplier_number"], name="supplier_item_number")]

    def __str__(self) -> str:
        return f"{self.supplier} · {self.supplier_number or self.item.number}"


class PriceBreak(Record):
    """What a supplier asks for one unit, from a quantity on and from a day on."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.cost.view"
    sensitive = {"price": "inventory.cost.view"}

    supplier_item = models.ForeignKey(
        SupplierItem, on_delete=models.PROTECT, related_name="prices", verbose_name=_("supplier of an item")
    )
    from_quantity = QuantityField(_("from quantity"), default=0)
    price = MoneyField(_("price for one unit"))
    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("purchase price")
        verbose_name_plural = _("purchase prices")
        ordering = ["supplier_item", "-valid_from", "from_quantity"]
        constraints = [
            models.UniqueConstraint(fields=["supplier_item", "from_quantity", "valid_from"], name="price_break_once"),
            models.CheckConstraint(condition=Q(price__gte=0) & Q(from_quantity__gte=0), name="price_break_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_item} ≥ {self.from_quantity.normalize():f}"


class ItemCost(Record):
    """The standard cost of one base unit from a day on."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.cost.view"
    sensitive = {"cost": "inventory.cost.view"}

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="costs", verbose_name=_("item"))
    cost = MoneyField(_("cost of one base unit"))
    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("standard cost")
        verbose_name_plural = _("standard costs")
        ordering = ["item", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["item", "valid_from"], name="item_cost_once_a_day"),
            models.CheckConstraint(condition=Q(cost__gte=0), name="item_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.item.number} {self.valid_from}"


class SalesPrice(Record):
    """What one unit is sold for, to everybody or to one customer, from a quantity and a day on."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.price.view"
    sensitive = {"price": "inventory.price.view"}

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="sales_prices", verbose_name=_("item"))
    customer = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    from_quantity = QuantityField(_("from quantity"), default=0)
    price = MoneyField(_("price for one unit"))
    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("sales price")
        verbose_name_plural = _("sales prices")
        ordering = ["item", "customer", "-valid_from", "from_quantity"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "customer", "unit", "from_quantity", "valid_from"],
                name="sales_price_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(price__gte=0) & Q(from_quantity__gte=0), name="sales_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.item.number} ≥ {self.from_quantity.normalize():f}"


class ItemPaper(Record):
    """A file that belongs to an item: a drawing, a data sheet, a certificate. Kept on the plant's own disk."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.item.view"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="papers", verbose_name=_("item"))
    name = models.CharField(_("name"), max_length=200)
    media_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["item", "name"]

    def __str__(self) -> str:
        return self.name
