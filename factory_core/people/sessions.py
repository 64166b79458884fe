"""Coming in and going out by the front door."""

from django.contrib.auth import authenticate, login, logout
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Busy, NotAllowed
from factory_core.events.services import publish
from factory_core.people.events import SIGN_IN_REFUSED, SIGNED_IN
from factory_core.people.models import ApiToken, User, UserKind
from factory_core.people.services import service_user
from factory_core.people.tokens import digest_of

MOST_TRIES = 8
LOCKED_FOR_S = 300
TERMINAL_SCOPE = "terminal"


class WrongPassword(NotAllowed):
    """User name or password is wrong; which of the two is not told."""

    code, status = "wrong_password", 401


class TooManySignIns(Busy):
    """Too many misses for this name from this address."""

    code, status = "too_many_tries", 429


class DeadTerminalLink(NotAllowed):
    """The link of a terminal was used up, revoked or never ours."""

    code = "dead_terminal_link"


def sign_in(request: HttpRequest, *, username: str, password: str) -> User:
    """Check a password and begin a session. Raises WrongPassword and TooManySignIns."""
    tries_key = f"sign-in:{digest_of(username + '|' + request.META.get('REMOTE_ADDR', ''))}"
    if cache.get(tries_key, 0) >= MOST_TRIES:
        raise TooManySignIns(_("Too many tries. Wait five minutes, or ask the IT administrator."))
    # Checking may refresh the stored hash, which is a change that needs an actor.
    with acting(service_user("sign-in"), channel="web"):
        user = authenticate(request, username=username, password=password)
    if not isinstance(user, User) or user.kind != UserKind.PERSON:
        cache.add(tries_key, 0, LOCKED_FOR_S)
        cache.incr(tries_key)
        _note_refusal(username)
        raise WrongPassword(_("User name or password is not right."))
    cache.delete(tries_key)
    _begin(request, user)
    return user


def open_terminal(request: HttpRequest, *, link: str) -> User:
    """Make this browser the terminal that a link names. Raises DeadTerminalLink."""
    token = (
        ApiToken.objects.select_related("user")
        .filter(digest=digest_of(link), revoked_at=None, expires_at__gt=now())
        .first()
    )
    if (
        token is None
        or TERMINAL_SCOPE not in token.scopes
        or not token.user.is_active
        or token.user.kind != UserKind.TERMINAL
    ):
        raise DeadTerminalLink(_("This terminal link is not valid any more. Ask the IT administrator for a new one."))
    _begin(request, token.user)
    return token.user


def sign_out(request: HttpRequest) -> None:
    """End the session; its open pages close within two seconds."""
    logout(request)


def _begin(request: HttpRequest, user: User) -> None:
    with acting(user, channel="web"):
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        if user.language:
            request.session["language"] = user.language
        publish(SIGNED_IN, about=[user], at=now(), actor=user)


def _note_refusal(username: str) -> None:
    known = User.objects.filter(username=username).first()
    if known is not None:
        door = service_user("sign-in")
        with acting(door, channel="web"):
            publish(SIGN_IN_REFUSED, about=[known], at=now(), actor=door)
