"""Series of document numbers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.tables import PLANT_WIDE, Record


class NumberSeries(Record):
    """The next free number of one kind of document, e.g. production orders `PO-000123`."""

    scope_path = PLANT_WIDE
    view_capability = "plant.view"

    code = models.CharField(_("code"), max_length=40, unique=True)
    prefix = models.CharField(_("prefix"), max_length=20, blank=True)
    width = models.PositiveSmallIntegerField(_("digits"), default=6)
    next_value = models.PositiveBigIntegerField(_("next number"), default=1)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.prefix}{self.next_value:0{self.width}d}"
