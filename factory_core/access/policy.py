"""The one place of who-may-what: every list, page, export, socket and API answer takes its rows from `visible`."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db import connection, models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.roles import CAPABILITIES, ROLES, roles_with
from factory_core.errors import NotAllowed
from factory_core.people.models import User, UserKind
from factory_core.plant.models import Area, Line, Machine, Site
from factory_core.tables import PLANT_WIDE

M = TypeVar("M", bound=models.Model)
LEVELS: tuple[type[models.Model], ...] = (Machine, Line, Area, Site)
LEVEL_NAMES = {model: model.__name__.lower() for model in LEVELS}


class Forbidden(NotAllowed):
    """The actor does not hold the capability at that place."""


@dataclass(frozen=True)
class Grants:
    """What a user holds: place ids by (level, role), and single objects by model label."""

    places: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    objects: dict[str, set[int]] = field(default_factory=dict)

    def ids(self, level: str, roles: frozenset[str]) -> set[int]:
        """The places of a level at which one of these roles is held."""
        return set().union(*(self.places.get((level, role), set()) for role in roles))

    @property
    def roles(self) -> set[str]:
        """Every role held anywhere."""
        return {role for (_level, role), ids in self.places.items() if ids}


_GRANTS_SQL = """
SELECT 'site', p.codename, g.content_object_id::bigint FROM factory_core_sitegrant g
  JOIN auth_permission p ON p.id = g.permission_id WHERE g.user_id = %(user)s
UNION ALL SELECT 'area', p.codename, g.content_object_id FROM factory_core_areagrant g
  JOIN auth_permission p ON p.id = g.permission_id WHERE g.user_id = %(user)s
UNION ALL SELECT 'line', p.codename, g.content_object_id FROM factory_core_linegrant g
  JOIN auth_permission p ON p.id = g.permission_id WHERE g.user_id = %(user)s
UNION ALL SELECT 'machine', p.codename, g.content_object_id FROM factory_core_machinegrant g
  JOIN auth_permission p ON p.id = g.permission_id WHERE g.user_id = %(user)s
UNION ALL SELECT 'object:' || t.app_label || '.' || t.model, p.codename, g.object_pk::bigint
  FROM guardian_userobjectpermission g JOIN auth_permission p ON p.id = g.permission_id
  JOIN django_content_type t ON t.id = g.content_type_id
  WHERE g.user_id = %(user)s AND p.codename = 'view_' || t.model
"""


def grants_of(user: User) -> Grants:
    """Everything a user holds, in one query, remembered for the life of this user object (one request)."""
    known: Grants | None = getattr(user, "_grants", None)
    if known is not None:
        return known
    places: dict[tuple[str, str], set[int]] = defaultdict(set)
    objects: dict[str, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_GRANTS_SQL, {"user": user.pk})
        for level, codename, key in cursor.fetchall():
            if level.startswith("object:"):
                objects[level.removeprefix("object:")].add(key)
            elif codename.removeprefix("as_") in ROLES:
                places[level, codename.removeprefix("as_")].add(key)
    grants = Grants(dict(places), dict(objects))
    user._grants = grants  # type: ignore[attr-defined]  # a cache on the request's own user object
    return grants


def forget_grants(user: User) -> None:
    """Read the rights afresh at the next question (long-lived holders: sockets, tests)."""
    if hasattr(user, "_grants"):
        del user._grants


def visible(actor: User | AnonymousUser | None, queryset: QuerySet[M], capability: str | None = None) -> QuerySet[M]:
    """The rows of a queryset on which the actor holds a capability (by default: the right to see them).

    Nobody, strangers and disabled users get no rows. A model that declares no place gives nobody anything.
    """
    model = queryset.model
    capability = capability or model.view_capability  # type: ignore[attr-defined]  # every model of ours says it
    roles = roles_with(capability)
    if _holds_everything(actor):
        return queryset
    if not isinstance(actor, User) or not actor.is_active:
        return queryset.none()
    grants = grants_of(actor)
    scope: str = model.scope_path  # type: ignore[attr-defined]  # every model of ours says it
    if scope == PLANT_WIDE and grants.roles & roles:
        return queryset
    allowed = Q(pk__in=())
    for path in () if scope == PLANT_WIDE else scope.split("|"):
        allowed |= _at_places(model, path, grants, roles)
    if capability == model.view_capability:  # type: ignore[attr-defined]  # every model of ours says it
        allowed |= Q(pk__in=grants.objects.get(model._meta.label_lower, ()))
    return queryset.filter(allowed)


def _at_places(model: type[models.Model], scope: str, grants: Grants, roles: frozenset[str]) -> Q:
    level = LEVELS.index(model) if scope == "" else _level_of(scope)
    allowed = Q(pk__in=())
    path = scope
    for index in range(level, len(LEVELS)):
        name = LEVEL_NAMES[LEVELS[index]]
        if index > level:
            path = f"{path}__{name}" if path else name
        ids = grants.ids(name, roles)
        if ids:
            allowed |= Q(**{f"{path or 'pk'}__in": ids})
    return allowed


def _level_of(scope: str) -> int:
    last = scope.rsplit("__", 1)[-1]
    for index, model in enumerate(LEVELS):
        if LEVEL_NAMES[model] == last:
            return index
    raise ValueError(f"scope_path '{scope}' must end in machine, line, area or site")


def may(actor: User | AnonymousUser | None, capability: str, obj: models.Model | None = None) -> bool:
    """Whether the actor holds a capability on an object (or, without one, anywhere at all)."""
    roles = roles_with(capability)
    if _holds_everything(actor):
        return True
    if not isinstance(actor, User) or not actor.is_active:
        return False
    if obj is None:
        return bool(grants_of(actor).roles & roles)
    return visible(actor, type(obj)._default_manager.filter(pk=obj.pk), capability).exists()


def require(actor: User | AnonymousUser | None, capability: str, obj: models.Model | None = None) -> None:
    """Refuse, with a sentence, unless the actor holds the capability. Raises Forbidden."""
    if not may(actor, capability, obj):
        raise Forbidden(
            _("You may not %(act)s here. Ask your supervisor or the IT administrator for the right role.")
            % {"act": CAPABILITIES[capability]},
            capability=capability,
        )


def hidden_fields(actor: User | AnonymousUser | None, model: type[models.Model]) -> frozenset[str]:
    """The fields of a model the actor must not read, write, filter, sort or export."""
    sensitive: Mapping[str, str] = getattr(model, "sensitive", {})
    return frozenset(name for name, capability in sensitive.items() if not may(actor, capability))


def machine_ids(actor: User | AnonymousUser | None, capability: str) -> set[int]:
    """The machines on which the actor holds a capability."""
    return set(visible(actor, Machine.objects.all(), capability).values_list("pk", flat=True))


def users_with(capability: str, place: Any) -> QuerySet[User]:
    """The active people who hold a capability at a place or above it."""
    holders = Q(pk__in=())
    codenames = [f"as_{role}" for role in roles_with(capability)]
    node = place
    while node is not None:
        name = type(node).__name__.lower()
        holders |= Q(**{f"{name}grant__content_object": node, f"{name}grant__permission__codename__in": codenames})
        node = {"machine": "line", "line": "area", "area": "site"}.get(name) and getattr(
            node, {"machine": "line", "line": "area", "area": "site"}[name]
        )
    return User.objects.filter(holders, is_active=True).distinct()


def _holds_everything(actor: Any) -> bool:
    """Services are our own code; a superuser is the plant's last resort. Both still stand in the trail."""
    return isinstance(actor, User) and (actor.kind == UserKind.SERVICE or (actor.is_superuser and actor.is_active))
