"""Purchase requests, and enquiries with their offers side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import may, visible
from factory_core.errors import Missing
from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items.models import SupplierItem
from inventory.items.queries import factor_of
from inventory.purchasing.models import Enquiry, Offer, PurchaseRequest
from inventory.purchasing.rules import Answer, Compared, compare
from inventory.purchasing.states import RequestStatus


class NoSuchEnquiry(Missing):
    """The enquiry or offer does not exist, or the asker may not see it."""

    code = "no_such_purchase"


@dataclass(frozen=True)
class OfferRow:
    """An offer beside the others; `compared` is None for those who may not see prices."""

    offer: Offer
    compared: Compared | None

    @property
    def answered(self) -> bool:
        """Whether the supplier has named a price."""
        return self.offer.price is not None


def requests_seen(actor: User, *, text: str = "", show: str = "open") -> QuerySet[PurchaseRequest]:
    """The requests somebody may see, the newest first; `show`: open, ordered, rejected, all."""
    rows = visible(
        actor,
        PurchaseRequest.objects.select_related("item", "unit", "site", "requested_by", "order_line__order"),
    ).order_by("-id")
    return _narrowed(rows, text, show)


def own_requests(actor: User, *, text: str = "", show: str = "all") -> QuerySet[PurchaseRequest]:
    """What somebody asked for themselves, whether or not they may see what others ask for."""
    rows = PurchaseRequest.objects.select_related("item", "unit", "site", "requested_by", "order_line__order")
    mine = visible(actor, rows, "inventory.purchasing.request").filter(requested_by=actor).order_by("-id")
    return _narrowed(mine, text, show)


def _narrowed(rows: QuerySet[PurchaseRequest], text: str, show: str) -> QuerySet[PurchaseRequest]:
    known = {"open": RequestStatus.OPEN, "ordered": RequestStatus.ORDERED, "rejected": RequestStatus.REJECTED}
    if show in known:
        rows = rows.filter(status=known[show])
    if text:
        rows = rows.filter(
            Q(number__icontains=text)
            | Q(item__number__icontains=text)
            | Q(item__name__icontains=text)
            | Q(reason__icontains=text)
        )
    return rows


def suppliers_of_requests(actor: User, requests: Sequence[PurchaseRequest]) -> list[Partner]:
    """Suppliers who deliver one of the items asked for, the preferred ones first."""
    items = {request.item_id for request in requests}
    known = SupplierItem.objects.filter(item__in=items, is_active=True).values("supplier")
    rows = visible(actor, Partner.objects.filter(is_supplier=True, is_active=True, pk__in=known))
    return list(rows.annotate(many=Count("supplied")).order_by("-many", "code")[:50])


def enquiries_seen(actor: User, *, text: str = "", show: str = "all") -> QuerySet[Enquiry]:
    """The enquiries somebody may see, the newest first, with how many were asked and answered."""
    rows = visible(actor, Enquiry.objects.select_related("item", "unit", "site")).order_by("-id")
    if show in ("open", "decided"):
        rows = rows.filter(status=show.upper())
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(item__number__icontains=text) | Q(item__name__icontains=text))
    return rows.annotate(asked=Count("offers"), answered=Count("offers", filter=Q(offers__price__isnull=False)))


def enquiry_or_missing(actor: User, number: str, capability: str | None = None) -> Enquiry:
    """The enquiry of a number. Raises NoSuchEnquiry."""
    rows = visible(actor, Enquiry.objects.select_related("item__unit", "unit", "site"), capability)
    enquiry = rows.filter(number=number).first()
    if enquiry is None:
        raise NoSuchEnquiry(_("There is no enquiry %(number)s that you may see.") % {"number": number[:30]})
    return enquiry


def offers_compared(actor: User, enquiry: Enquiry, today: date) -> list[OfferRow]:
    """The offers of an enquiry, the best first, then by price; those without an answer last.

    Who may not see prices gets the suppliers in alphabetical order and no figures: the order would tell.
    """
    offers = list(enquiry.offers.select_related("supplier").order_by("supplier__name", "id"))
    if not may(actor, "inventory.cost.view", enquiry):
        return [OfferRow(offer, None) for offer in offers]
    answers = [
        Answer(one.pk, one.price, one.other_costs, one.currency, one.least_quantity, one.lead_time_days)
        for one in offers
    ]
    compared = compare(
        answers,
        quantity=enquiry.quantity,
        factor=factor_of(enquiry.item, enquiry.unit),
        wanted_on=enquiry.wanted_on,
        today=today,
    )
    rows = [OfferRow(offer, row) for offer, row in zip(offers, compared, strict=True)]
    return sorted(rows, key=_best_first)


def _best_first(row: OfferRow) -> tuple[bool, bool, object]:
    price = row.compared.base_price if row.compared else None
    return not (row.compared and row.compared.is_best), price is None, price or 0
