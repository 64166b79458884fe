"""Who may do what where: the places somebody manages, the roles people hold there, and why a right is held."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from factory_core.access.models import AreaGrant, Grant, LineGrant, MachineGrant, SiteGrant
from factory_core.access.policy import visible
from factory_core.access.roles import CAPABILITIES, ROLE_NAMES, ROLES, roles_with
from factory_core.errors import Missing
from factory_core.people.models import User, UserKind
from factory_core.plant.models import Area, Line, Machine, Place, Site

GRANTS: dict[str, type[Grant]] = {"site": SiteGrant, "area": AreaGrant, "line": LineGrant, "machine": MachineGrant}
MODELS: dict[str, type[Place]] = {"site": Site, "area": Area, "line": Line, "machine": Machine}
LEVELS = tuple(MODELS)


class NoSuchPlace(Missing):
    """The place does not exist, or its people are not the asker's to manage."""

    code = "no_such_place"


@dataclass(frozen=True)
class Node:
    """A place in the tree: `key` is its address ("line:5"), `depth` 0 for a site."""

    key: str
    level: str
    depth: int
    name: str
    path: str

    @property
    def parent(self) -> str:
        """The path of the place above, empty for the topmost one that is managed."""
        return self.path.removesuffix(self.name).removesuffix(" › ")


@dataclass(frozen=True)
class Held:
    """A role held at a place."""

    role: str
    role_name: str
    key: str
    place: str


@dataclass(frozen=True)
class Why:
    """The answer to "why may X do this here?": yes or no, and the sentences that explain it."""

    allowed: bool
    sentences: list[str]


def managed_places(actor: User, *, machines: bool = True) -> list[Node]:
    """The places whose people the actor manages, as a tree laid flat: site, its areas, their lines, their machines."""
    rows: dict[str, list[Place]] = {}
    for level in LEVELS if machines else LEVELS[:-1]:
        rows[level] = list(visible(actor, MODELS[level]._default_manager.all(), "people.manage"))
    known = {(level, place.pk) for level, places in rows.items() for place in places}
    children: dict[tuple[str, int] | None, list[tuple[str, Place]]] = defaultdict(list)
    for level, places in rows.items():
        for place in places:
            above = _above(level, place)
            children[above if above in known else None].append((level, place))
    found: list[Node] = []

    def walk(parent: tuple[str, int] | None, path: str) -> None:
        for level, place in children[parent]:
            here = f"{path} › {place.name}" if path else place.name
            found.append(Node(f"{level}:{place.pk}", level, LEVELS.index(level), place.name, here))
            walk((level, place.pk), here)

    walk(None, "")
    return found


def place_named(actor: User, key: str) -> Place:
    """The place behind an address like "line:5", if the actor manages its people. Raises NoSuchPlace."""
    level, _colon, number = key.partition(":")
    if level in MODELS and number.isdecimal():
        place = visible(actor, MODELS[level]._default_manager.filter(pk=int(number)), "people.manage").first()
        if place is not None:
            return place
    raise NoSuchPlace(_("There is no such place among those whose people you manage."))


def people_to_manage(actor: User, search: str = "") -> QuerySet[User]:
    """People and terminals, by name."""
    people = visible(actor, User.objects.exclude(kind=UserKind.SERVICE), "people.manage").order_by("username")
    return (
        people.filter(username__icontains=search) | people.filter(display_name__icontains=search) if search else people
    )


def roles_of(people: Iterable[User]) -> dict[int, list[Held]]:
    """The roles that people hold, by person: four queries, however many people."""
    ids = [person.pk for person in people]
    held: dict[int, list[Held]] = defaultdict(list)
    for level, grants in GRANTS.items():
        held_here: QuerySet[Any] = grants._default_manager.filter(user_id__in=ids)
        rows = held_here.values_list("user_id", "permission__codename", "content_object_id", "content_object__name")
        for user_id, codename, place_id, name in rows.order_by("content_object__name", "permission__codename"):
            role = codename.removeprefix("as_")
            if role in ROLES:
                held[user_id].append(Held(role, str(ROLE_NAMES[role]), f"{level}:{place_id}", name))
    return held


def why(person: User, capability: str, place: Place) -> Why:
    """Why a person may, or may not, do something at a place. Raises KeyError for an unknown capability."""
    act = str(CAPABILITIES[capability])
    giving = roles_with(capability)
    if not person.is_active and person.kind != UserKind.SERVICE:
        return Why(False, [_("%(name)s is disabled: no role counts any more.") % {"name": person.name}])
    sentences = []
    if person.is_superuser:
        sentences.append(_("%(name)s is a superuser and may do everything.") % {"name": person.name})
    above = dict(_upwards(place))
    for held in roles_of([person])[person.pk]:
        if held.key in above and held.role in giving:
            sentences.append(
                _("%(name)s is %(role)s at %(place)s, and that role may %(act)s.")
                % {"name": person.name, "role": held.role_name, "place": held.place, "act": act}
            )
    if sentences:
        return Why(True, sentences)
    roles = ", ".join(sorted(str(ROLE_NAMES[role]) for role in giving)) or _("none")
    return Why(
        False,
        [
            _("%(name)s may not %(act)s at %(place)s. Roles that may: %(roles)s.")
            % {"name": person.name, "act": act, "place": place.name, "roles": roles}
        ],
    )


def _above(level: str, place: Place) -> tuple[str, int] | None:
    index = LEVELS.index(level)
    return (LEVELS[index - 1], getattr(place, f"{LEVELS[index - 1]}_id")) if index else None


def _upwards(place: Place) -> Iterable[tuple[str, Place]]:
    level = type(place).__name__.lower()
    while True:
        yield f"{level}:{place.pk}", place
        if level == LEVELS[0]:
            return
        level = LEVELS[LEVELS.index(level) - 1]
        place = getattr(place, level)
