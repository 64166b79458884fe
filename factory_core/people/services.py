"""Acts on people: add, disable, give a PIN or a token; and who stands at a shared terminal."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from factory_core.access.identity import acting
from factory_core.access.policy import require, users_with
from factory_core.clock import now
from factory_core.errors import Busy, Invalid, NotAllowed
from factory_core.events.services import publish
from factory_core.people import events
from factory_core.people.models import ApiToken, User, UserKind
from factory_core.people.tokens import new_token
from factory_core.plant.models import Machine

PIN_LENGTH = 4
MOST_TRIES = 5
LOCKED_FOR_S = 300


class BadPin(Invalid):
    """A PIN is four digits, and not one that anybody would guess first."""

    code = "bad_pin"


class WrongPin(NotAllowed):
    """Badge unknown or PIN wrong; which of the two is not told."""

    code = "wrong_pin"


class WrongSecret(NotAllowed):
    """The password or PIN under a signature is wrong."""

    code = "wrong_secret"


class OverYou(NotAllowed):
    """Managing people does not reach up to those who may do everything."""

    code = "over_you"


class TooManyTries(Busy):
    """The person is locked for a while after several wrong PINs."""

    code, status = "too_many_tries", 429


def service_user(name: str) -> User:
    """The user under whose name a process of the plant acts; made at its first need, never able to sign in."""
    username = f"service.{name}"
    known = User.objects.filter(username=username).first()
    if known is not None:
        return known
    plant, _new = User.objects.get_or_create(
        username="service.plant", defaults={"kind": UserKind.SERVICE, "is_active": False, "display_name": "Plant"}
    )
    if name == "plant":
        return plant
    with acting(plant, channel="system"):
        return User.objects.get_or_create(
            username=username,
            defaults={"kind": UserKind.SERVICE, "is_active": False, "display_name": name.capitalize()},
        )[0]


def create_user(
    *,
    actor: User,
    username: str,
    password: str | None,
    name: str = "",
    kind: str = UserKind.PERSON,
    badge: str | None = None,
    language: str = "",
    superuser: bool = False,
) -> User:
    """Add a person or a terminal. Without a password only badge, PIN or terminal link open a door."""
    require(actor, "people.manage")
    if superuser:
        _require_over(actor, superuser=True)
    user = User(
        username=username,
        display_name=name,
        kind=kind,
        badge=badge,
        language=language,
        is_superuser=superuser,
        is_staff=superuser,
    )
    user.set_password(password)
    user.full_clean(exclude=["password"])
    user.save()
    publish(events.USER_CREATED, about=[user], at=now(), actor=actor)
    return user


def disable_user(*, actor: User, user: User) -> User:
    """Close every door to a person; history keeps the name. Open pages close within two seconds."""
    require_over(actor, user)
    user.is_active = False
    user.version += 1
    user.save(update_fields=["is_active", "version"])
    publish(events.USER_DISABLED, about=[user], at=now(), actor=actor)
    return user


def require_over(actor: User, user: User) -> None:
    """Refuse unless the actor may manage this person; whoever may do everything is managed by their like only.

    Raises Forbidden and OverYou.
    """
    require(actor, "people.manage")
    _require_over(actor, superuser=user.is_superuser)


def _require_over(actor: User, *, superuser: bool) -> None:
    if superuser and not (actor.is_superuser or actor.kind == UserKind.SERVICE):
        raise OverYou(_("Only a superuser may make or change a superuser."))


def set_pin(*, actor: User, user: User, pin: str) -> None:
    """Give a person the PIN for shared terminals. Raises BadPin."""
    if actor.pk != user.pk:
        require_over(actor, user)
    if len(pin) != PIN_LENGTH or not pin.isdecimal() or len(set(pin)) == 1:
        raise BadPin(_("A PIN is %(n)d digits, not all the same.") % {"n": PIN_LENGTH})
    user.pin = make_password(pin)
    user.version += 1
    user.save(update_fields=["pin", "version"])
    publish(events.PIN_SET, about=[user], at=now(), actor=actor)


def create_token(*, actor: User, user: User, scopes: list[str], days: int, name: str = "") -> str:
    """Make a personal API token; the secret is given back once and never stored."""
    if actor.pk != user.pk:
        require_over(actor, user)
    secret, digest = new_token()
    ApiToken.objects.create(user=user, name=name, digest=digest, scopes=scopes, expires_at=now() + timedelta(days=days))
    publish(events.TOKEN_CREATED, about=[user], at=now(), actor=actor, scopes=scopes, days=days)
    return secret


def revoke_token(*, actor: User, token: ApiToken) -> None:
    """End a token at once."""
    if actor.pk != token.user_id:
        require(actor, "people.manage")
    token.revoked_at = now()
    token.save(update_fields=["revoked_at"])
    publish(events.TOKEN_REVOKED, about=[token.user], at=now(), actor=actor)


def person_of_badge(*, badge: str, machine: Machine) -> User:
    """The active person with this badge who may work at the machine. Raises WrongPin."""
    person = people_at(machine).filter(badge=badge).first() if badge else None
    if person is None:
        raise WrongPin(_("Badge %(badge)s is not known at %(machine)s.") % {"badge": badge, "machine": machine.name})
    return person


def person_of_pin(*, user_id: int, pin: str, machine: Machine) -> User:
    """The person who chose their name and typed their PIN. Raises WrongPin, and TooManyTries after five misses."""
    tries_key = f"pin-tries:{user_id}"
    if cache.get(tries_key, 0) >= MOST_TRIES:
        raise TooManyTries(_("Too many wrong PINs. Wait five minutes or use your badge."))
    person = people_at(machine).filter(pk=user_id).first()
    if person is None or not check_password(pin, person.pin):
        cache.add(tries_key, 0, LOCKED_FOR_S)
        cache.incr(tries_key)
        raise WrongPin(_("That PIN is not right."))
    cache.delete(tries_key)
    return person


def prove(person: User, secret: str) -> None:
    """Make sure, before a signature, that the person at the screen is who is signed in: password or PIN, typed again.

    Raises WrongSecret, TooManyTries.
    """
    tries_key = f"pin-tries:{person.pk}"
    if cache.get(tries_key, 0) >= MOST_TRIES:
        raise TooManyTries(_("Too many wrong tries. Wait five minutes."))
    known = [hashed for hashed in (person.password, person.pin) if hashed]
    if not secret or not any(check_password(secret, hashed) for hashed in known):
        cache.add(tries_key, 0, LOCKED_FOR_S)
        cache.incr(tries_key)
        raise WrongSecret(_("This is neither your password nor your PIN. Nothing was signed."))
    cache.delete(tries_key)


def people_at(machine: Machine) -> QuerySet[User]:
    """The people who may work at a machine."""
    return users_with("production.count.report", machine).filter(kind=UserKind.PERSON)


def note_arrival(*, person: User, terminal: User, at: datetime) -> None:
    """Write down who came to a shared terminal."""
    publish(events.CAME_TO_TERMINAL, about=[person, terminal], at=at, actor=person)
