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
    vat_number = models.CharField(_("VAT number"), max_length=40, blank=True)
    gln = models.CharField(_("GLN"), max_length=13, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    payment_terms = models.CharField(_("payment terms"), max_length=120, blank=True)
    language = models.CharField(_("language of papers"), max_length=10, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class PartnerAddress(Record):
    """Where a partner is written to, delivers from, or wants goods; as it is printed on papers."""

    scope_path = PLANT_WIDE
    view_capability = "partner.view"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="addresses", verbose_name=_("partner"))
    name = models.CharField(_("name"), max_length=160, blank=True)
    street = models.CharField(_("street"), max_length=200)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120)
    country = models.CharField(_("country"), max_length=2)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("address of a partner")
        verbose_name_plural = _("addresses of partners")
        ordering = ["partner", "id"]

    def __str__(self) -> str:
        return ", ".join(filter(None, [self.name or self.partner.name, self.street, self.city]))
