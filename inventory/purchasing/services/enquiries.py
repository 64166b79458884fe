"""Ask several suppliers, note what they answer, choose one."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.access.versions import readable, refuse_stale
from factory_core.events.services import publish
from factory_core.numbering.services import next_number
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item, Unit
from inventory.items.queries import factor_of
from inventory.purchasing import events
from inventory.purchasing.models import Enquiry, Offer, PurchaseOrder
from inventory.purchasing.services.locking import locked_enquiry, save
from inventory.purchasing.services.orders import MANAGE, SEE_COST, LineWish, create_order
from inventory.purchasing.services.refusals import BadPurchase, NoSuchPurchase, WrongPurchaseStatus
from inventory.purchasing.states import EnquiryStatus

OFFER_FIELDS = ("price", "other_costs", "currency", "least_quantity", "lead_time_days", "valid_until", "reference")


def enquire(
    *,
    actor: User,
    site: Site,
    item: Item,
    quantity: Decimal,
    suppliers: Sequence[Partner],
    at: datetime,
    unit: Unit | None = None,
    wanted_on: date | None = None,
    answer_by: date | None = None,
) -> Enquiry:
    """Put the same question to several suppliers. Raises BadPurchase, NoConversion."""
    require(actor, MANAGE, site)
    unit = unit or item.unit
    factor_of(item, unit)
    if not 0 < quantity < Decimal(10) ** 11:
        raise BadPurchase(_("%(quantity)s is not a quantity to ask for.") % {"quantity": readable(quantity)})
    if not suppliers:
        raise BadPurchase(_("Name at least one supplier to ask."))
    for supplier in suppliers:
        if not supplier.is_supplier or not supplier.is_active:
            raise BadPurchase(_("%(partner)s is not a supplier in use.") % {"partner": supplier.name})
    enquiry = Enquiry.objects.create(
        number=next_number("enquiry", prefix="ENQ-"),
        site=site,
        item=item,
        quantity=quantity,
        unit=unit,
        wanted_on=wanted_on,
        answer_by=answer_by,
    )
    for supplier in dict.fromkeys(suppliers):
        Offer.objects.create(enquiry=enquiry, supplier=supplier, currency=settings.CURRENCY)
    names = ", ".join(supplier.name for supplier in dict.fromkeys(suppliers))
    publish(
        events.ENQUIRY_SENT, about=[enquiry, item], at=at, actor=actor,
        suppliers=names, quantity=readable(quantity), unit=unit.code,
    )  # fmt: skip
    return enquiry


def note_offer(
    *,
    actor: User,
    enquiry_id: int,
    supplier: Partner,
    price: Decimal | None,
    at: datetime,
    other_costs: Decimal = Decimal(0),
    currency: str = "",
    least_quantity: Decimal = Decimal(0),
    lead_time_days: int | None = None,
    valid_until: date | None = None,
    reference: str = "",
    version: int | None = None,
) -> Offer:
    """Write down what a supplier answered; also one who was not asked. Raises BadPurchase, StaleVersion."""
    enquiry = locked_enquiry(actor, enquiry_id)
    require(actor, MANAGE, enquiry)
    require(actor, SEE_COST, enquiry)
    _open(enquiry)
    if not supplier.is_supplier:
        raise BadPurchase(_("%(partner)s is not a supplier in use.") % {"partner": supplier.name})
    if (price is not None and price < 0) or other_costs < 0 or least_quantity < 0:
        raise BadPurchase(_("Price, other costs and least quantity are zero or more."))
    offer, first = Offer.objects.select_for_update().get_or_create(
        enquiry=enquiry, supplier=supplier, defaults={"currency": currency or settings.CURRENCY}
    )
    if not first:
        refuse_stale(actor, offer, version, OFFER_FIELDS)
    save(
        offer,
        {
            "price": price,
            "other_costs": other_costs,
            "currency": currency or offer.currency,
            "least_quantity": least_quantity,
            "lead_time_days": lead_time_days,
            "valid_until": valid_until,
            "reference": reference[:80],
        },
    )
    publish(events.OFFER_NOTED, about=[enquiry, supplier], at=at, actor=actor)
    return offer


def choose_offer(*, actor: User, offer_id: int, at: datetime, version: int | None = None) -> PurchaseOrder:
    """Decide for an offer: its supplier gets a draft order at its price. Raises WrongPurchaseStatus, BadPurchase.

    An offer is for the quantity asked; a least quantity above it is what gets ordered. An offer no longer valid is
    refused. `version` is the offer's: who chose must have seen the price.
    """
    known = Offer.objects.filter(pk=offer_id).values_list("enquiry_id", flat=True).first()
    if known is None:
        raise NoSuchPurchase(_("There is no such offer that you may see."))
    enquiry = locked_enquiry(actor, known)
    require(actor, MANAGE, enquiry)
    require(actor, SEE_COST, enquiry)
    _open(enquiry)
    offer = Offer.objects.select_for_update(of=("self",)).select_related("supplier").get(pk=offer_id)
    refuse_stale(actor, offer, version, OFFER_FIELDS)
    today = at.astimezone(enquiry.site.zone).date()
    if offer.price is None:
        raise BadPurchase(_("%(supplier)s has named no price yet.") % {"supplier": offer.supplier.name})
    if offer.valid_until and offer.valid_until < today:
        raise BadPurchase(
            _("The offer of %(supplier)s was valid until %(day)s. Ask again, then choose.")
            % {"supplier": offer.supplier.name, "day": offer.valid_until.isoformat()}
        )
    arrives = None if offer.lead_time_days is None else today + timedelta(days=offer.lead_time_days)
    wish = LineWish(
        enquiry.item, max(enquiry.quantity, offer.least_quantity), enquiry.unit, offer.price,
        wanted_on=enquiry.wanted_on or arrives, promised_on=arrives,
    )  # fmt: skip
    order = create_order(
        actor=actor, supplier=offer.supplier, site=enquiry.site, at=at, lines=[wish], currency=offer.currency,
        supplier_reference=offer.reference, note=_("After enquiry %(number)s") % {"number": enquiry.number},
    )  # fmt: skip
    save(offer, {"is_chosen": True})
    save(enquiry, {"status": EnquiryStatus.DECIDED.value})
    publish(events.OFFER_CHOSEN, about=[enquiry, offer.supplier, order], at=at, actor=actor)
    return order


def cancel_enquiry(*, actor: User, enquiry_id: int, at: datetime, version: int | None = None) -> Enquiry:
    """Stop asking. Raises WrongPurchaseStatus once decided."""
    enquiry = locked_enquiry(actor, enquiry_id, version)
    require(actor, MANAGE, enquiry)
    if enquiry.status == EnquiryStatus.CANCELLED:
        return enquiry
    _open(enquiry)
    save(enquiry, {"status": EnquiryStatus.CANCELLED.value})
    publish(events.ENQUIRY_CANCELLED, about=[enquiry, enquiry.item], at=at, actor=actor)
    return enquiry


def _open(enquiry: Enquiry) -> None:
    if enquiry.status != EnquiryStatus.OPEN:
        word = events.ENQUIRY_WORDS[EnquiryStatus(enquiry.status)]
        raise WrongPurchaseStatus(
            _("%(enquiry)s is %(word)s; it cannot be changed any more.") % {"enquiry": enquiry.number, "word": word}
        )
