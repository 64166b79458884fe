"""Acts on routings: drafted, copied, changed, released, made obsolete."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.people.models import User
from inventory.items.models import Item
from inventory.items.services.common import tell
from production.products import events
from production.products.models import Instruction, OperationCheck, Routing, RoutingOperation
from production.products.queries import operations_of
from production.products.services.common import RELEASE, NothingInIt, locked_design, must_be_draft, refuse, told
from production.products.services.designs import changed, copied_facts, drafted, released, retired, tell_change

CHANGEABLE = ("code", "lead_time_days", "valid_from", "valid_until", "note")


def draft_routing(
    *,
    actor: User,
    item: Item,
    at: datetime,
    code: str = "",
    lead_time_days: int = 1,
    valid_from: date | None = None,
    valid_until: date | None = None,
    note: str = "",
) -> Routing:
    """A routing without operations. Raises NoSuchItem, BadDesign, Forbidden."""
    facts = {"lead_time_days": lead_time_days, "valid_from": valid_from, "valid_until": valid_until}
    routing = drafted(Routing, actor, item, code, {**facts, "note": note.strip()})
    routing.save()
    told(events.ROUTING_DRAFTED, routing, at=at, actor=actor)
    return routing


def copy_routing(*, actor: User, routing_id: int, at: datetime, code: str = "") -> Routing:
    """A new draft with operations, instructions and checks of another version; no days yet. Raises NoSuchDesign."""
    former = locked_design(Routing, actor, routing_id)
    routing = drafted(Routing, actor, former.item, code, {"lead_time_days": former.lead_time_days})
    routing.save()
    for operation in operations_of(former):
        copy = RoutingOperation.objects.create(routing=routing, **copied_facts(operation, "routing"))
        for told_one in operation.instructions.all():
            Instruction.objects.create(operation=copy, **copied_facts(told_one, "operation"))
        for check in operation.checks.all():
            OperationCheck.objects.create(operation=copy, **copied_facts(check, "operation"))
    told(events.ROUTING_COPIED, routing, at=at, actor=actor, copied=str(former))
    return routing


def change_routing(
    *, actor: User, routing_id: int, wish: dict[str, Any], at: datetime, version: int | None = None
) -> Routing:
    """Change facts of a draft (CHANGEABLE). Raises NoSuchDesign, StaleVersion, DesignStands, BadDesign, Forbidden."""
    routing = locked_design(Routing, actor, routing_id, version)
    names = changed(routing, wish, CHANGEABLE)
    tell_change(events.ROUTING_CHANGED, routing, names, at, actor)
    return routing


def release_routing(
    *,
    actor: User,
    routing_id: int,
    at: datetime,
    valid_from: date | None = None,
    ends_former: bool = True,
    version: int | None = None,
) -> Routing:
    """Let a draft be in force from a day on; as `release_bom`. Its work centres must be in use.

    Raises NoSuchDesign, StaleVersion, DesignStands, NothingInIt, OneReleasedADay, BadDesign, Forbidden.
    """
    routing = locked_design(Routing, actor, routing_id, version, capability=RELEASE)
    must_be_draft(routing)
    operations = list(operations_of(routing))
    if not operations:
        raise NothingInIt(_("%(routing)s has no operation. Add what is done, then release it.") % {"routing": routing})
    for operation in operations:
        if not operation.work_centre.is_active:
            raise refuse(
                "operations",
                _("Operation %(number)s is done at %(centre)s, which is no longer in use. Choose another.")
                % {"number": operation.number, "centre": operation.work_centre},
            )
    released(routing, actor, at, valid_from, ends_former, events.ROUTING_RELEASED, events.ROUTING_ENDED)
    return routing


def retire_routing(*, actor: User, routing_id: int, reason: str, at: datetime, version: int | None = None) -> Routing:
    """Use a released one no more; orders keep what they froze. Raises NoSuchDesign, StaleVersion, DesignStands."""
    routing = locked_design(Routing, actor, routing_id, version, capability=RELEASE)
    retired(routing, actor, reason, at, events.ROUTING_RETIRED)
    return routing


def remove_routing(*, actor: User, routing_id: int, at: datetime, version: int | None = None) -> Item:
    """Throw a draft away; gives its item. Raises NoSuchDesign, StaleVersion, DesignStands, Forbidden."""
    routing = locked_design(Routing, actor, routing_id, version)
    must_be_draft(routing)
    item = routing.item
    routing.delete()
    tell(events.ROUTING_REMOVED, item, at=at, actor=actor, code=routing.code)
    return item
