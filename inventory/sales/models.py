"""Sales orders, their lines, and the call-offs of frame orders."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from factory_core.partners.models import Partner, PartnerAddress
from factory_core.plant.models import Site
from factory_core.tables import Record
from factory_core.words import known_word, word_field
from inventory.items.models import Item, MoneyField, QuantityField, Stated, Unit
from inventory.sales.states import SalesStatus


class SalesOrder(Stated, Record):
    """What one customer ordered. A frame order is delivered by call-offs only."""

    scope_path = "site"
    view_capability = "inventory.sales.view"
    sensitive = dict.fromkeys(("net", "tax", "freight", "total"), "inventory.price.view")

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    customer = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("customer"))
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("dispatched from"))
    address = models.ForeignKey(
        PartnerAddress, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ship to")
    )
    status = word_field(_("status"), SalesStatus, default=SalesStatus.DRAFT, editable=False)
    is_frame = models.BooleanField(_("frame order"), default=False)
    ordered_on = models.DateField(_("ordered on"))
    currency = models.CharField(_("currency"), max_length=3)
    customer_reference = models.CharField(_("customer's reference"), max_length=80, blank=True)
    note = models.CharField(_("note"), max_length=400, blank=True)
    external_id = models.CharField(_("number in another system"), max_length=80, unique=True, null=True, blank=True)

    class Meta:
        verbose_name = _("sales order")
        verbose_name_plural = _("sales orders")
        ordering = ["-id"]
        constraints = [known_word("status", SalesStatus, "sales_status_known")]
        indexes = [
            models.Index(fields=["status", "-id"], name="sales_status"),
            models.Index(fields=["customer", "-id"], name="sales_customer"),
        ]

    def __str__(self) -> str:
        return self.number


class SalesLine(Record):
    """One item of a sales order. Quantities are in `unit`; `factor` base units make one, frozen when ordered.

    `wanted_on` is the customer's wish, `promised_on` our word, `expected_on` what we believe now.
    """

    scope_path = "order__site"
    view_capability = "inventory.sales.view"
    sensitive = {"price": "inventory.price.view"}

    order = models.ForeignKey(SalesOrder, on_delete=models.PROTECT, related_name="lines", verbose_name=_("order"))
    position = models.PositiveIntegerField(_("position"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="sales_lines", verbose_name=_("item"))
    quantity = QuantityField(_("quantity"))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    factor = models.DecimalField(_("base units in one"), max_digits=24, decimal_places=12, default=1)
    price = MoneyField(_("price for one unit"), null=True, blank=True)
    wanted_on = models.DateField(_("wanted on"), null=True, blank=True)
    promised_on = models.DateField(_("promised on"), null=True, blank=True)
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    dispatched = QuantityField(_("dispatched"), default=0, editable=False)
    returned = QuantityField(_("returned"), default=0, editable=False)
    is_closed = models.BooleanField(_("nothing more is sent"), default=False)

    class Meta:
        verbose_name = _("line of a sales order")
        verbose_name_plural = _("lines of sales orders")
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="sales_line_position_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0) & Q(factor__gt=0), name="sales_line_positive"),
            models.CheckConstraint(
                condition=Q(dispatched__gte=0) & Q(returned__gte=0) & Q(returned__lte=F("dispatched")),
                name="sales_line_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["item"], name="sales_line_open", condition=Q(is_closed=False))]

    def __str__(self) -> str:
        return f"{self.order} · {self.position}"


class CallOff(Record):
    """The customer of a frame order asks for a part of a line on a day; quantity in the line's unit."""

    scope_path = "line__order__site"
    view_capability = "inventory.sales.view"

    line = models.ForeignKey(SalesLine, on_delete=models.PROTECT, related_name="call_offs", verbose_name=_("line"))
    number = models.PositiveIntegerField(_("number"))
    quantity = QuantityField(_("quantity"))
    wanted_on = models.DateField(_("wanted on"))
    promised_on = models.DateField(_("promised on"), null=True, blank=True)
    reference = models.CharField(_("customer's reference"), max_length=80, blank=True)
    dispatched = QuantityField(_("dispatched"), default=0, editable=False)
    is_closed = models.BooleanField(_("nothing more is sent"), default=False)

    class Meta:
        verbose_name = _("call-off")
        verbose_name_plural = _("call-offs")
        ordering = ["line", "number"]
        constraints = [
            models.UniqueConstraint(fields=["line", "number"], name="call_off_number_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="call_off_positive"),
            models.CheckConstraint(condition=Q(dispatched__gte=0), name="call_off_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.line} · {self.number}"
