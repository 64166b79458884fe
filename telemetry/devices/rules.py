"""Credentials of gateways, and how long silence may last. Plain Python."""

import hashlib
import secrets
from datetime import datetime, timedelta

GATEWAY_PREFIX = "mwg_"
CODE_LIFETIME = timedelta(minutes=15)
# Three heartbeats of five seconds missed, and a little for the way.
SILENT_AFTER = timedelta(seconds=20)


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
