"""Acts on work centres and which machines belong to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.access.versions import refuse_stale
from factory_core.errors import Refused
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine
from production.products import events
from production.products.models import RoutingOperation, WorkCentre, WorkCentreMachine
from production.products.queries import NoSuchWorkCentre
from production.products.services.common import MANAGE, checked, labels, refuse, saved, take
from production.products.states import DesignStatus

CENTRE_FACTS = ("name", "line", "places", "supply", "output", "is_active")


class WorkCentreInUse(Refused):
    """A released routing still does an operation here."""

    code = "work_centre_in_use"


def create_centre(
    *, actor: User, code: str, name: str, line: Line, at: datetime, machines: Sequence[Machine] = (), **facts: Any
) -> WorkCentre:
    """A work centre on a line, with machines that stand in for one another or places for people.

    Raises BadDesign, Forbidden.
    """
    require(actor, MANAGE, line)
    centre = WorkCentre(code=code.strip())
    take(centre, {"name": name.strip(), "line": line, **facts}, CENTRE_FACTS)
    _check(actor, centre)
    if WorkCentre.objects.filter(code=centre.code).exists():
        raise refuse("code", _("There is a work centre %(code)s already.") % {"code": centre.code})
    centre.save()
    _set_machines(centre, machines)
    publish(events.CENTRE_ADDED, about=[centre, *machines, line.area.site], at=at, actor=actor)
    return centre


def change_centre(
    *,
    actor: User,
    centre_id: int,
    wish: dict[str, Any],
    at: datetime,
    machines: Sequence[Machine] | None = None,
    version: int | None = None,
) -> WorkCentre:
    """Change facts (CENTRE_FACTS) and, where said, which machines belong to it.

    Raises NoSuchWorkCentre, StaleVersion, BadDesign, WorkCentreInUse, Forbidden.
    """
    if not visible(actor, WorkCentre.objects.filter(pk=centre_id)).exists():
        raise NoSuchWorkCentre(_("There is no such work centre that you may see."))
    centre = WorkCentre.objects.select_for_update(of=("self",)).select_related("line__area__site").get(pk=centre_id)
    require(actor, MANAGE, centre)
    refuse_stale(actor, centre, version, CENTRE_FACTS)
    names = take(centre, wish, CENTRE_FACTS)
    _check(actor, centre)
    if "line" in names:
        require(actor, MANAGE, centre.line)
    if "is_active" in names and not centre.is_active:
        _refuse_in_use(centre)
    what = labels(centre, names)
    if machines is not None and _set_machines(centre, machines):
        what = ", ".join([one for one in (what, str(_("machines"))) if one])
    if what:
        saved(centre, names)
        publish(events.CENTRE_CHANGED, about=[centre, centre.line.area.site], at=at, actor=actor, what=what)
    return centre


def _check(actor: User, centre: WorkCentre) -> None:
    checked(centre)
    if not centre.places:
        raise refuse("places", _("A work centre has one place at least."))
    if not centre.name:
        raise refuse("name", _("Give it a name."))
    for name in ("supply", "output"):
        place = getattr(centre, name)
        if place is not None and place.site_id != centre.line.area.site_id:
            raise refuse(name, _("%(place)s is a place of another site.") % {"place": place})


def _refuse_in_use(centre: WorkCentre) -> None:
    used = RoutingOperation.objects.filter(work_centre=centre, routing__status=DesignStatus.RELEASED)
    first = used.select_related("routing__item").first()
    if first is not None:
        raise WorkCentreInUse(
            _("%(centre)s is used by %(routing)s, which is released. Release a version without it first.")
            % {"centre": centre, "routing": first.routing}
        )


def _set_machines(centre: WorkCentre, machines: Sequence[Machine]) -> bool:
    """Make these the machines of the centre; whether something changed. Raises BadDesign."""
    wanted = {machine.pk: machine for machine in machines}
    there = {row.machine_id: row for row in centre.machines.all()}
    for machine in machines:
        if machine.line.area.site_id != centre.line.area.site_id:
            raise refuse("machines", _("%(machine)s stands at another site.") % {"machine": machine})
    taken = WorkCentreMachine.objects.filter(machine__in=wanted).exclude(work_centre=centre)
    other = taken.select_related("work_centre", "machine").first()
    if other is not None:
        raise refuse(
            "machines",
            _("%(machine)s belongs to %(centre)s. Take it out there first.")
            % {"machine": other.machine, "centre": other.work_centre},
        )
    for key, row in there.items():
        if key not in wanted:
            row.delete()
    for key, machine in wanted.items():
        if key not in there:
            WorkCentreMachine.objects.create(work_centre=centre, machine=machine)
    return set(wanted) != set(there)
