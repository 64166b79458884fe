"""What is typed about customers and suppliers."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from factory_core.partners.models import Partner, PartnerAddress


class _Form(forms.Form):
    def __init__(self, data: Any = None, *, record: Any = None) -> None:
        first = {name: getattr(record, name) for name in self.base_fields} if record else {}
        super().__init__(data, initial=first)
        if record is None:
            del self.fields["is_active"]

    def take(self, errors: Iterable[Mapping[str, str]], sentence: str) -> None:
        """Put the sentences of a refusal beside their fields."""
        for error in errors:
            name = error["pointer"].rsplit("/", 1)[-1]
            self.add_error(name if name in self.fields else None, error["message"])
        if not self.errors:
            self.add_error(None, sentence)


class PartnerForm(_Form):
    """A company."""

    code = forms.CharField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=160)
    is_customer = forms.BooleanField(label=_("Customer"), required=False)
    is_supplier = forms.BooleanField(label=_("Supplier"), required=False)
    vat_number = forms.CharField(label=_("VAT number"), max_length=40, required=False)
    gln = forms.CharField(label=_("GLN"), max_length=13, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    payment_terms = forms.CharField(label=_("Payment terms"), max_length=120, required=False)
    language = forms.ChoiceField(
        label=_("Language of papers"), choices=[("", _("as the plant")), *settings.LANGUAGES], required=False
    )
    is_active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, data: Any = None, *, record: Partner | None = None) -> None:
        super().__init__(data, record=record)


class AddressForm(_Form):
    """An address as it is printed."""

    name = forms.CharField(label=_("Name, if another than the company's"), max_length=160, required=False)
    street = forms.CharField(label=_("Street"), max_length=200)
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=120)
    country = forms.CharField(label=_("Country (two letters)"), max_length=2)
    is_active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, data: Any = None, *, record: PartnerAddress | None = None) -> None:
        super().__init__(data, record=record)
