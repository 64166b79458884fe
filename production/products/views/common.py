"""What the pages of products share."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal, StaleVersion
from factory_core.people.models import User
from factory_core.web.stories import story_for
from inventory.items.forms import PlainForm
from production.products.queries import Compared
from production.products.rules.arrays import LARGEST

VIEW, MANAGE, RELEASE = "production.product.view", "production.product.manage", "production.product.release"
# Refusals that belong to a field, where the act does not say so itself.
_FIELDS = {"no_conversion": "unit", "product_ring": "item", "no_such_item": "item", "one_released_a_day": "valid_from"}


def today() -> date:
    """The day it is where the reader is."""
    return timezone.localdate(now())


def day_of(request: HttpRequest) -> date:
    """The day asked for, else today."""
    try:
        return parse_date(request.GET.get("on", "")) or today()
    except ValueError:
        return today()


def quantity_of(request: HttpRequest) -> Decimal:
    """The quantity asked for, else one."""
    try:
        asked = Decimal(request.GET.get("quantity", "").strip().replace(",", ".") or 1)
    except InvalidOperation:
        return Decimal(1)
    return asked if asked.is_finite() and 0 < asked <= LARGEST // 1_000_000 else Decimal(1)


def version_of(request: HttpRequest) -> int | None:
    """The version the page was drawn from."""
    said = request.POST.get("version", "")
    return int(said) if said.isdecimal() and len(said) < 10 else None


def sheet(
    request: HttpRequest,
    form: PlainForm,
    act: Callable[..., Any],
    back: str,
    *,
    title: str,
    record: Any = None,
    afresh: Callable[[], Any] | None = None,
    **more: Any,
) -> HttpResponse:
    """A page with one form: show it, or do the act under the person's name and go back.

    `act(facts, version)` runs inside the person's transaction. A stale version shows both (`afresh` reads the record
    again); other refusals stand beside their fields.
    """
    user: User = request.user  # type: ignore[assignment]  # doors let people in only
    clash: dict[str, Any] | None = None
    version = version_of(request) or getattr(record, "version", 0)
    if request.method == "POST" and form.is_valid():
        try:
            with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
                act(user, form.cleaned_data, version_of(request))
            return redirect(back)
        except StaleVersion as stale:
            there = afresh() if afresh else record
            clash = _clash(user, form, there)
            version = stale.details["current"]["version"]
        except Refusal as refusal:
            named = _FIELDS.get(refusal.code)
            if named in form.fields:
                form.add_error(named, refusal.sentence)
            else:
                form.take(refusal.details.get("errors", ()), refusal.sentence)
    context = {"form": form, "title": title, "back": back, "clash": clash, "version": version, "record": record, **more}
    status = 412 if clash else 422 if form.errors else 200
    return render(request, "production/products/sheet.html", context, status=status)


def _clash(user: User, form: PlainForm, there: Any) -> dict[str, Any]:
    told = story_for(user, getattr(there, "bom", None) or getattr(there, "routing", None) or there, 1)["story"]
    both = {
        name: (_shown(form.cleaned_data.get(name)), _shown(getattr(there, name)))
        for name in form.fields
        if hasattr(there, name) and name != "machines"
    }
    rows = [
        {"label": form[name].label, "yours": yours, "theirs": theirs}
        for name, (yours, theirs) in both.items()
        if yours != theirs
    ]
    return {"by": told[0].who if told else "", "rows": rows}


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)


def labelled(found: Compared, kind: type[models.Model]) -> dict[str, Any]:
    """What differs, by the names people know: of the head, and of each line or operation (`kind`)."""
    rows = [
        (change.after.get("item") or f"{change.after['number']} · {change.after['name']}", _label(kind, name), both)
        for change in found.changed
        for name, both in change.facts.items()
    ]
    return {"head": [(_label(type(found.before), name), both) for name, both in found.head.items()], "changes": rows}


def _label(kind: type[models.Model], name: str) -> str:
    field: Any = next((one for one in kind._meta.get_fields() if one.name == name), None)
    if field is None:
        return name
    if field.auto_created:
        return str(field.related_model._meta.verbose_name_plural)
    return str(field.verbose_name)
