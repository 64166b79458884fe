"""Customers and suppliers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.tables import PLANT_WIDE, Record


class Partner(Record):
    """A company the plant buys from, sells to, or both."""

    scope_path = PLANT_WIDE
    view_capability = "partner.view"

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=160)
    is_customer = models.BooleanField(_("customer"), default=False)
    is_supplier = models.BooleanField(_("supplier"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
