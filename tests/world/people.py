"""The cast: everybody a door is tried with, the stranger always among them."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import models
from guardian.shortcuts import assign_perm

from factory_core.access.identity import acting
from factory_core.people.models import User, UserKind
from factory_core.people.services import service_user
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
        user = User.objects.create(
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
        if role and place is not None:
            assign_perm(f"as_{role}", user, place)
    return user


def the_cast(plant: Plant) -> Cast:
    """Everybody, placed in a plant."""
    mark = plant.site.code.removesuffix("-site")
    return Cast(
        operator=a_user(f"anna.{mark}", "operator", plant.line_a, badge=f"BADGE-{mark}-1"),
        supervisor=a_user(f"marek.{mark}", "supervisor", plant.line_a),
        neighbour=a_user(f"yusuf.{mark}", "operator", plant.line_b, badge=f"BADGE-{mark}-2"),
        owner=a_user(f"olga.{mark}", "owner", plant.site),
        it_admin=a_user(f"ines.{mark}", "it_admin", plant.site),
        auditor=a_user(f"aaron.{mark}", "auditor", plant.site),
        stranger=a_user(f"stranger.{mark}"),
        disabled=a_user(f"dora.{mark}", "supervisor", plant.line_a, active=False),
        terminal=a_user(f"terminal.{mark}", "terminal", plant.line_a, kind=UserKind.TERMINAL),
        storekeeper=a_user(f"sami.{mark}", "storekeeper", plant.site, badge=f"BADGE-{mark}-3"),
        buyer=a_user(f"berta.{mark}", "buyer", plant.site),
        sales=a_user(f"sven.{mark}", "sales", plant.site),
        dispatcher=a_user(f"dana.{mark}", "dispatcher", plant.site),
        quality=a_user(f"quirin.{mark}", "quality", plant.site),
        planner=a_user(f"paula.{mark}", "planner", plant.site),
        controller=a_user(f"carla.{mark}", "controller", plant.site),
        maintenance=a_user(f"mia.{mark}", "maintenance", plant.site),
    )
