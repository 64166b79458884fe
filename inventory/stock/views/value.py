"""What the stock of a site is worth, now or as the books stood at the end of a day."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.clock import now
from factory_core.errors import Invalid
from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from inventory.stock.queries import values
from inventory.stock.queries.places import location_or_missing
from inventory.stock.rules.valuation import Held, by_average
from inventory.stock.views.common import NothingHere

VIEW = "inventory.cost.view"
BY_PLACE = "place"


class NoDayOfBooks(Invalid):
    """`on` is not a day that the books know."""

    code = "bad_day"


@never_cache
@require_GET
@door(VIEW)
def value(request: HttpRequest) -> HttpResponse:
    """`?site=` one site, `?on=` a day, `?by=place` each place, `?location=` one place and what is inside it."""
    user = signed_in(request)
    given = {name: request.GET.get(name, "").strip()[:200] for name in ("q", "site", "on", "by", "location")}
    sites = list(values.sites_valued(user))
    site = next((one for one in sites if one.code == given["site"] or not given["site"]), None)
    if site is None:
        raise NothingHere(_("There is no site here whose stock value you may see."))
    on = _day(given["on"], site)
    by_place = on is None and (given["by"] == BY_PLACE or bool(given["location"]))
    context: dict[str, Any] = {
        "given": given,
        "keep": {"site": given["site"], "on": given["on"], "by": given["by"], "location": given["location"]},
        "sites": sites,
        "site": site,
        "on": on,
        "today": now().astimezone(site.zone).date(),
        "by_place": by_place,
        "currency": settings.CURRENCY,
        **(_places(request, user, site, given) if by_place else _items(request, user, site, given["q"], on)),
    }
    return render(request, "inventory/stock/value.html", context)


def _items(request: HttpRequest, user: User, site: Site, text: str, on: date | None) -> dict[str, Any]:
    before = None
    if on is not None:
        before = datetime.combine(on + timedelta(days=1), time(), tzinfo=site.zone)
    found = values.values_of(user, site, text, before)
    page = page_of(request, found)
    rows = [_row(row.item, Held(row.held, row.worth)) for row in page.rows]
    return {
        "rows": rows,
        "total": values.total_of(found),
        "next_url": page.next_url,
        "previous_url": page.previous_url,
    }


def _places(request: HttpRequest, user: User, site: Site, given: dict[str, str]) -> dict[str, Any]:
    place = location_or_missing(user, given["location"], VIEW) if given["location"] else None
    found = values.places_valued(user, site, given["q"], place)
    page = page_of(request, found)
    worth = values.worth_of(site, page.rows)
    rows = [
        {**_row(row.item, Held(row.quantity, worth[row.pk])), "lot": row.lot, "location": row.location}
        for row in page.rows
    ]
    return {
        "rows": rows,
        "place": place,
        "total": values.total_at(site, found) if place else values.total_of(values.values_of(user, site, given["q"])),
        "next_url": page.next_url,
        "previous_url": page.previous_url,
    }


def _row(item: Any, held: Held) -> dict[str, Any]:
    each = by_average(held, Decimal(1)) if held.quantity > 1 else held.average
    return {"item": item, "quantity": held.quantity, "value": _cents(held.value), "each": each and _fine(each)}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def _fine(amount: Decimal) -> Decimal:
    """Cheap screws have a price too."""
    return amount.quantize(Decimal("0.0001"))


def _day(given: str, site: Site) -> date | None:
    """A day that is over; today and days to come are as good as now."""
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        day = None
    if day is None or not 1970 < day.year < 2200:
        raise NoDayOfBooks(
            _("'%(given)s' is not a day. Expected year-month-day, for example 2026-11-20.") % {"given": given}
        )
    return day if day < now().astimezone(site.zone).date() else None
