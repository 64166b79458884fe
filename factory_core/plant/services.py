"""Acts: add a place to the plant, change how it is set up. A place that is given up is switched off."""

from datetime import datetime
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import Invalid, NotAllowed
from factory_core.events.services import publish
from factory_core.people.models import User, UserKind
from factory_core.plant.events import PLACE_ADDED, PLACE_CHANGED
from factory_core.plant.models import Place, Site


class SiteBySuperuser(NotAllowed):
    """Roles are held at places, and nobody can hold one at a site that does not exist yet."""

    code = "site_by_superuser"


class UnknownTimeZone(Invalid):
    """The name is not in the list of the world's time zones."""

    code = "unknown_time_zone"


def add_place(*, actor: User, place: Place, at: datetime) -> Place:
    """Add a site, an area, a line or a machine, not saved so far. Raises Forbidden and SiteBySuperuser."""
    require(actor, "plant.manage")
    if isinstance(place, Site) and not (actor.is_superuser or actor.kind == UserKind.SERVICE):
        raise SiteBySuperuser(
            _(
                "Only a superuser may add a site: nobody holds a role at a place that does not exist yet. "
                "Ask one to add it and to make you its IT administrator."
            )
        )
    _check_zone(place)
    place.full_clean()
    place.save()
    # Only the stored row says at which place it hangs; the transaction ends with nothing if that is not theirs.
    require(actor, "plant.manage", place)
    publish(PLACE_ADDED, about=[place], at=at, actor=actor, level=place._meta.model_name)
    return place


def change_place(*, actor: User, place: Place, fields: list[str], at: datetime) -> Place:
    """Store these changed fields of a place; both where it hung and where it hangs now must be the actor's."""
    before = type(place)._default_manager.select_for_update(of=("self",)).get(pk=place.pk)
    require(actor, "plant.manage", before)
    _check_zone(place)
    place.version = before.version + 1
    place.save(update_fields=[*fields, "version", "updated_at"])
    require(actor, "plant.manage", place)
    publish(PLACE_CHANGED, about=[place], at=at, actor=actor, level=place._meta.model_name, fields=sorted(fields))
    return place


def _check_zone(place: Place) -> None:
    if isinstance(place, Site) and place.time_zone not in available_timezones():
        raise UnknownTimeZone(
            _("There is no time zone '%(zone)s'. Write it as in Europe/Berlin.") % {"zone": place.time_zone}
        )
