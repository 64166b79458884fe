"""Pages of customers and suppliers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal, StaleVersion
from factory_core.partners import services
from factory_core.partners.forms import AddressForm, PartnerForm
from factory_core.partners.queries import NoSuchPartner, addresses_of, partner_or_missing, partners_seen
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from factory_core.web.stories import story_for

VIEW, MANAGE = "partner.view", services.MANAGE


@never_cache
@require_GET
@door(VIEW)
def partners(request: HttpRequest) -> HttpResponse:
    """Companies by code, narrowed while typing."""
    given = {name: request.GET.get(name, "").strip()[:200] for name in ("q", "side", "unused")}
    found = partners_seen(signed_in(request), given["q"], given["side"], unused=given["unused"] == "yes")
    page = page_of(request, found)
    context = {
        "given": given, "rows": page.rows, "next_url": page.next_url, "previous_url": page.previous_url,
        "may_manage": may(request.user, MANAGE),
    }  # fmt: skip
    return render(request, "factory_core/partners/partners.html", context)


@never_cache
@require_GET
@door(VIEW)
def partner(request: HttpRequest, partner_id: int) -> HttpResponse:
    """One company with its addresses and its story."""
    user = signed_in(request)
    found = partner_or_missing(user, partner_id)
    context = {"partner": found, "addresses": addresses_of(user, found), "may_manage": may(user, MANAGE)}
    return render(request, "factory_core/partners/partner.html", {**context, **story_for(user, found)})


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit(request: HttpRequest, partner_id: int = 0) -> HttpResponse:
    """Add a company, or change one; a page that grew stale shows both versions."""
    user = signed_in(request)
    found = partner_or_missing(user, partner_id) if partner_id else None
    form = PartnerForm(request.POST or None, record=found)
    clash: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
                if found is None:
                    kept = services.add_partner(actor=user, at=now(), **form.cleaned_data)
                else:
                    kept = services.change_partner(
                        actor=user, partner_id=found.pk, at=now(), version=_version(request), **form.cleaned_data
                    )
            return redirect("partner", partner_id=kept.pk)
        except StaleVersion as stale:
            clash = _clash(form, stale.details["current"])
        except Refusal as refusal:
            form.take(refusal.details.get("errors", ()), refusal.sentence)
    return _form_page(request, form, clash, partner=found, record=found)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def address(request: HttpRequest, partner_id: int, address_id: int = 0) -> HttpResponse:
    """Add an address to a company, or change one."""
    user = signed_in(request)
    company = partner_or_missing(user, partner_id)
    found = addresses_of(user, company).filter(pk=address_id).first() if address_id else None
    if address_id and found is None:
        raise NoSuchPartner(_("%(name)s has no such address.") % {"name": company.name})
    form = AddressForm(request.POST or None, record=found)
    clash: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        wish = {**form.cleaned_data, "actor": user, "partner_id": company.pk, "at": now()}
        try:
            with acting(user, channel="web"):
                if found is None:
                    services.add_address(**wish)
                else:
                    services.change_address(**wish, address_id=found.pk, version=_version(request))
            return redirect("partner", partner_id=company.pk)
        except StaleVersion as stale:
            clash = _clash(form, stale.details["current"])
        except Refusal as refusal:
            form.take(refusal.details.get("errors", ()), refusal.sentence)
    return _form_page(request, form, clash, partner=company, record=found, is_address=True)


def _form_page(
    request: HttpRequest, form: Any, clash: dict[str, Any] | None, *, record: Any, **context: Any
) -> HttpResponse:
    version = clash["version"] if clash else _version(request) or (record.version if record else 0)
    whole = {"form": form, "clash": clash, "version": version, "record": record, **context}
    status = 412 if clash else 422 if form.errors else 200
    return render(request, "factory_core/partners/edit.html", whole, status=status)


def _clash(form: Any, there: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {"label": form[name].label, "yours": form.cleaned_data[name], "theirs": there[name]}
        for name in form.fields
        if form.cleaned_data[name] != there[name]
    ]
    return {"by": "", "rows": rows, "version": there["version"]}


def _version(request: HttpRequest) -> int | None:
    said = request.POST.get("version", "")
    return int(said) if said.isdecimal() and len(said) < 10 else None
