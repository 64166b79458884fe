"""How many good pieces an operation has made, and since when it has been running."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Q, Sum

from production.orders.models import OrderOperation, OrderRun
from production.orders.queries import PIECES, SCRAP
from production.orders.rules import Counts
from telemetry.states.models import CounterStep


def good_of(operation: OrderOperation, at: datetime) -> Decimal:
    """The good pieces of an operation so far, counted and reported."""
    runs = list(OrderRun.objects.filter(operation=operation))
    inside = Q(pk__in=())
    for run in runs:
        inside |= Q(machine=run.machine_id, at__gte=run.started_at, at__lt=run.ended_at or at)
    counted = dict(
        CounterStep.objects.filter(inside, counts__in=(PIECES, SCRAP))
        .order_by()
        .values_list("counts")
        .annotate(Sum("delta"))
    )
    reported = dict(operation.counts.order_by().values_list("kind").annotate(Sum("quantity")))
    none = Decimal(0)
    scrap = Decimal(reported.get("scrap", none)) + Decimal(counted.get(SCRAP, none))
    return Counts(Decimal(counted.get(PIECES, none)), Decimal(reported.get("good", none)), scrap).good


def run_began(operation: OrderOperation) -> datetime | None:
    """When the present run of an operation began; without a machine, when the operation was started."""
    run = OrderRun.objects.filter(operation=operation).order_by("-started_at").values_list("started_at", flat=True)
    return run.first() or operation.started_at
