"""Lots and serial numbers, and which lot went into which."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from factory_core.partners.models import Partner
from factory_core.tables import PLANT_WIDE, Record, SourcedFact
from factory_core.words import known_word, word_field
from inventory.items.models import Item, ItemRevision, QuantityField
from inventory.lots.states import LotStatus


class Lot(Record):
    """Stock of one item that was made or delivered together; a serial number is a lot of one piece."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.stock.view"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="lots", verbose_name=_("item"))
    number = models.CharField(_("number"), max_length=60)
    revision = models.ForeignKey(
        ItemRevision, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("revision")
    )
    status = word_field(_("status"), LotStatus, default=LotStatus.OPEN, editable=False)
    status_reason = models.CharField(_("why"), max_length=200, blank=True, editable=False)
    supplier = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("supplier")
    )
    supplier_lot = models.CharField(_("supplier's lot"), max_length=60, blank=True)
    made_on = models.DateField(_("made on"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["-id"]
        constraints = [
            known_word("status", LotStatus, "lot_status_known"),
            models.UniqueConstraint(fields=["item", "number"], name="lot_once_an_item"),
        ]
        indexes = [
            models.Index(OpClass(Upper("number"), "text_pattern_ops"), name="lot_number_start"),
            models.Index(OpClass(Upper("supplier_lot"), "text_pattern_ops"), name="lot_supplier_lot_start"),
        ]

    def __str__(self) -> str:
        return self.number


class LotUse(SourcedFact):
    """So much of one lot went into another: the edge of the genealogy. Without `output` it was used up nameless."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.stock.view"
    goes_with_import = True

    input = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="uses", verbose_name=_("lot used"))
    output = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="made_of", verbose_name=_("lot made"))
    quantity = QuantityField(_("quantity"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("use of a lot")
        verbose_name_plural = _("uses of lots")
        constraints = [
            models.CheckConstraint(condition=~Q(input=F("output")), name="lot_use_not_of_itself"),
            # A correction takes a use back by the opposite quantity.
            models.CheckConstraint(condition=~Q(quantity=0), name="lot_use_not_nothing"),
        ]
        indexes = [
            models.Index(fields=["input", "output"], name="lot_use_forward"),
            models.Index(fields=["output", "input"], name="lot_use_backward"),
        ]

    def __str__(self) -> str:
        return f"{self.input} → {self.output}"
