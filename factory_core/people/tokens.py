"""Credentials without a password: personal API tokens, and the author pass of a shared terminal."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core import signing
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed

from factory_core.people.models import ApiToken, User

TOKEN_PREFIX = "mw_"  # noqa: S105 - the public part
PASS_SALT = "millwright.author-pass"  # noqa: S105 - a name space, not a secret
# A tap made offline may wait over a whole shift and a half before the network is back.
PASS_LIFETIME = timedelta(hours=16)


def new_token() -> tuple[str, str]:
    """A fresh secret token and the digest to store."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    return token, digest_of(token)


def digest_of(token: str) -> str:
    """SHA-256 of a token: enough, since tokens are 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def user_of_token(token: str, at: datetime) -> tuple[User, ApiToken]:
    """The user behind an API token. Raises AuthenticationFailed for an unknown, revoked or expired one."""
    found = ApiToken.objects.select_related("user").filter(digest=digest_of(token), revoked_at=None).first()
    if found is None or found.expires_at <= at or not found.user.is_active:
        raise AuthenticationFailed(_("This token is unknown, expired or revoked. Ask for a new one."))
    return found.user, found


def author_pass(user: User, terminal: User, at: datetime) -> str:
    """A signed slip that lets a terminal send what this person tapped there, even after somebody else came."""
    return signing.dumps({"u": user.pk, "t": terminal.pk, "at": int(at.timestamp())}, salt=PASS_SALT)


def user_of_pass(slip: str, at: datetime) -> User:
    """The author named on a slip. Raises AuthenticationFailed when forged, too old, or the person has left."""
    try:
        content = signing.loads(slip, salt=PASS_SALT)
    except signing.BadSignature as forged:
        raise AuthenticationFailed(_("This author pass is not ours. Sign in at the terminal again.")) from forged
    age = at.timestamp() - content["at"]
    user = User.objects.filter(pk=content["u"], is_active=True).first()
    terminal = User.objects.filter(pk=content["t"], is_active=True).first()
    if user is None or terminal is None or age > PASS_LIFETIME.total_seconds():
        raise AuthenticationFailed(_("This author pass is too old or its person has left. Show the supervisor."))
    return user
