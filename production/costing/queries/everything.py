"""Everything that is made: what there is to roll up, and the run that does it."""

from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from factory_core.access.policy import visible
from factory_core.people.models import User
from inventory.items.models import Item
from production.costing.models import RollupRun
from production.costing.states import RollupStatus
from production.products.models import Bom, Routing
from production.products.queries import in_force
from production.products.states import DesignStatus

# So many items at most are rolled up while a page waits: a few seconds.
LARGE = 2_000


def items_designed(on: date) -> QuerySet[Item]:
    """The items that have a bill of materials or a routing in force on a day."""
    released = Q(status=DesignStatus.RELEASED) & in_force(on)
    designed = [kind.objects.filter(released).values("item") for kind in (Bom, Routing)]
    return Item.objects.filter(Q(pk__in=designed[0]) | Q(pk__in=designed[1]), is_active=True)


def is_large(on: date) -> bool:
    """Whether rolling up everything takes so long that nobody should wait for the answer of a page."""
    return items_designed(on).order_by("pk")[LARGE:].exists()


def latest_run(actor: User | AnonymousUser) -> RollupRun | None:
    """The newest roll-up of everything."""
    return visible(actor, RollupRun.objects.select_related("by")).order_by("-id").first()


def run_under_way() -> RollupRun | None:
    """The roll-up of everything that is being reckoned, if one is."""
    return RollupRun.objects.select_related("by").filter(status=RollupStatus.RUNNING).first()
