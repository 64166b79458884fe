"""Acts on the calendar: add and change shifts, add, change and remove holidays."""

from datetime import datetime
from typing import TypeVar

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.calendar import events
from factory_core.calendar.models import Holiday, Shift
from factory_core.errors import Invalid
from factory_core.events.services import publish
from factory_core.events.types import EventType
from factory_core.people.models import User

T = TypeVar("T", Shift, Holiday)


class LineElsewhere(Invalid):
    """A shift of one site cannot be worked by a line of another."""

    code = "line_elsewhere"


def add_shift(*, actor: User, shift: Shift, at: datetime) -> Shift:
    """Add a shift, not saved so far. Raises Forbidden and LineElsewhere."""
    _check_line(shift)
    return _add(shift, events.SHIFT_ADDED, actor, at)


def change_shift(*, actor: User, shift: Shift, fields: list[str], at: datetime) -> Shift:
    """Store these changed fields of a shift; its breaks are saved beside it by whoever calls."""
    _check_line(shift)
    return _change(shift, fields, events.SHIFT_CHANGED, actor, at)


def add_holiday(*, actor: User, holiday: Holiday, at: datetime) -> Holiday:
    """Add a day on which no shift starts."""
    return _add(holiday, events.HOLIDAY_ADDED, actor, at)


def change_holiday(*, actor: User, holiday: Holiday, fields: list[str], at: datetime) -> Holiday:
    """Store these changed fields of a holiday."""
    return _change(holiday, fields, events.HOLIDAY_CHANGED, actor, at)


def remove_holiday(*, actor: User, holiday: Holiday, at: datetime) -> None:
    """Work on that day after all."""
    require(actor, "plant.manage", holiday)
    told, site = str(holiday), holiday.site
    holiday.delete()
    publish(events.HOLIDAY_REMOVED, about=[site], at=at, actor=actor, day=told)


def _add(thing: T, kind: EventType, actor: User, at: datetime) -> T:
    require(actor, "plant.manage", thing.site)
    thing.full_clean()
    thing.save()
    publish(kind, about=[thing, thing.site], at=at, actor=actor)
    return thing


def _change(thing: T, fields: list[str], kind: EventType, actor: User, at: datetime) -> T:
    before = type(thing)._default_manager.select_for_update(of=("self",)).get(pk=thing.pk)
    require(actor, "plant.manage", before)
    require(actor, "plant.manage", thing.site)
    thing.version = before.version + 1
    thing.save(update_fields=[*fields, "version", "updated_at"])
    publish(kind, about=[thing, thing.site], at=at, actor=actor, fields=sorted(fields))
    return thing


def _check_line(shift: Shift) -> None:
    if shift.line is not None and shift.line.area.site_id != shift.site_id:
        raise LineElsewhere(
            _("%(line)s does not belong to %(site)s. Choose a line of that site, or none for all its lines.")
            % {"line": shift.line, "site": shift.site}
        )
