"""What leaves the plant: dispatches, what they shall carry, and what was picked for them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from factory_core.partners.models import Partner
from factory_core.plant.models import Site
from factory_core.tables import Record
from factory_core.words import known_word, word_field
from inventory.dispatch.states import DispatchStatus
from inventory.items.models import Item, QuantityField
from inventory.lots.models import Lot
from inventory.sales.models import CallOff, SalesLine
from inventory.stock.models import Location, StockMove


class Dispatch(Record):
    """One journey to one customer. The address is written out, so that the paper stays what it was."""

    scope_path = "site"
    view_capability = "inventory.dispatch.view"

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    customer = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("customer"))
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("from"))
    staging = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("collected at"))
    status = word_field(_("status"), DispatchStatus, default=DispatchStatus.PICKING, editable=False)
    address = models.TextField(_("ship to"), blank=True)
    planned_on = models.DateField(_("planned on"), null=True, blank=True)
    carrier = models.CharField(_("carrier"), max_length=80, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=80, blank=True)
    dispatched_at = models.DateTimeField(_("dispatched at"), null=True, editable=False)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, editable=False)
    received_by = models.CharField(_("received by"), max_length=120, blank=True, editable=False)
    proof_note = models.CharField(_("proof of delivery"), max_length=400, blank=True, editable=False)
    proof_name = models.CharField(_("proof file"), max_length=200, blank=True, editable=False)
    proof_sha256 = models.CharField(_("SHA-256 of the proof"), max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("dispatch")
        verbose_name_plural = _("dispatches")
        ordering = ["-id"]
        constraints = [
            known_word("status", DispatchStatus, "dispatch_status_known"),
            models.CheckConstraint(
                condition=~Q(status__in=[DispatchStatus.DISPATCHED, DispatchStatus.DELIVERED])
                | Q(dispatched_at__isnull=False),
                name="dispatch_gone_when",
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="dispatch_status")]

    def __str__(self) -> str:
        return self.number


class DispatchLine(Record):
    """What a dispatch shall carry of one sales line; quantity in base units."""

    scope_path = "dispatch__site"
    view_capability = "inventory.dispatch.view"

    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="lines", verbose_name=_("dispatch"))
    sales_line = models.ForeignKey(
        SalesLine, on_delete=models.PROTECT, related_name="dispatch_lines", verbose_name=_("sales line")
    )
    call_off = models.ForeignKey(
        CallOff, on_delete=models.PROTECT, null=True, related_name="dispatch_lines", verbose_name=_("call-off")
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    quantity = QuantityField(_("quantity"))
    # Why less is sent than planned; what was not picked stays due.
    short_reason = models.CharField(_("why less is sent"), max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = _("line of a dispatch")
        verbose_name_plural = _("lines of dispatches")
        ordering = ["dispatch", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispatch", "sales_line", "call_off"], name="dispatch_line_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="dispatch_line_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.dispatch} · {self.item.number}"


class Pick(Record):
    """What was taken for a line: the lot, and the move that brought it to where the dispatch is collected."""

    scope_path = "line__dispatch__site"
    view_capability = "inventory.dispatch.view"

    line = models.ForeignKey(DispatchLine, on_delete=models.PROTECT, related_name="picks", verbose_name=_("line"))
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("lot"))
    quantity = QuantityField(_("quantity"))
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("lies at"))
    move = models.OneToOneField(StockMove, on_delete=models.PROTECT, related_name="+", verbose_name=_("picked by"))
    out = models.OneToOneField(
        StockMove, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("left by")
    )
    taken_back = models.BooleanField(_("put back"), default=False, editable=False)
    note = models.CharField(_("why another lot"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))

    class Meta:
        verbose_name = _("pick")
        verbose_name_plural = _("picks")
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="pick_positive")]

    def __str__(self) -> str:
        return f"{self.line} · {self.quantity.normalize():f}"
