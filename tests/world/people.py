"""The cast: everybody a door is tried with, the stranger always among them."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.db import models
from guardian.shortcuts import assign_perm

from factory_core.access.identity import acting
from factory_core.access.models import LineGrant, SiteGrant
from factory_core.people.models import User, UserKind
from factory_core.people.services import service_user
from factory_core.plant.models import Line, Place, Site
from tests.world.plant import Plant

PASSWORD = "a long enough password"
# Hashing is slow on purpose; the whole cast shares one hash.
_HASHED = make_password(PASSWORD, hasher="pbkdf2_sha256")
_PIN_HASHED = make_password("4711", hasher="pbkdf2_sha256")


@dataclass(frozen=True)
class Cast:
    """Who is who. `operator` and `supervisor` belong to line A, `neighbour` operates line B."""

    operator: User
    supervisor: User
    neighbour: User
    owner: User
    it_admin: User
    auditor: User
    stranger: User
    disabled: User
    terminal: User
    storekeeper: User
    buyer: User
    sales: User
    dispatcher: User
    quality: User
    planner: User
    controller: User
    maintenance: User


def a_user(
    username: str,
    role: str = "",
    place: models.Model | None = None,
    *,
    kind: str = UserKind.PERSON,
    active: bool = True,
    badge: str | None = None,
    superuser: bool = False,
) -> User:
    """A user with the password of the cast and PIN 4711, holding a role at a place if one is named."""
    with acting(service_user("plant"), channel="test"):
        user = _person(username, kind=kind, active=active, badge=badge, superuser=superuser)
        user.save()
        if role and place is not None:
            assign_perm(f"as_{role}", user, place)
    return user


def _person(
    username: str,
    *,
    kind: str = UserKind.PERSON,
    active: bool = True,
    badge: str | None = None,
    superuser: bool = False,
) -> User:
    return User(
        username=username,
        display_name=username.split(".")[0].capitalize(),
        kind=kind,
        is_active=active,
        badge=badge,
        password=_HASHED,
        pin=_PIN_HASHED,
        is_superuser=superuser,
        is_staff=superuser,
    )


def the_cast(plant: Plant) -> Cast:
    """Everybody, placed in a plant; written at once, since nearly every test asks for them."""
    mark, line, site = plant.site.code.removesuffix("-site"), plant.line_a, plant.site
    people: dict[str, tuple[User, str, Place | None]] = {
        "operator": (_person(f"anna.{mark}", badge=f"BADGE-{mark}-1"), "operator", line),
        "supervisor": (_person(f"marek.{mark}"), "supervisor", line),
        "neighbour": (_person(f"yusuf.{mark}", badge=f"BADGE-{mark}-2"), "operator", plant.line_b),
        "owner": (_person(f"olga.{mark}"), "owner", site),
        "it_admin": (_person(f"ines.{mark}"), "it_admin", site),
        "auditor": (_person(f"aaron.{mark}"), "auditor", site),
        "stranger": (_person(f"stranger.{mark}"), "", None),
        "disabled": (_person(f"dora.{mark}", active=False), "supervisor", line),
        "terminal": (_person(f"terminal.{mark}", kind=UserKind.TERMINAL), "terminal", line),
        "storekeeper": (_person(f"sami.{mark}", badge=f"BADGE-{mark}-3"), "storekeeper", site),
        "buyer": (_person(f"berta.{mark}"), "buyer", site),
        "sales": (_person(f"sven.{mark}"), "sales", site),
        "dispatcher": (_person(f"dana.{mark}"), "dispatcher", site),
        "quality": (_person(f"quirin.{mark}"), "quality", site),
        "planner": (_person(f"paula.{mark}"), "planner", site),
        "controller": (_person(f"carla.{mark}"), "controller", site),
        "maintenance": (_person(f"mia.{mark}"), "maintenance", site),
    }
    roles = {role for _user, role, _place in people.values()}
    with acting(service_user("plant"), channel="test"):
        User.objects.bulk_create(user for user, _role, _place in people.values())
        permissions = {
            (permission.content_type.model_class(), permission.codename): permission
            for permission in Permission.objects.select_related("content_type").filter(
                codename__in=[f"as_{role}" for role in roles]
            )
        }
        for grant, kind in ((LineGrant, Line), (SiteGrant, Site)):
            grant.objects.bulk_create(
                grant(user=user, permission=permissions[kind, f"as_{role}"], content_object=place)
                for user, role, place in people.values()
                if isinstance(place, kind)
            )
    return Cast(**{name: user for name, (user, _role, _place) in people.items()})
