"""Bills of materials and routings: the one in force on a day, all of an item, one by its key."""

from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from inventory.items.models import Item
from production.products.models import (
    Bom,
    BomAlternate,
    BomLine,
    Instruction,
    OperationCheck,
    Routing,
    RoutingOperation,
    WorkCentre,
)
from production.products.states import DesignStatus

Actor = User | AnonymousUser


class NoSuchDesign(Missing):
    """The bill of materials, routing, or a part of one does not exist, or the asker may not see it."""

    code = "no_such_design"


class NoSuchWorkCentre(Missing):
    """The work centre does not exist, or the asker may not see it."""

    code = "no_such_work_centre"


def in_force(on: date) -> Q:
    """Rows whose days hold this day: from `valid_from` until before `valid_until`, open where empty."""
    return (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_until=None) | Q(valid_until__gt=on))


def bom_on(item: Item, on: date) -> Bom | None:
    """The released bill of materials of an item in force on a day; the database allows one at most."""
    return Bom.objects.filter(in_force(on), item=item, status=DesignStatus.RELEASED).first()


def routing_on(item: Item, on: date) -> Routing | None:
    """The released routing of an item in force on a day; the database allows one at most."""
    return Routing.objects.filter(in_force(on), item=item, status=DesignStatus.RELEASED).first()


def lines_of(*boms: Bom | int) -> QuerySet[BomLine]:
    """All lines of bills of materials with items, units and alternates, by position."""
    alternates = Prefetch("alternates", BomAlternate.objects.select_related("item__unit").order_by("priority", "pk"))
    rows = (
        BomLine.objects.filter(bom__among=(getattr(one, "pk", one) for one in boms))
        .select_related("item__unit", "unit")
        .prefetch_related(alternates)
    )
    return rows.order_by("bom_id", "position")


def lines_seen(actor: Actor) -> QuerySet[BomLine]:
    """The lines of all bills of materials somebody may see, by item, the oldest version first, by position."""
    rows = BomLine.objects.select_related("bom__item", "item", "unit")
    return visible(actor, rows).order_by("bom__item__number", "bom_id", "position")


def operations_of(*routings: Routing | int) -> QuerySet[RoutingOperation]:
    """All operations of routings with work centres, instructions and checks, by number."""
    return (
        RoutingOperation.objects.filter(routing__in=routings)
        .select_related("work_centre__line", "machine")
        .prefetch_related(
            Prefetch("instructions", Instruction.objects.select_related("picture").order_by("position")),
            Prefetch("checks", OperationCheck.objects.order_by("position")),
        )
        .order_by("routing_id", "number")
    )


def operations_seen(actor: Actor) -> QuerySet[RoutingOperation]:
    """The operations of all routings somebody may see, by item, the oldest version first, with their instructions."""
    rows = RoutingOperation.objects.select_related("routing__item", "work_centre", "machine")
    told = Prefetch("instructions", Instruction.objects.order_by("position"))
    return visible(actor, rows).prefetch_related(told).order_by("routing__item__number", "routing_id", "number")


def boms_seen(actor: Actor) -> QuerySet[Bom]:
    """The bills of materials somebody may see, by item, the newest first."""
    return visible(actor, Bom.objects.select_related("item__unit")).order_by("item__number", "-pk")


def routings_seen(actor: Actor) -> QuerySet[Routing]:
    """The routings somebody may see, by item, the newest first."""
    return visible(actor, Routing.objects.select_related("item__unit")).order_by("item__number", "-pk")


def centres_seen(actor: Actor) -> QuerySet[WorkCentre]:
    """The work centres somebody may see, by code."""
    return visible(actor, WorkCentre.objects.select_related("line", "supply", "output")).order_by("code")


def bom_or_missing(actor: Actor, bom_id: int) -> Bom:
    """One bill of materials. Raises NoSuchDesign."""
    found = boms_seen(actor).filter(pk=bom_id).first()
    if found is None:
        raise NoSuchDesign(_("There is no such bill of materials that you may see."))
    return found


def routing_or_missing(actor: Actor, routing_id: int) -> Routing:
    """One routing. Raises NoSuchDesign."""
    found = routings_seen(actor).filter(pk=routing_id).first()
    if found is None:
        raise NoSuchDesign(_("There is no such routing that you may see."))
    return found


def centre_or_missing(actor: Actor, code: str) -> WorkCentre:
    """The work centre of a code. Raises NoSuchWorkCentre."""
    found = centres_seen(actor).filter(code=code).first()
    if found is None:
        raise NoSuchWorkCentre(_("There is no work centre %(code)s that you may see.") % {"code": code[:40]})
    return found
