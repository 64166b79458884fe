"""Purchase requests, and enquiries with their offers side by side."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.policy import may
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from factory_core.web.stories import story_for
from inventory.purchasing import services
from inventory.purchasing.forms import EnquiryForm, OfferForm, RequestForm
from inventory.purchasing.models import Enquiry
from inventory.purchasing.queries import asking as queries
from inventory.purchasing.queries.orders import supplier_or_missing
from inventory.purchasing.states import EnquiryStatus
from inventory.purchasing.views.common import (
    COST,
    MANAGE,
    REQUEST,
    VIEW,
    acted,
    at_site,
    chip,
    number_of,
    today_at,
    typed,
)

REQUEST_TABS = [
    ("open", lazy("Open")),
    ("ordered", lazy("Ordered")),
    ("rejected", lazy("Rejected")),
    ("all", lazy("All")),
]


@never_cache
@require_GET
@door(VIEW)
def requests(request: HttpRequest) -> HttpResponse:
    """What is asked for; a buyer orders or rejects it here."""
    return _requests(request)


@never_cache
@require_GET
@door(REQUEST)
def own(request: HttpRequest) -> HttpResponse:
    """What somebody asked for themselves, and what became of it."""
    show = request.GET.get("show", "all")
    page = page_of(request, queries.own_requests(signed_in(request), text=typed(request), show=show), newest_first=True)
    context = {
        "page": page,
        "rows": [(row, chip(row.status, "request")) for row in page.rows],
        "show": show,
        "keep": {"show": show},
        "tabs": REQUEST_TABS,
        "mine": True,
        "may_see_all": may(request.user, VIEW),
    }
    return render(request, "inventory/purchasing/requests.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@door(REQUEST)
def new_request(request: HttpRequest) -> HttpResponse:
    """Ask for something to be bought."""
    form = RequestForm(signed_in(request), request.POST or None, initial={"item": request.GET.get("item", "")[:60]})
    if request.method == "POST" and form.is_valid():
        try:
            acted(request, services.request_purchase, **_wish(form.cleaned_data))
            return redirect("own-requests")
        except Refusal as refusal:
            form.take(refusal)
    context = {"form": form, "title": _("Ask for something to be bought"), "back": "own-requests"}
    return render(request, "inventory/purchasing/new.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
@door(MANAGE)
def order_requests(request: HttpRequest) -> HttpResponse:
    """One draft order for the chosen requests, each ordered once."""
    chosen = [pk for pk in map(number_of, request.POST.getlist("request")) if pk is not None]
    try:
        supplier = supplier_or_missing(signed_in(request), request.POST.get("supplier", ""))
        order = acted(request, services.order_requests, request_ids=chosen, supplier=supplier)
    except Refusal as refusal:
        return _requests(request, refusal)
    return redirect("purchase-order", number=order.number)


@never_cache
@require_POST
@door(MANAGE)
def reject(request: HttpRequest, request_id: int) -> HttpResponse:
    """Say no, and why."""
    try:
        acted(
            request, services.reject_request, request_id=request_id, reason=request.POST.get("reason", ""),
            version=number_of(request.POST.get("version")),
        )  # fmt: skip
    except Refusal as refusal:
        return _requests(request, refusal)
    return redirect("purchase-requests")


@never_cache
@require_GET
@door(VIEW)
def enquiries(request: HttpRequest) -> HttpResponse:
    """The enquiries, newest first, with how many answered."""
    show = request.GET.get("show", "open")
    seen = queries.enquiries_seen(signed_in(request), text=typed(request), show=show)
    page = page_of(request, seen, newest_first=True)
    context = {
        "page": page,
        "rows": [(row, chip(row.status, "enquiry")) for row in page.rows],
        "show": show,
        "keep": {"show": show},
        "tabs": [("open", _("Open")), ("decided", _("Decided")), ("all", _("All"))],
        "may_manage": may(request.user, MANAGE),
    }
    return render(request, "inventory/purchasing/enquiries.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def new_enquiry(request: HttpRequest) -> HttpResponse:
    """Put the same question to several suppliers."""
    form = EnquiryForm(signed_in(request), request.POST or None, initial={"item": request.GET.get("item", "")[:60]})
    if request.method == "POST" and form.is_valid():
        try:
            enquiry = acted(request, services.enquire, **_wish(form.cleaned_data))
            return redirect("enquiry", number=enquiry.number)
        except Refusal as refusal:
            form.take(refusal)
    context = {"form": form, "title": _("New enquiry"), "back": "enquiries"}
    return render(request, "inventory/purchasing/new.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
@door(VIEW)
def enquiry(request: HttpRequest, number: str) -> HttpResponse:
    """An enquiry with its offers side by side: the best is named in words."""
    return _enquiry(request, queries.enquiry_or_missing(signed_in(request), number))


@never_cache
@require_POST
@door(MANAGE)
def note_offer(request: HttpRequest, number: str, offer_id: int = 0) -> HttpResponse:
    """Write down what a supplier answered: of an offer that was asked for, or of somebody else."""
    enquiry = queries.enquiry_or_missing(signed_in(request), number, MANAGE)
    offer = enquiry.offers.select_related("supplier").filter(pk=offer_id).first() if offer_id else None
    form = OfferForm(signed_in(request), request.POST, offer=offer)
    if form.is_valid():
        told = {"supplier": offer.supplier, "version": number_of(request.POST.get("version"))} if offer else {}
        try:
            acted(request, services.note_offer, enquiry_id=enquiry.pk, **{**form.wish(), **told})
            return redirect("enquiry", number=number)
        except Refusal as refusal:
            form.take(refusal)
    return _enquiry(request, enquiry, form=form, form_of=offer_id)


@never_cache
@require_POST
@door(MANAGE)
def choose(request: HttpRequest, number: str, offer_id: int) -> HttpResponse:
    """Decide for an offer: its supplier gets a draft order."""
    enquiry = queries.enquiry_or_missing(signed_in(request), number, MANAGE)
    if not enquiry.offers.filter(pk=offer_id).exists():
        raise queries.NoSuchEnquiry(_("There is no such offer that you may see."))
    try:
        order = acted(request, services.choose_offer, offer_id=offer_id, version=number_of(request.POST.get("version")))
    except Refusal as refusal:
        return _enquiry(request, enquiry, refusal=refusal)
    return redirect("purchase-order", number=order.number)


@never_cache
@require_POST
@door(MANAGE)
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Stop asking."""
    enquiry = queries.enquiry_or_missing(signed_in(request), number, MANAGE)
    try:
        acted(request, services.cancel_enquiry, enquiry_id=enquiry.pk, version=number_of(request.POST.get("version")))
    except Refusal as refusal:
        return _enquiry(request, enquiry, refusal=refusal)
    return redirect("enquiry", number=number)


def _requests(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    user, show = signed_in(request), request.GET.get("show", "open")
    page = page_of(request, queries.requests_seen(user, text=typed(request), show=show), newest_first=True)
    may_manage = may(user, MANAGE)
    context = {
        "page": page,
        "rows": [(row, chip(row.status, "request")) for row in page.rows],
        "show": show,
        "keep": {"show": show},
        "tabs": REQUEST_TABS,
        "may_manage": may_manage,
        "may_request": may(user, REQUEST),
        "suppliers": queries.suppliers_of_requests(user, page.rows) if may_manage else [],
        "refusal": refusal,
    }
    return render(request, "inventory/purchasing/requests.html", context, status=refusal.status if refusal else 200)


def _enquiry(
    request: HttpRequest,
    enquiry: Enquiry,
    *,
    form: OfferForm | None = None,
    form_of: int = 0,
    refusal: Refusal | None = None,
) -> HttpResponse:
    user = signed_in(request)
    is_open = enquiry.status == EnquiryStatus.OPEN
    may_decide = is_open and may(user, MANAGE, enquiry) and may(user, COST, enquiry)
    rows = queries.offers_compared(user, enquiry, today_at(enquiry.site))
    context = {
        "enquiry": enquiry,
        "chip": chip(enquiry.status, "enquiry"),
        "rows": [
            (
                row,
                (form if form_of == row.offer.pk and form else OfferForm(user, offer=row.offer))
                if may_decide
                else None,
            )
            for row in rows
        ],
        "may_decide": may_decide,
        "form_of": form_of if form else None,
        "new_form": (form if form and not form_of else OfferForm(user)) if may_decide else None,
        "refusal": refusal,
        "history_url": f"/history/inventory.enquiry/{enquiry.pk}/" if may(user, "trail.view", enquiry) else "",
        **story_for(user, enquiry),
    }
    return at_site(
        request, enquiry.site, "enquiry.html", context, status=refusal.status if refusal else 422 if form else 200
    )


def _wish(said: dict[str, object]) -> dict[str, object]:
    """Empty answers are no answers."""
    return {name: value for name, value in said.items() if value != ""}
