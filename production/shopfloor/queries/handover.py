"""What one shift of a line has to tell the next, collected from what was booked."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.calendar.rules import ShiftWindow
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine
from inventory.dispatch.models import Dispatch
from inventory.stock.models import Location, StockBalance, StockMove
from inventory.stock.states import LocationKind, MoveKind
from production.downtime.models import Downtime
from production.downtime.queries import stops_to_explain
from production.orders.models import OrderOperation, ProductionOrder
from production.orders.queries import counts_of_machines, counts_of_operations
from production.orders.states import OperationStatus
from production.shopfloor.models import CheckResult, Handover, HelpCall
from production.shopfloor.rules.checks import Result, read_checks, standing
from production.shopfloor.rules.handover import digest_of

LONGEST_LIST = 50


class NoSuchHandover(Missing):
    """The handover does not exist, or the asker may not see it."""

    code = "no_such_handover"


def handovers_seen(actor: User) -> QuerySet[Handover]:
    """The handovers somebody may see, the newest first."""
    rows = visible(actor, Handover.objects.select_related("line__area__site", "signed_by", "taken_by"))
    return rows.order_by("-id")


def handover_or_missing(actor: User, handover_id: int) -> Handover:
    """One handover. Raises NoSuchHandover."""
    found = handovers_seen(actor).filter(pk=handover_id).first()
    if found is None:
        raise NoSuchHandover(_("There is no such handover that you may see."))
    return found


def lines_to_hand_over(actor: User, code: str = "") -> list[Line]:
    """The lines whose shifts somebody may hand over."""
    rows = visible(actor, Line.objects.select_related("area__site"), "production.handover.sign").order_by("code")
    return list(rows.filter(code=code) if code else rows)


def signed_content(handover: Handover) -> dict[str, Any]:
    """Everything the signature covers, as plain values."""
    return {
        "line": handover.line.code,
        "on": handover.on.isoformat(),
        "shift": handover.shift_name,
        "started_at": _plain(handover.started_at),
        "ended_at": _plain(handover.ended_at),
        "note": handover.note,
        "figures": handover.figures,
        "signed_by": handover.signed_by_id,
        "signed_at": _plain(handover.signed_at),
    }


def is_as_signed(handover: Handover) -> bool:
    """Whether what stands there is what was signed; always false for a draft."""
    return bool(handover.digest) and digest_of(signed_content(handover)) == handover.digest


def figures_of(line: Line, start: datetime, end: datetime, at: datetime) -> dict[str, Any]:
    """What happened in a shift until now, as JSON: quantities as decimal strings, moments in UTC."""
    machines = list(Machine.objects.filter(line=line).order_by("position", "code"))
    keys, until = [machine.pk for machine in machines], min(end, at)
    return {
        "until": _plain(until),
        "machines": _machines(machines, start, until),
        "stored": _stored(line, start, until),
        "sent": _sent(line, start, until),
        "pallets": _pallets(line),
        "stops": _stops(keys, start, until, at),
        "calls": _calls(keys, at),
        "checks": _checks(keys, start, until, at),
        "notes": _notes(keys, start, until),
    }


def _machines(machines: Sequence[Machine], start: datetime, until: datetime) -> list[dict[str, Any]]:
    window = ShiftWindow(0, "", date.min, start, until, ())
    counts = counts_of_machines([one.pk for one in machines], {one.pk: window for one in machines}, until)
    return [
        {
            "code": machine.code,
            "name": machine.name,
            "good": _number(counts[machine.pk].good),
            "scrap": _number(counts[machine.pk].scrap),
            "rework": _number(counts[machine.pk].rework),
        }
        for machine in machines
    ]


def _stored(line: Line, start: datetime, until: datetime) -> list[dict[str, Any]]:
    orders = ProductionOrder.objects.filter(line=line).values("pk")
    rows = (
        StockMove.objects.filter(
            site=line.area.site, kind=MoveKind.OUTPUT, at__gte=start, at__lt=until, corrects=None, corrected_by=None,
            source_kind=ProductionOrder._meta.label_lower, source_id__in=orders,
        )
        .order_by()
        .values("source_label", "item__number", "item__name", "item__unit__code", "lot__number")
        .annotate(total=Sum("quantity"))
    )  # fmt: skip
    found = [
        {
            "order": row["source_label"],
            "item": f"{row['item__number']} {row['item__name']}",
            "lot": row["lot__number"] or "",
            "quantity": _number(row["total"]),
            "unit": row["item__unit__code"],
        }
        for row in rows
    ]
    return sorted(found, key=lambda one: (one["order"], one["lot"]))[:LONGEST_LIST]


def _sent(line: Line, start: datetime, until: datetime) -> list[dict[str, Any]]:
    rows = Dispatch.objects.filter(site=line.area.site, dispatched_at__gte=start, dispatched_at__lt=until)
    names = rows.order_by("dispatched_at", "id").values_list("number", "customer__name")[:LONGEST_LIST]
    return [{"number": number, "customer": customer} for number, customer in names]


def _pallets(line: Line) -> list[dict[str, Any]]:
    """Pallets with goods on them that stand on the site."""
    filled = StockBalance.objects.filter(
        location__site=line.area.site, location__kind=LocationKind.PALLET, quantity__gt=0
    ).values("location_id")
    rows = Location.objects.filter(pk__in=filled).select_related("parent").order_by("code")[:LONGEST_LIST]
    return [{"code": row.code, "place": row.parent.code if row.parent else ""} for row in rows]


def _stops(keys: Sequence[int], start: datetime, until: datetime, at: datetime) -> list[dict[str, Any]]:
    rows = stops_to_explain(list(keys), start, until).select_related("machine").order_by("started_at")[:LONGEST_LIST]
    return [
        {
            "machine": row.machine.name,
            "started_at": _plain(row.started_at),
            "minutes": int(((row.ended_at or at) - row.started_at).total_seconds() // 60),
            "open": row.ended_at is None,
        }
        for row in rows
    ]


def _calls(keys: Sequence[int], at: datetime) -> list[dict[str, Any]]:
    rows = HelpCall.objects.filter(machine__among=list(keys), done_at=None, answered_at=None)
    return [
        {
            "machine": row.machine.name,
            "kind": row.kind,
            "at": _plain(row.at),
            "minutes": int((at - row.at).total_seconds() // 60),
            "level": row.level,
        }
        for row in rows.select_related("machine").order_by("at")[:LONGEST_LIST]
    ]


def _checks(keys: Sequence[int], start: datetime, until: datetime, at: datetime) -> list[dict[str, Any]]:
    """Checks that are due at running operations, and results of the shift that were not in order."""
    running = list(
        OrderOperation.objects.filter(machine__among=list(keys), status=OperationStatus.RUNNING).select_related(
            "order", "machine"
        )
    )
    counts = counts_of_operations(running, at)
    standing_rows = CheckResult.objects.filter(corrects=None, corrected_by=None)
    mine = list(standing_rows.filter(operation__among=[one.pk for one in running])) if running else []
    found = []
    for operation in running:
        results = [Result(row.position, row.piece, row.at) for row in mine if row.operation_id == operation.pk]
        for check in read_checks(operation.checks):
            good = counts[operation.pk].good
            if standing(check, results, operation.started_at, good, operation.quantity).now:
                found.append({"operation": str(operation), "check": check.name, "state": "due"})
    bad = standing_rows.filter(machine__among=list(keys), at__gte=start, at__lt=until, is_ok=False)
    for row in bad.select_related("operation__order").order_by("at")[:LONGEST_LIST]:
        names = {check.position: check.name for check in read_checks(row.operation.checks)}
        found.append(
            {"operation": str(row.operation), "check": names.get(row.position, str(row.position)), "state": "not_ok"}
        )
    return found


def _notes(keys: Sequence[int], start: datetime, until: datetime) -> list[dict[str, Any]]:
    rows = Downtime.objects.filter(machine__among=list(keys), started_at__lt=until, started_at__gte=start)
    rows = rows.exclude(note="").select_related("machine", "explained_by").order_by("started_at")[:LONGEST_LIST]
    return [
        {
            "machine": row.machine.name,
            "at": _plain(row.started_at),
            "by": row.explained_by.name if row.explained_by else "",
            "text": row.note,
        }
        for row in rows
    ]


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _plain(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else ""
