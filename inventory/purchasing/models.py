"""Requests, enquiries with their offers, purchase orders, and what came in on them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from factory_core.partners.models import Partner
from factory_core.plant.models import Site
from factory_core.tables import Fact, Record, SourcedRecord
from factory_core.words import known_word, word_field
from inventory.items.models import Item, MoneyField, QuantityField, Stated, SupplierItem, Unit
from inventory.purchasing.states import EnquiryStatus, PurchaseStatus, ReceiptKind, RequestStatus
from inventory.stock.models import StockMove


class PurchaseRequest(SourcedRecord):
    """Somebody, or a rule, wants something bought."""

    scope_path = "site"
    view_capability = "inventory.purchasing.view"

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    quantity = QuantityField(_("quantity"))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    wanted_on = models.DateField(_("wanted on"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    status = word_field(_("status"), RequestStatus, default=RequestStatus.OPEN, editable=False)
    order_line = models.ForeignKey(
        "PurchaseLine", on_delete=models.PROTECT, null=True, related_name="requests", verbose_name=_("ordered as")
    )

    class Meta:
        verbose_name = _("purchase request")
        verbose_name_plural = _("purchase requests")
        ordering = ["-id"]
        constraints = [
            known_word("status", RequestStatus, "request_status_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="request_quantity_positive"),
            models.CheckConstraint(
                condition=~Q(status=RequestStatus.ORDERED) | Q(order_line__isnull=False), name="request_ordered_where"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Enquiry(Record):
    """The same question to several suppliers."""

    scope_path = "site"
    view_capability = "inventory.purchasing.view"

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    quantity = QuantityField(_("quantity"))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    wanted_on = models.DateField(_("wanted on"), null=True, blank=True)
    answer_by = models.DateField(_("answer by"), null=True, blank=True)
    status = word_field(_("status"), EnquiryStatus, default=EnquiryStatus.OPEN, editable=False)

    class Meta:
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")
        ordering = ["-id"]
        constraints = [
            known_word("status", EnquiryStatus, "enquiry_status_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="enquiry_quantity_positive"),
        ]

    def __str__(self) -> str:
        return self.number


class Offer(Record):
    """What one supplier answered to an enquiry: price for one of its unit, all other costs, when it comes."""

    scope_path = "enquiry__site"
    view_capability = "inventory.cost.view"
    sensitive = {"price": "inventory.cost.view", "other_costs": "inventory.cost.view"}

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="offers", verbose_name=_("enquiry"))
    supplier = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("supplier"))
    price = MoneyField(_("price for one unit"), null=True, blank=True)
    other_costs = MoneyField(_("freight, tools, fees"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    least_quantity = QuantityField(_("least quantity"), default=0)
    lead_time_days = models.PositiveIntegerField(_("lead time in days"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    reference = models.CharField(_("supplier's reference"), max_length=80, blank=True)
    is_chosen = models.BooleanField(_("chosen"), default=False, editable=False)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.UniqueConstraint(fields=["enquiry", "supplier"], name="offer_once_a_supplier"),
            models.UniqueConstraint(fields=["enquiry"], condition=Q(is_chosen=True), name="offer_one_chosen"),
            models.CheckConstraint(
                condition=(Q(price=None) | Q(price__gte=0)) & Q(other_costs__gte=0), name="offer_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enquiry} · {self.supplier}"


class PurchaseOrder(Stated, Record):
    """What the plant ordered from one supplier."""

    scope_path = "site"
    view_capability = "inventory.purchasing.view"
    sensitive = dict.fromkeys(("net", "tax", "freight", "total"), "inventory.cost.view")

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    supplier = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("supplier"))
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("delivered to"))
    status = word_field(_("status"), PurchaseStatus, default=PurchaseStatus.DRAFT, editable=False)
    ordered_on = models.DateField(_("ordered on"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    supplier_reference = models.CharField(_("supplier's reference"), max_length=80, blank=True)
    note = models.CharField(_("note"), max_length=400, blank=True)
    external_id = models.CharField(_("number in another system"), max_length=80, unique=True, null=True, blank=True)

    class Meta:
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        ordering = ["-id"]
        constraints = [known_word("status", PurchaseStatus, "purchase_status_known")]
        indexes = [
            models.Index(fields=["status", "-id"], name="purchase_status"),
            models.Index(fields=["supplier", "-id"], name="purchase_supplier"),
        ]

    def __str__(self) -> str:
        return self.number


class PurchaseLine(Record):
    """One item of a purchase order. Quantities are in `unit`; `factor` base units make one, frozen when ordered."""

    scope_path = "order__site"
    view_capability = "inventory.purchasing.view"
    sensitive = {"price": "inventory.cost.view"}

    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="lines", verbose_name=_("order"))
    position = models.PositiveIntegerField(_("position"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="purchase_lines", verbose_name=_("item"))
    supplier_item = models.ForeignKey(
        SupplierItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("supplier of an item"),
    )  # fmt: skip
    quantity = QuantityField(_("quantity"))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    factor = models.DecimalField(_("base units in one"), max_digits=24, decimal_places=12, default=1)
    price = MoneyField(_("price for one unit"), null=True, blank=True)
    wanted_on = models.DateField(_("wanted on"), null=True, blank=True)
    promised_on = models.DateField(_("promised on"), null=True, blank=True)
    inspect = models.BooleanField(_("inspected on receipt"), default=False)
    # Kept by the acts; the receipts are what they are summed from.
    received = QuantityField(_("received"), default=0, editable=False)
    rejected = QuantityField(_("rejected"), default=0, editable=False)
    returned = QuantityField(_("returned"), default=0, editable=False)
    is_closed = models.BooleanField(_("nothing more is expected"), default=False)

    class Meta:
        verbose_name = _("line of a purchase order")
        verbose_name_plural = _("lines of purchase orders")
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="purchase_line_position_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0) & Q(factor__gt=0), name="purchase_line_positive"),
            models.CheckConstraint(
                condition=Q(received__gte=0) & Q(rejected__gte=0) & Q(returned__gte=0),
                name="purchase_line_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["item"], name="purchase_line_open", condition=Q(is_closed=False)),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.position}"


class Receipt(Fact):
    """What came in on a line, was rejected, or went back. Quantity is in the line's unit."""

    scope_path = "line__order__site"
    view_capability = "inventory.purchasing.view"
    goes_with_import = True

    line = models.ForeignKey(PurchaseLine, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("line"))
    kind = word_field(_("kind"), ReceiptKind)
    quantity = QuantityField(_("quantity"))
    delivery_note = models.CharField(_("delivery note"), max_length=80, blank=True)
    move = models.OneToOneField(
        StockMove, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("stock move")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    # One tap, one receipt: what was refused at the door has no stock move whose key could say so.
    key = models.CharField(_("key"), max_length=80, unique=True, null=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))

    class Meta:
        verbose_name = _("goods receipt")
        verbose_name_plural = _("goods receipts")
        ordering = ["-id"]
        constraints = [
            known_word("kind", ReceiptKind, "receipt_kind_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="receipt_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.quantity.normalize():f}"
