"""Acts on customers and suppliers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import Invalid, StaleVersion
from factory_core.events.services import publish
from factory_core.events.types import EventType
from factory_core.partners import events
from factory_core.partners.models import Partner, PartnerAddress
from factory_core.partners.queries import NoSuchPartner, partner_or_missing
from factory_core.partners.rules import expected_digit
from factory_core.people.models import User
from factory_core.plant.models import Site

MANAGE = "partner.manage"


class BadPartner(Invalid):
    """Facts of a company or of an address have faults; `errors` has a sentence for each."""

    code = "bad_partner"


class PartnerFacts(TypedDict, total=False):
    """What may be said of a company; what is left out stays as it is."""

    code: str
    name: str
    is_customer: bool
    is_supplier: bool
    vat_number: str
    gln: str
    email: str
    phone: str
    payment_terms: str
    language: str
    is_active: bool


class AddressFacts(TypedDict, total=False):
    """An address as it is printed."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    is_active: bool


def add_partner(*, actor: User, at: datetime, **facts: Unpack[PartnerFacts]) -> Partner:
    """Add a company; code and name must be said. Raises BadPartner, Forbidden."""
    require(actor, MANAGE)
    partner = Partner()
    _take(partner, {**facts})
    partner.save()
    _tell(events.PARTNER_ADDED, partner, at, actor)
    return partner


def change_partner(
    *, actor: User, partner_id: int, at: datetime, version: int | None = None, **facts: Unpack[PartnerFacts]
) -> Partner:
    """Change facts of a company. Raises NoSuchPartner, StaleVersion, BadPartner, Forbidden."""
    partner = _locked(actor, partner_id)
    _check_version(partner, version, PartnerFacts.__annotations__)
    before = {name: getattr(partner, name) for name in facts}
    _take(partner, {**facts})
    changed = [name for name in facts if getattr(partner, name) != before[name]]
    if changed:
        partner.version += 1
        partner.save(update_fields=[*changed, "version", "updated_at"])
        labels = ", ".join(str(Partner._meta.get_field(name).verbose_name) for name in changed)  # type: ignore[union-attr]  # own columns only
        _tell(events.PARTNER_CHANGED, partner, at, actor, fields=labels)
    return partner


def add_address(*, actor: User, partner_id: int, at: datetime, **facts: Unpack[AddressFacts]) -> PartnerAddress:
    """Add an address; street, city and country must be said. Raises NoSuchPartner, BadPartner, Forbidden."""
    partner = _locked(actor, partner_id)
    address = PartnerAddress(partner=partner)
    _take_address(address, {**facts})
    address.save()
    _tell(events.ADDRESS_ADDED, partner, at, actor, address=str(address))
    return address


def change_address(
    *,
    actor: User,
    partner_id: int,
    address_id: int,
    at: datetime,
    version: int | None = None,
    **facts: Unpack[AddressFacts],
) -> PartnerAddress:
    """Change an address; papers printed before stay as they are. Raises as `change_partner`."""
    partner = _locked(actor, partner_id)
    address = partner.addresses.filter(pk=address_id).first()
    if address is None:
        raise NoSuchPartner(_("%(name)s has no such address.") % {"name": partner.name})
    _check_version(address, version, AddressFacts.__annotations__)
    _take_address(address, {**facts})
    address.version += 1
    address.save(update_fields=[*facts, "version", "updated_at"])
    _tell(events.ADDRESS_CHANGED, partner, at, actor, address=str(address))
    return address


def _locked(actor: User, partner_id: int) -> Partner:
    partner = partner_or_missing(actor, partner_id)
    require(actor, MANAGE, partner)
    return Partner.objects.select_for_update(no_key=True).get(pk=partner_id)


def _check_version(record: Partner | PartnerAddress, version: int | None, names: Any) -> None:
    if version is not None and version != record.version:
        raise StaleVersion(
            _("Somebody changed %(thing)s meanwhile. Compare both, then save again.") % {"thing": record},
            current={**{name: getattr(record, name) for name in names}, "version": record.version},
        )


def check_facts(partner: Partner, before: Mapping[str, Any] | None = None) -> None:
    """The facts of a company taken by themselves; whether its code is free is not asked. Raises BadPartner."""
    _set(partner, {name: getattr(partner, name) for name in PartnerFacts.__annotations__})
    _check_gln(partner)


def _take(partner: Partner, facts: dict[str, Any]) -> None:
    _set(partner, facts)
    if Partner.objects.filter(code__iexact=partner.code).exclude(pk=partner.pk).exists():
        raise _refusal("code", _("There is a partner %(code)s already.") % {"code": partner.code})
    _check_gln(partner)


def _check_gln(partner: Partner) -> None:
    if not partner.gln:
        return
    try:
        digit = expected_digit(partner.gln)
    except ValueError:
        raise _refusal("gln", _("A GLN has 13 digits.")) from None
    if digit:
        raise _refusal(
            "gln", _("The last digit of %(gln)s should be %(digit)s.") % {"gln": partner.gln, "digit": digit}
        )


def _take_address(address: PartnerAddress, facts: dict[str, Any]) -> None:
    if isinstance(facts.get("country"), str):
        facts["country"] = facts["country"].strip().upper()
    _set(address, facts)
    if not (len(address.country) == 2 and address.country.isascii() and address.country.isalpha()):
        raise _refusal("country", _("Write the country as two letters: DE, AT, PL."))


def _set(record: Partner | PartnerAddress, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(record, name, value.strip() if isinstance(value, str) else value)
    try:
        record.clean_fields()
    except ValidationError as error:
        errors = [
            {"pointer": f"/{name}", "code": "invalid", "message": sentence}
            for name, sentences in error.message_dict.items()
            for sentence in sentences
        ]
        raise BadPartner(errors[0]["message"], errors=errors) from error


def _refusal(name: str, sentence: str) -> BadPartner:
    return BadPartner(sentence, errors=[{"pointer": f"/{name}", "code": "invalid", "message": sentence}])


def _tell(kind: EventType, partner: Partner, at: datetime, actor: User, **payload: Any) -> None:
    # Partners belong to the whole plant; their story is kept at the first site the actor belongs to.
    site = visible(actor, Site.objects.order_by("pk"), "partner.view").first() or Site.objects.order_by("pk").first()
    publish(kind, about=[partner, *([site] if site else [])], at=at, actor=actor, **payload)
