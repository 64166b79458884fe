"""What a request says about the moment and the state of things in which somebody decided."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.request import Request

from factory_core.errors import Invalid

TAPPED_AT_HEADER = "X-Millwright-Tapped-At"
# Tablets are set by the server's clock, but never exactly.
CLOCK_TOLERANCE = timedelta(seconds=5)
# Answers to taps are remembered as long, so an older one could have its effect twice.
OLDEST_TAP = timedelta(hours=72)


class BadMoment(Invalid):
    """The moment of the tap cannot be read."""

    code = "bad_moment"


class TapInFuture(Invalid):
    """The tap claims a moment that has not come."""

    code = "tap_in_future"


class TapTooOld(Invalid):
    """The tap waited for more than 72 hours."""

    code = "tap_too_old"


class BadVersion(Invalid):
    """`If-Match` names no version."""

    code = "bad_version"


def tapped_at(request: Request, at: datetime) -> datetime:
    """When the person tapped: the header, else the body's `at`, else the present moment `at`.

    Raises BadMoment, TapInFuture, TapTooOld.
    """
    given = request.headers.get(TAPPED_AT_HEADER) or (
        request.data.get("at") if isinstance(request.data, dict) else None
    )
    if not given:
        return at
    moment = _read(given)
    if moment > at + CLOCK_TOLERANCE:
        raise TapInFuture(
            _("This was tapped at %(tap)s, which is still to come: set the clock of the device.")
            % {"tap": moment.isoformat()}
        )
    if moment < at - OLDEST_TAP:
        raise TapTooOld(_("This was tapped at %(tap)s, more than 72 hours ago.") % {"tap": moment.isoformat()})
    return min(moment, at)


def version_read(request: Request) -> int | None:
    """The version of the record that the asker has read (`If-Match`, or `version` in the body), if they say so."""
    given: Any = request.headers.get("If-Match") or (
        request.data.get("version") if isinstance(request.data, dict) else None
    )
    if given is None:
        return None
    text = str(given).strip().removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > 9:
        raise BadVersion(_("'%(given)s' is not a version; send the number you have read.") % {"given": given})
    return int(text)


def _read(given: Any) -> datetime:
    try:
        moment = parse_datetime(str(given))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadMoment(
            _("'%(given)s' is not a moment. Expected RFC 3339 with an offset, for example 2026-11-20T10:00:00Z.")
            % {"given": given}
        )
    return moment
