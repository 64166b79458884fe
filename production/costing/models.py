"""Rates with their days, standard costs rolled up, and the settled cost of orders."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Abs, Cast
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Site
from factory_core.tables import PLANT_WIDE, Record
from factory_core.words import known_word, word_field
from inventory.items.models import Item, MoneyField, QuantityField
from production.costing.states import OverheadBase, RollupStatus
from production.orders.models import ProductionOrder
from production.products.models import Bom, Routing, WorkCentre

SEE = "production.cost.view"
# The sum of a frozen sheet's variances. Lists are ordered by its amount: an index holds exactly this expression.
VARIANCE = Cast(KeyTextTransform("total", "variances"), models.DecimalField(max_digits=24, decimal_places=6))


class Rate(Record):
    """What an hour of a work centre costs from a day on: of its machine, of one person, of overhead."""

    scope_path = "work_centre__line"
    view_capability = SEE
    sensitive = {"machine_hour": SEE, "labour_hour": SEE, "overhead_hour": SEE}

    work_centre = models.ForeignKey(
        WorkCentre, on_delete=models.PROTECT, related_name="rates", verbose_name=_("work centre")
    )
    valid_from = models.DateField(_("valid from"))
    machine_hour = MoneyField(_("an hour of the machine"), default=0)
    labour_hour = MoneyField(_("an hour of a person"), default=0)
    overhead_hour = MoneyField(_("overhead of an hour"), default=0)
    overhead_base = word_field(_("overhead laid on"), OverheadBase, default=OverheadBase.LABOUR_HOURS)
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("rate of a work centre")
        verbose_name_plural = _("rates of work centres")
        ordering = ["work_centre", "-valid_from"]
        constraints = [
            known_word("overhead_base", OverheadBase, "rate_overhead_base_known"),
            models.UniqueConstraint(fields=["work_centre", "valid_from"], name="rate_once_a_day"),
            models.CheckConstraint(
                condition=Q(machine_hour__gte=0, labour_hour__gte=0, overhead_hour__gte=0), name="rate_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work_centre} {self.valid_from}"


class LabourRate(Record):
    """What an hour of one person's work really costs, by person group code, from a day on; empty group: everybody."""

    scope_path = "site"
    view_capability = SEE
    sensitive = {"hour": SEE}

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    username = models.CharField(_("person"), max_length=150, blank=True)
    valid_from = models.DateField(_("valid from"))
    hour = MoneyField(_("an hour"))
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("actual labour rate")
        verbose_name_plural = _("actual labour rates")
        ordering = ["site", "username", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["site", "username", "valid_from"], name="labour_rate_once_a_day"),
            models.CheckConstraint(condition=Q(hour__gte=0), name="labour_rate_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.username or self.site} {self.valid_from}"


class EnergyPrice(Record):
    """What a kilowatt hour costs a site from a day on."""

    scope_path = "site"
    view_capability = SEE
    sensitive = {"price": SEE}

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    valid_from = models.DateField(_("valid from"))
    price = MoneyField(_("price of a kWh"))
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("energy price")
        verbose_name_plural = _("energy prices")
        ordering = ["site", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["site", "valid_from"], name="energy_price_once_a_day"),
            models.CheckConstraint(condition=Q(price__gte=0), name="energy_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.valid_from}"


class CostRollup(Record):
    """The standard cost of one base unit of an item as computed for a day, part by part.

    `lines` keeps what it was made of: [{"kind", "label", "quantity", "unit", "rate", "amount"}]. Taken as the item's
    standard cost when somebody accepts it.
    """

    scope_path = PLANT_WIDE
    view_capability = SEE
    sensitive = {
        "material": SEE, "labour": SEE, "machine": SEE, "overhead": SEE, "energy": SEE, "beside": SEE, "total": SEE,
        "lines": SEE,
    }  # fmt: skip

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="rollups", verbose_name=_("item"))
    on = models.DateField(_("for the day"))
    lot_size = QuantityField(_("lot size"), default=1)
    bom = models.ForeignKey(Bom, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("made of"))
    routing = models.ForeignKey(
        Routing, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("made by")
    )
    material = MoneyField(_("material"), default=0)
    labour = MoneyField(_("labour"), default=0)
    machine = MoneyField(_("machine"), default=0)
    overhead = MoneyField(_("overhead"), default=0)
    energy = MoneyField(_("energy"), default=0)
    beside = MoneyField(_("co- and by-products"), default=0)
    total = MoneyField(_("total"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    lines = models.JSONField(_("made of"), default=list)
    # What had no price, in words; such a total is not offered for acceptance.
    findings = models.JSONField(_("findings"), default=list, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("rolled-up cost")
        verbose_name_plural = _("rolled-up costs")
        ordering = ["item", "-on", "-id"]

    def __str__(self) -> str:
        return f"{self.item.number} {self.on}"


class RollupRun(Record):
    """Everything that is made was to be rolled up for a day: who wanted it, and how it went. One at a time."""

    scope_path = PLANT_WIDE
    view_capability = SEE

    on = models.DateField(_("for the day"))
    status = word_field(_("status"), RollupStatus, default=RollupStatus.RUNNING, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))
    started_at = models.DateTimeField(_("started at"))
    # How many were reckoned; why it failed.
    items = models.PositiveIntegerField(_("items"), default=0)
    reason = models.CharField(_("reason"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("roll-up of everything")
        verbose_name_plural = _("roll-ups of everything")
        ordering = ["-id"]
        constraints = [
            known_word("status", RollupStatus, "rollup_run_status_known"),
            models.UniqueConstraint(
                fields=["status"], condition=Q(status=RollupStatus.RUNNING), name="rollup_run_one_at_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.on)


class CostSheet(Record):
    """The cost of an order, frozen when it was closed: planned, actual and the variances, as sheets of lines."""

    scope_path = "order__machine|order__line"
    view_capability = SEE
    sensitive = {"planned": SEE, "actual": SEE, "variances": SEE, "planned_total": SEE, "actual_total": SEE}

    order = models.OneToOneField(
        ProductionOrder, on_delete=models.PROTECT, related_name="cost_sheet", verbose_name=_("order")
    )
    good = QuantityField(_("good"))
    planned = models.JSONField(_("planned"))
    actual = models.JSONField(_("actual"))
    variances = models.JSONField(_("variances"))
    planned_total = MoneyField(_("planned cost"))
    actual_total = MoneyField(_("actual cost"))
    currency = models.CharField(_("currency"), max_length=3)
    settled_at = models.DateTimeField(_("settled at"))

    class Meta:
        verbose_name = _("cost sheet")
        verbose_name_plural = _("cost sheets")
        ordering = ["-settled_at"]
        indexes = [models.Index(Abs(VARIANCE).desc(), models.F("id").desc(), name="cost_sheet_largest")]

    def __str__(self) -> str:
        return str(self.order)
