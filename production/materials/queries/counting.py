"""Which operations must be looked at because something was counted."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from factory_core.events.models import EventSubject
from production.orders.models import CountEntry, OrderMaterial, OrderOperation, OrderRun, ProductionOrder
from production.orders.states import OrderStatus
from production.products.states import CountBy, IssuePolicy, LineKind


def operation_of_report(event_id: int) -> OrderOperation | None:
    """The operation whose report an event tells of; None for a report without an order."""
    entries = EventSubject.objects.filter(event_id=event_id, kind=CountEntry._meta.label_lower).values("key")
    entry = CountEntry.objects.select_related("operation").filter(pk__in=entries).first()
    return entry.operation if entry else None


def order_of_event(event_id: int) -> int | None:
    """The id of the order an event tells of."""
    subjects = EventSubject.objects.filter(event_id=event_id, kind=ProductionOrder._meta.label_lower)
    return subjects.values_list("key", flat=True).first()


def counted_by_machine(since: datetime) -> QuerySet[OrderOperation]:
    """Operations with STEP material whose pieces a machine counts, on a machine now or until some time after `since`.

    A counter says nothing piece by piece, so these are asked from time to time.
    """
    rows = OrderMaterial.objects.filter(
        order=OuterRef("order"), issue=IssuePolicy.STEP, kind=LineKind.COMPONENT
    ).filter(Q(operation=OuterRef("pk")) | Q(operation=None))
    runs = OrderRun.objects.filter(Q(ended_at=None) | Q(ended_at__gte=since), operation=OuterRef("pk"))
    closed = (OrderStatus.PLANNED, OrderStatus.CLOSED, OrderStatus.CANCELLED, OrderStatus.MERGED)
    return (
        OrderOperation.objects.exclude(count_by=CountBy.PERSON)
        .exclude(order__status__in=closed)
        .filter(Exists(rows), Exists(runs))
        .order_by("id")
    )
