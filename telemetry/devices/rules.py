"""Credentials of gateways, and how long silence may last. Plain Python."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

GATEWAY_PREFIX = "mwg_"
CODE_LIFETIME = timedelta(minutes=15)
# Three heartbeats of five seconds missed, and a little for the way.
SILENT_AFTER = timedelta(seconds=20)


# A credential seen in two places stays an alarm this long after it was last seen so, unless it was exchanged.
TWIN_ALARM = timedelta(days=1)


class Ending(StrEnum):
    """How near the end of a certificate is."""

    FAR = "far"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    OVER = "over"


def ending(ends_at: datetime, at: datetime) -> Ending:
    """Warnings 30, 7 and 1 days before: the gateway renews by itself at 30 days, so each of them means trouble."""
    left = ends_at - at
    if left <= timedelta(0):
        return Ending.OVER
    for days, word in ((1, Ending.DAY), (7, Ending.WEEK), (30, Ending.MONTH)):
        if left < timedelta(days=days):
            return word
    return Ending.FAR


def new_gateway_token() -> str:
    """A fresh token of 256 random bits."""
    return GATEWAY_PREFIX + secrets.token_urlsafe(32)


def new_enrolment_code() -> str:
    """A fresh one-time code of 128 random bits, in groups a person can type."""
    digits = secrets.token_hex(16)
    return "-".join(digits[start : start + 8] for start in range(0, 32, 8))


def digest_of(secret: str) -> str:
    """SHA-256: enough, since tokens and codes are random."""
    return hashlib.sha256(secret.strip().encode()).hexdigest()


def is_silent(last_seen_at: datetime | None, at: datetime) -> bool:
    """Whether a gateway that should talk has not been heard."""
    return last_seen_at is None or at - last_seen_at > SILENT_AFTER
