"""The chain of causes as a person would say it, with links to what it names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from factory_core.web.display import duration, quantity
from factory_core.web.links import link_to
from production.promises.events import CAUSE_WORDS, RISK_WORDS
from production.promises.models import LineForecast, OrderForecast
from production.promises.rules.covering import CoverKind
from production.promises.rules.outlook import PURCHASE
from production.promises.states import Cause, Risk

RISK_FAMILIES = {Risk.NONE: "run", Risk.TIGHT: "slow", Risk.LATE: "stop", Risk.UNKNOWN: "ask"}
RISK_ICONS = {Risk.NONE: "check", Risk.TIGHT: "hourglass", Risk.LATE: "alert", Risk.UNKNOWN: "question"}


@dataclass(frozen=True)
class Told:
    """One link of a chain: the word for it, its sentence, and where the thing it names has its page."""

    word: str
    sentence: str
    url: str


@dataclass(frozen=True)
class Row:
    """A forecast ready to be shown; `facts` are words with what is to be said beside them."""

    forecast: Any
    chip: dict[str, Any]
    facts: list[tuple[str, str]]
    chain: list[Told]


def chain_told(causes: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> list[Told]:
    """All links, the nearest first."""
    return [_told(cause, zone) for cause in causes]


def of_order(forecast: OrderForecast, zone: ZoneInfo) -> Row:
    """The forecast of a production order."""
    facts = [
        (_("Due"), when(forecast.order.due_at, zone)), (_("Expected done"), when(forecast.finish_at, zone)),
        (_("Work left"), duration(float(forecast.work_left_s))), *_late(forecast),
    ]  # fmt: skip
    return _row(forecast, facts, zone)


def of_line(forecast: LineForecast, zone: ZoneInfo) -> Row:
    """The forecast of a sales line among those of other customers."""
    facts = [(_("Customer"), forecast.line.order.customer.name), *_readiness(forecast, zone)]
    return _row(forecast, facts, zone)


def of_line_alone(forecast: LineForecast, zone: ZoneInfo) -> Row:
    """The forecast of a sales line on the page of its order: with what covers it."""
    facts = _readiness(forecast, zone)
    covers = [(_cover(one, zone),) for one in forecast.covered_by]
    if covers:
        facts.append((_("Covered by"), format_html_join(", ", "{}", covers)))
    return _row(forecast, facts, zone)


def when(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment on the site's clock."""
    return date_format(moment.astimezone(zone), "SHORT_DATETIME_FORMAT") if moment else ""


def day(on: date | None) -> str:
    """A day in the reader's format."""
    return date_format(on, "SHORT_DATE_FORMAT") if on else ""


def address_of(kind: str, key: int | None, label: str) -> str:
    """The page of what a cause names; a line is shown by its order."""
    if kind == PURCHASE:
        return reverse("purchase-order", args=[label.split(" · ")[0]])
    return link_to(kind, key, label)


def _row(forecast: OrderForecast | LineForecast, facts: list[tuple[str, str]], zone: ZoneInfo) -> Row:
    risk = Risk(forecast.risk)
    chip = {"word": RISK_WORDS[risk], "family": RISK_FAMILIES[risk], "icon": RISK_ICONS[risk]}
    return Row(forecast, chip, facts, chain_told(forecast.causes, zone))


def _readiness(forecast: LineForecast, zone: ZoneInfo) -> list[tuple[str, str]]:
    promised, ready = day(forecast.promised_on), when(forecast.ready_at, zone)
    return [(_("Promised"), promised), (_("Expected ready"), ready), *_late(forecast)]


def _late(forecast: OrderForecast | LineForecast) -> list[tuple[str, str]]:
    return [(_("Late by"), duration(forecast.late_s))] if forecast.late_s else []


def _told(cause: Mapping[str, Any], zone: ZoneInfo) -> Told:
    known = Cause(cause["cause"])
    until = when(datetime.fromisoformat(cause["until"]) if cause.get("until") else None, zone)
    facts = {"what": cause["label"], "time": duration(cause["seconds"]), "until": until}
    sentence = _sentence(known, bool(cause["seconds"]), bool(until)) % facts
    return Told(str(CAUSE_WORDS[known]), sentence, address_of(cause["kind"], cause["id"], cause["label"]))


def _sentence(cause: Cause, has_time: bool, has_end: bool) -> str:
    """The sentence with holes for `what`, `time` and `until`."""
    match cause:
        case Cause.QUEUE:
            return _("%(what)s is before it at the machine: %(time)s.")
        case Cause.STOP:
            return _("%(what)s. It stands, expected until %(until)s: %(time)s.")
        case Cause.MATERIAL if has_end:
            return _("Material comes with %(what)s, expected until %(until)s: %(time)s from now.")
        case Cause.MATERIAL:
            return _("Material comes with %(what)s, and nobody said when.")
        case Cause.CHILD if has_end:
            return _("It waits for order %(what)s, expected until %(until)s: %(time)s from now.")
        case Cause.CHILD:
            return _("It waits for order %(what)s, and nobody can tell when that will be done.")
        case Cause.HOLD:
            return _("What there is of %(what)s is held.")
        case Cause.NOTHING_MADE:
            return _("Not enough of %(what)s is there, and nobody makes or buys it.")
        case Cause.CAPACITY if has_time:
            return _("Even alone its work would end %(time)s too late: there are not enough shifts until then.")
        case Cause.CAPACITY:
            return _("No steps, no machine or no working time are known for it.")
        case Cause.NOT_SENT:
            return _("All of it lies in stock, and it was not sent in time.")
    return _("It begins %(time)s later than planned.")


def _cover(cover: Mapping[str, Any], zone: ZoneInfo) -> str:
    """How much and from where, as a link to the page of that."""
    kind, amount = CoverKind(cover["kind"]), quantity(cover["quantity"])
    if kind is CoverKind.STOCK:
        return f"{amount} {_('from stock')}"
    at = when(datetime.fromisoformat(cover["at"]) if cover["at"] else None, zone) or _("unknown when")
    thing = "production.productionorder" if kind is CoverKind.ORDER else PURCHASE
    url, source = address_of(thing, cover["id"], cover["label"]), f"{cover['label']} ({at})"
    return format_html('{} <a href="{}">{}</a>', amount, url, source) if url else f"{amount} {source}"
