"""Secrets that must be read again lie sealed under the plant's own key, never in the clear."""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def new_secret() -> str:
    """A secret for one webhook; shown once."""
    return secrets.token_urlsafe(32)


def seal(secret: str) -> str:
    """The secret as it may be kept."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str | None:
    """The secret again; None when it was sealed under another key."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"webhooks:" + settings.SECRET_KEY.encode()).digest()))
