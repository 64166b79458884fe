"""Where the time of machines went: losses by class and reason, the speed lost, and the best cycles demonstrated."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, Sum

from factory_core.plant.models import Machine
from production.downtime.models import DowntimeReason
from production.oee.models import AccountSlice
from production.oee.rules.figures import Sums, better_cycle
from production.oee.states import TimeClass
from production.orders.models import ProductionOrder

LOSSES = (
    TimeClass.UNPLANNED_STOP,
    TimeClass.MICRO_STOP,
    TimeClass.SETUP,
    TimeClass.PLANNED_STOP,
    TimeClass.NO_ORDER,
    TimeClass.NO_DATA,
)


@dataclass(frozen=True)
class Loss:
    """Seconds of shifts that a class and reason took; `kind` is the class, "speed" or "bad_pieces"."""

    kind: str
    reason: DowntimeReason | None
    seconds: Decimal
    stops: int = 0
    unexplained: int = 0
    energy_kwh: Decimal | None = None


def losses(machine_ids: Collection[int], first: date, last: date, sums: Sums) -> list[Loss]:
    """The losses of machines over days, the longest first; speed and bad pieces in seconds of ideal cycles.

    `sums`: those of the same machines and days. Speed that was gained is no loss.
    """
    rows = (
        AccountSlice.objects.filter(machine__among=machine_ids, on__gte=first, on__lte=last, is_shift=True)
        # One comparison of a text a row instead of six.
        .exclude(time_class=TimeClass.PRODUCING)
        .values("time_class", "reason")
        .annotate(lost=Sum("seconds"), all_stops=Sum("stops"), asked=Sum("unexplained"), energy=Sum("energy_kwh"))
    )
    found = [row for row in rows if row["time_class"] in LOSSES]
    reasons = DowntimeReason.objects.in_bulk([row["reason"] for row in found if row["reason"]])
    known = [
        Loss(row["time_class"], reasons.get(row["reason"]), row["lost"], row["all_stops"], row["asked"], row["energy"])
        for row in found
        if row["lost"] > 0
    ]
    if sums.speed_loss_s > 0:
        known.append(Loss("speed", None, sums.speed_loss_s))
    bad = sums.scrap + sums.rework
    if bad > 0 and sums.produced_with_ideal > 0:
        known.append(Loss("bad_pieces", None, bad * sums.ideal_s / sums.produced_with_ideal))
    return sorted(known, key=lambda loss: (-loss.seconds, loss.kind, loss.reason.pk if loss.reason else 0))


@dataclass(frozen=True)
class Wrong:
    """An order's ideal cycle that the machine beat; `better_s` is the best demonstrated seconds a piece."""

    machine: Machine
    item: str
    ideal_s: Decimal
    actual_s: Decimal
    better_s: Decimal | None


def too_long_ideals(machine_ids: Collection[int], first: date, last: date) -> list[Wrong]:
    """What machines made faster than ideal over days, with the ideal cycle that would fit."""
    rows = (
        AccountSlice.objects.filter(
            machine__among=machine_ids, on__gte=first, on__lte=last, is_shift=True, time_class=TimeClass.PRODUCING,
            order__isnull=False,
        )
        .values("machine", "order__item_text")
        .annotate(run=Sum("seconds"), ideal=Sum("ideal_s"), made=Sum("produced_with_ideal"))
        .filter(ideal__gt=F("run"), made__gt=0, run__gt=0)
        .order_by("machine", "order__item_text")
    )  # fmt: skip
    found = list(rows[:20])
    machines = Machine.objects.in_bulk([row["machine"] for row in found])
    shown = _demonstrated([(row["machine"], row["order__item_text"]) for row in found])
    return [
        Wrong(
            machines[row["machine"]],
            row["order__item_text"],
            row["ideal"] / row["made"],
            row["run"] / row["made"],
            better_cycle(shown.get((row["machine"], row["order__item_text"]), [])),
        )
        for row in found
    ]


def _demonstrated(pairs: Collection[tuple[int, str]]) -> dict[tuple[int, str], list[tuple[Decimal, Decimal]]]:
    wanted = Q(pk__in=())
    for machine_id, item in pairs:
        wanted |= Q(machine=machine_id, order__item_text=item)
    rows = AccountSlice.objects.filter(wanted, time_class=TimeClass.PRODUCING, is_shift=True, produced__gt=0)
    found: dict[tuple[int, str], list[tuple[Decimal, Decimal]]] = {}
    for machine_id, item, seconds, pieces in rows.values_list("machine", "order__item_text", "seconds", "produced"):
        found.setdefault((machine_id, item), []).append((seconds, pieces))
    return found


def orders_by_id(keys: Collection[int]) -> dict[int, ProductionOrder]:
    """Orders by id, with what they make."""
    return ProductionOrder.objects.in_bulk(list(keys))
