"""What an order took: its time on machines, its way from the first start to the end, and what it made."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Min

from factory_core.plant.models import Machine
from production.oee.queries.sums import sums_of_order
from production.oee.rules.figures import Sums
from production.orders.models import ProductionOrder
from production.orders.queries import counts_of_order


@dataclass(frozen=True)
class OrderTime:
    """`machines` with their sums, the longest first; `started_at` None: not begun; `ended_at` the end, or now."""

    machines: list[tuple[Machine, Sums]]
    started_at: datetime | None
    ended_at: datetime
    produced: Decimal

    @property
    def execution_s(self) -> Decimal:
        """AOET: real seconds from the first start to the end, waiting included."""
        if self.started_at is None:
            return Decimal(0)
        passed = self.ended_at.astimezone(UTC) - self.started_at.astimezone(UTC)
        return max(Decimal(passed // passed.resolution) / 1_000_000, Decimal(0))


def time_of_order(order: ProductionOrder, at: datetime) -> OrderTime:
    """The time of an order as its accounts were kept, minutes ago at most while it runs."""
    sums = sums_of_order(order.pk)
    machines = Machine.objects.in_bulk(sums)
    made = counts_of_order(order, at)
    return OrderTime(
        machines=sorted(
            ((machines[key], one) for key, one in sums.items()), key=lambda row: (-row[1].busy_s, row[0].code)
        ),
        started_at=order.operations.aggregate(first=Min("started_at"))["first"],
        ended_at=order.finished_at or at,
        produced=made.good + made.scrap + made.rework,
    )
