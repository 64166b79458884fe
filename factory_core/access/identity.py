"""Who acts: carried beside the work, and put into the database transaction that the work runs in.

The database identity is transaction-local on purpose: with a connection pool a session-level setting
would hand the previous person's name to the next request.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from factory_core.errors import NotAllowed
from factory_core.people.models import User, UserKind


class NobodyActs(NotAllowed):
    """A change was tried without a known, active person or service."""

    code = "nobody_acts"


@dataclass(frozen=True)
class Identity:
    """Who, by which channel (web, api, station, admin, worker…), in which chain of acts, and why."""

    user_id: int
    channel: str
    correlation: str
    reason: str


_identity: ContextVar[Identity | None] = ContextVar("identity", default=None)
_correlation: ContextVar[str] = ContextVar("correlation", default="")


def current_identity() -> Identity | None:
    """The identity of the act under way, or None outside one."""
    return _identity.get()


def current_correlation() -> str:
    """The id that ties together everything one request or job caused."""
    return _correlation.get() or uuid.uuid4().hex


def begin_correlation(value: str) -> None:
    """Start a chain of acts under a known id (a request id, an event's correlation)."""
    _correlation.set(value[:64])


@contextmanager
def acting(user: User, *, channel: str = "web", reason: str = "", correlation: str | None = None) -> Iterator[Identity]:
    """Open the transaction of an act and tell the database who acts.

    The database refuses writes to record tables outside of it. Nested use names the inner actor and gives the
    outer one back afterwards. Raises NobodyActs for a missing, anonymous or disabled user.
    """
    if not getattr(user, "pk", None) or not (user.is_active or user.kind == UserKind.SERVICE):
        raise NobodyActs(_("Sign in first: every change needs to know who makes it."))
    identity = Identity(user.pk, channel, correlation or current_correlation(), reason)
    outer = _identity.get()
    # The name ends with the transaction; inside somebody else's it has to be taken back.
    goes_on = connection.in_atomic_block
    token = _identity.set(identity)
    try:
        with transaction.atomic():
            _tell_database(identity)
            yield identity
            if goes_on and not connection.needs_rollback:
                _tell_database(outer)
    finally:
        _identity.reset(token)


def _tell_database(identity: Identity | None) -> None:
    told = [str(identity.user_id), identity.channel, identity.correlation, identity.reason] if identity else [""] * 4
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('millwright.actor', %s, true), set_config('millwright.channel', %s, true),"
            " set_config('millwright.correlation', %s, true), set_config('millwright.reason', %s, true)",
            told,
        )
