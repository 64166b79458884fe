"""Customers and suppliers, as far as somebody may see them."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.partners.models import Partner, PartnerAddress
from factory_core.people.models import User
from factory_core.web.finders import MOST_FOUND, Found


class NoSuchPartner(Missing):
    """The company or its address does not exist, or the asker may not see it."""

    code = "no_such_partner"


def partners_seen(
    actor: User | AnonymousUser, q: str = "", side: str = "", *, unused: bool = False
) -> QuerySet[Partner]:
    """Companies by code, found by code, name, VAT number or GLN; `side` is "customer", "supplier" or both."""
    partners = visible(actor, Partner.objects.all()).order_by("code")
    if typed := q.strip():
        named = Q(code__icontains=typed) | Q(name__icontains=typed)
        partners = partners.filter(named | Q(vat_number__istartswith=typed) | Q(gln=typed))
    if side in ("customer", "supplier"):
        partners = partners.filter(**{f"is_{side}": True})
    return partners if unused else partners.filter(is_active=True)


def partners_found(actor: User, text: str) -> list[Found]:
    """The companies that a typed or scanned text may mean."""
    return [
        Found(_("Partner"), one.name, one.code, f"/partners/{one.pk}/", exact=text in (one.code, one.gln))
        for one in partners_seen(actor, text)[:MOST_FOUND]
    ]


def partner_or_missing(actor: User | AnonymousUser, partner_id: int) -> Partner:
    """A company. Raises NoSuchPartner."""
    partner = partners_seen(actor, unused=True).filter(pk=partner_id).first()
    if partner is None:
        raise NoSuchPartner(_("There is no such partner that you may see."))
    return partner


def addresses_of(actor: User | AnonymousUser, partner: Partner) -> QuerySet[PartnerAddress]:
    """The addresses of a company, those in use first."""
    return visible(actor, PartnerAddress.objects.filter(partner=partner)).order_by("-is_active", "pk")
