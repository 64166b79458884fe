"""Tags of the screens: glyphs, running clocks, numbers in the reader's format, server drawings."""

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.http import QueryDict
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from factory_core.clock import now as clock_now
from factory_core.web import charts, display
from factory_core.web.links import link_to

register = template.Library()

register.filter("duration", display.duration)
register.filter("clock", display.clock)
register.filter("quantity", display.quantity)


@register.filter
def ms(at: datetime) -> int:
    """A moment in milliseconds, for `data-since` and live messages."""
    return display.milliseconds(at)


@register.filter
def glyph_of(state: str) -> str:
    """The glyph of a display family."""
    return display.FAMILIES[state].glyph


@register.filter
def word_of(state: str) -> str:
    """The plain word of a display family."""
    return str(display.FAMILIES[state].word)


@register.filter
def qty(value: Decimal | int | float | None) -> str:
    """A quantity in the reader's format, without trailing zeros."""
    return display.quantity(value)


@register.filter
def money(amount: Decimal | int | None, currency: str = "") -> str:
    """An amount in the reader's format, with the currency where one is given."""
    return display.money(amount, currency)


@register.simple_tag
def thing_link(kind: str, key: int | None, label: str) -> SafeString | str:
    """A link to the page of a thing known by kind and id; its label alone where it has none."""
    address = link_to(kind, key, label)
    return format_html('<a href="{}">{}</a>', address, label) if address else label


@register.simple_tag
def families() -> list[display.Family]:
    """All eight display families, for legends and for the words the live script needs."""
    return list(display.FAMILIES.values())


@register.simple_tag
def icon(name: str, label: str = "", css: str = "icon") -> SafeString:
    """A drawing out of the sprite; decoration unless it has a label."""
    return _icon(name, str(label), css)


@cache
def _icon(name: str, label: str, css: str) -> SafeString:
    # A floor of 200 machines draws the same few hundreds of times.
    address = f"{static('icons/sprite.svg')}#{name}"
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, address)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', css, address)


@register.simple_tag
def since(at: datetime, now: datetime | None = None, css: str = "clock") -> SafeString:
    """A clock that runs up from `at`; the script counts on against the server's time."""
    seconds = (display.milliseconds(now or clock_now()) - display.milliseconds(at)) / 1000
    # Moments and a length of time, no text of anybody.
    return SafeString(
        f'<time class="{css}" data-since="{ms(at)}" datetime="{at.isoformat()}">{display.clock(seconds)}</time>'
    )


@register.simple_tag
def timeline(
    bands: list[charts.Band], start: datetime, end: datetime, now: datetime | None = None, label: str = ""
) -> SafeString:
    """One row of bands between start and end."""
    return charts.timeline(bands, start, end, now=now, label=label)


@register.simple_tag
def axis(start: datetime, end: datetime) -> SafeString:
    """The hours under a timeline; give local times, the labels are theirs."""
    return charts.axis(start, end)


@register.simple_tag
def progress(
    done: Decimal | float, target: Decimal | float | None, expected: Decimal | float | None = None, label: str = ""
) -> SafeString:
    """How far an order is, with a mark where it should be by now."""
    return charts.progress(float(done), float(target or 0), None if expected is None else float(expected), label=label)


@register.simple_tag
def sparkline(values: list[float | None], label: str = "") -> SafeString:
    """A small line over evenly spaced values."""
    return charts.sparkline(values, label=label)


@register.simple_tag
def pareto(bars: list[charts.Bar]) -> list[tuple[charts.Bar, SafeString]]:
    """Bars with their drawings, the longest filling the width."""
    return charts.pareto(bars)


@register.simple_tag(takes_context=True)
def theme(context: dict[str, Any]) -> str:
    """The theme the person chose; "" follows the device. Kept in a cookie so the first paint is right."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in ("light", "dark") else ""


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """This page's query string with some values changed; None removes one."""
    params: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            params.pop(name, None)
        else:
            params[name] = str(value)
    return f"?{params.urlencode()}"


@register.inclusion_tag("importing/_export.html", takes_context=True)
def export(context: dict[str, Any], name: str, *, named: bool = False) -> dict[str, Any]:
    """The way out of a list, for those who may take things of its kind out; nothing for all others."""
    # Asked for when a page is drawn: what can be imported is described by apps above this one's room, and rights are
    # asked of tables.
    from factory_core.access.policy import may
    from factory_core.importing.kinds import kind_named

    kind = kind_named(name)
    if kind is None or not may(context["request"].user, kind.capability):
        return {}
    return {"url": reverse("import-export", args=[name]), "label": kind.label, "named": named}
