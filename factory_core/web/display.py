"""How a machine's state, a length of time and a number are shown. Pure: given values, answer.

Eight display families carry colour, glyph and pattern (the source of truth is
`static/tokens/state_tokens.json`); the word says which machine state it was.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Text = str | Promise


@dataclass(frozen=True)
class Family:
    """One of the eight ways a machine is drawn."""

    key: str
    glyph: str
    pattern: str
    urgency: str
    word: Text


FAMILIES = {
    family.key: family
    for family in (
        Family("run", "play", "none", "ok", gettext_lazy("Running")),
        Family("slow", "gauge", "none", "attention", gettext_lazy("Running slowly")),
        Family("wait", "hourglass", "hatch", "attention", gettext_lazy("Waiting")),
        Family("stop", "square", "none", "act", gettext_lazy("Stopped")),
        Family("ask", "question", "stripe", "act", gettext_lazy("Stopped, no reason")),
        Family("setup", "wrench", "none", "mandatory", gettext_lazy("Set-up")),
        Family("plan", "pause", "none", "neutral", gettext_lazy("Planned stop")),
        Family("off", "unplug", "dots", "neutral", gettext_lazy("No data")),
    )
}

_FAMILY_OF_STATE = {
    "PRODUCING": "run",
    "SETUP": "setup",
    "IDLE": "wait",
    "BLOCKED": "wait",
    "STARVED": "wait",
    "STOPPED": "stop",
    "FAULT": "stop",
    "MAINTENANCE": "plan",
    "OFF": "off",
    "NO_DATA": "off",
}
_WORD_OF_STATE: dict[str, Text] = {
    "IDLE": gettext_lazy("Idle"),
    "BLOCKED": gettext_lazy("Blocked"),
    "STARVED": gettext_lazy("Waiting for material"),
    "FAULT": gettext_lazy("Fault"),
    "MAINTENANCE": gettext_lazy("Maintenance"),
    "OFF": gettext_lazy("Switched off"),
    "NO_DATA": gettext_lazy("No data"),
}
_STANDS_STILL = {"IDLE", "BLOCKED", "STARVED", "STOPPED", "FAULT"}


def display_state(state: str, *, asks: bool = False, planned: bool = False, slow: bool = False) -> str:
    """The display family of a machine state.

    `asks`: a stop longer than the machine's limit has no reason yet.
    `planned`: the reason given is a planned one (break, no order).
    `slow`: it produces below its ideal rate. A state nobody knows is drawn as "off".
    """
    if state in _STANDS_STILL and planned:
        return "plan"
    if state in _STANDS_STILL and asks:
        return "ask"
    if state == "PRODUCING" and slow:
        return "slow"
    return _FAMILY_OF_STATE.get(state, "off")


def display_word(state: str, family: str) -> Text:
    """The word beside the glyph: the family's own, or the machine state's where it says more."""
    if family in ("ask", "plan", "slow") and state != "MAINTENANCE":
        return FAMILIES[family].word
    return _WORD_OF_STATE.get(state, FAMILIES[family].word)


def milliseconds(at: datetime) -> int:
    """A moment as whole milliseconds since 1970 in UTC, as the live messages carry it."""
    return round(at.timestamp() * 1000)


def clock(seconds: float) -> str:
    """A running length of time: 4:19, 1:02:03, and days once hours stop being readable."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, day_hours = divmod(hours, 24)
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": day_hours}
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def duration(seconds: float) -> str:
    """A finished length of time, rounded to what a person would say: 42 s, 17 min, 1 h 12 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return _("%(seconds)d s") % {"seconds": whole}
    minutes = round(whole / 60)
    if minutes < 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    hours, minutes = divmod(minutes, 60)
    if minutes == 0:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


def quantity(value: Decimal | int | float | None) -> str:
    """A number in the reader's format without trailing zeros; a dash where there is none."""
    if value is None:
        return "–"
    number = Decimal(str(value)).normalize()
    exponent = number.as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    return str(number_format(number, decimal_pos=places, use_l10n=True, force_grouping=True))


def money(amount: Decimal | int | None, currency: str = "") -> str:
    """An amount with two digits behind the point, more where it has more; the currency's code behind it."""
    if amount is None:
        return "–"
    exponent = Decimal(amount).normalize().as_tuple().exponent
    places = max(2, -exponent) if isinstance(exponent, int) else 2
    text = str(number_format(Decimal(amount), decimal_pos=places, use_l10n=True, force_grouping=True))
    return f"{text} {currency}".strip()


def percent(part: float, whole: float) -> int:
    """How much of the whole, in whole percent; nothing of nothing is 0."""
    return round(100 * part / whole) if whole else 0
