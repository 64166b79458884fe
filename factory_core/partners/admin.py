"""Customers and suppliers in the administration."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from factory_core.clock import now
from factory_core.partners import services
from factory_core.partners.models import Partner, PartnerAddress
from factory_core.web.admin import PlantAdmin, PlantForm, PlantInline, changed_fields
from factory_core.web.doors import signed_in


class AddressInline(PlantInline):
    model = PartnerAddress
    fields = ("name", "street", "postal_code", "city", "country", "is_active")
    manage_capability = "partner.manage"
    # Papers name addresses: one that is given up is switched off.
    can_delete = False


@admin.register(Partner)
class PartnerAdmin(PlantAdmin):
    group = "stock"
    manage_capability = "partner.manage"
    form = PlantForm
    fields = (
        "code", "name", "is_customer", "is_supplier", "vat_number", "gln", "email", "phone", "payment_terms",
        "language", "is_active", "read_version",
    )  # fmt: skip
    inlines = (AddressInline,)
    list_display = ("code", "name", "is_customer", "is_supplier", "is_active")
    list_filter = ("is_customer", "is_supplier", "is_active")
    search_fields = ("code", "name", "vat_number", "gln")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the acts, which check the numbers and tell the story."""
        names = changed_fields(form)
        wish: dict[str, Any] = {name: getattr(obj, name) for name in names}
        if change:
            kept = services.change_partner(actor=signed_in(request), partner_id=obj.pk, at=now(), **wish)
        else:
            kept = services.add_partner(actor=signed_in(request), at=now(), **wish)
        obj.pk, obj.version = kept.pk, kept.version
