"""Acts: give a person a role at a place, take it away, open one single object to somebody outside."""

from django.contrib.auth.models import Permission
from django.db import models
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from factory_core.access.events import OBJECT_HIDDEN, OBJECT_SHOWN, ROLE_GIVEN, ROLE_TAKEN
from factory_core.access.policy import LEVELS, forget_grants, require
from factory_core.access.roles import ROLES
from factory_core.clock import now
from factory_core.errors import Invalid
from factory_core.events.services import publish
from factory_core.people.models import User


class UnknownRole(Invalid):
    """A role that is not in the table of roles."""

    code = "unknown_role"


class NotAPlace(Invalid):
    """Roles are held at sites, areas, lines and machines only."""

    code = "not_a_place"


class PlaceByRole(Invalid):
    """Places are opened by roles; the exception for single things does not reach them."""

    code = "place_by_role"


def join(*, actor: User, user: User, role: str, place: models.Model) -> None:
    """Give a user a role at a place. Giving it twice changes nothing."""
    _check(role, place)
    require(actor, "people.manage", place)
    assign_perm(f"as_{role}", user, place)
    forget_grants(user)
    publish(ROLE_GIVEN, about=[user, place], at=now(), actor=actor, role=role)


def leave(*, actor: User, user: User, role: str, place: models.Model) -> None:
    """Take a role at a place away again; open pages of that user close within two seconds."""
    _check(role, place)
    require(actor, "people.manage", place)
    remove_perm(f"as_{role}", user, place)
    forget_grants(user)
    publish(ROLE_TAKEN, about=[user, place], at=now(), actor=actor, role=role)


def show_object(*, actor: User, user: User, obj: models.Model) -> None:
    """Let somebody see one single record beyond their places (an auditor, one customer's order)."""
    require(actor, "people.manage")
    if isinstance(obj, LEVELS):
        raise PlaceByRole(_("A place is opened by giving a role there."))
    assign_perm(_view_permission(obj), user, obj)
    forget_grants(user)
    publish(OBJECT_SHOWN, about=[user, obj], at=now(), actor=actor)


def hide_object(*, actor: User, user: User, obj: models.Model) -> None:
    """End the exception made by `show_object`."""
    require(actor, "people.manage")
    remove_perm(_view_permission(obj), user, obj)
    forget_grants(user)
    publish(OBJECT_HIDDEN, about=[user, obj], at=now(), actor=actor)


def _view_permission(obj: models.Model) -> Permission:
    meta = obj._meta
    return Permission.objects.get(content_type__app_label=meta.app_label, codename=f"view_{meta.model_name}")


def _check(role: str, place: models.Model) -> None:
    if role not in ROLES:
        raise UnknownRole(
            _("There is no role '%(role)s'. Choose one of: %(roles)s.")
            % {"role": role, "roles": ", ".join(sorted(ROLES))}
        )
    if not isinstance(place, LEVELS):
        raise NotAPlace(_("A role is held at a site, an area, a line or a machine."))
