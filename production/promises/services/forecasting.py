"""The forecast of a site, made anew from what is there: never changed by hand, never more than its inputs say."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from factory_core.events.services import publish
from factory_core.events.types import EventType
from factory_core.live.nudge import nudge
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.sales.models import SalesLine
from production.orders.models import ProductionOrder
from production.promises import events
from production.promises.models import LineForecast, OrderForecast
from production.promises.queries.picture import HORIZON_DAYS, picture_of
from production.promises.rules.covering import Cover
from production.promises.rules.explaining import Reason
from production.promises.rules.outlook import NO_END, LineOutlook, OrderOutlook, Outlook, Picture, outlook
from production.promises.states import Risk

# Who has more work than a season of shifts is looked at over a year.
FAR_DAYS = 400
KEPT = (Risk.NONE, Risk.TIGHT)
ORDER_FIELDS = ["risk", "start_at", "finish_at", "work_left_s", "late_s", "causes", "computed_at"]
LINE_FIELDS = ["site", "risk", "ready_at", "promised_on", "late_s", "covered_by", "causes", "computed_at"]


def forecast_site(*, actor: User, site: Site, at: datetime) -> Outlook:
    """Make the forecasts of all open orders and sales lines of a site anew; those of what is done disappear.

    Only a promise that breaks, is kept again or becomes unknown is told; screens of promises are nudged if anything
    changed. Call it inside `acting`.
    """
    picture, found = looked_ahead(site, at)
    changed = _store_orders(actor, site, found.orders, at)
    changed = _store_lines(actor, site, picture, found.lines, at) or changed
    if changed:
        nudge(f"site:{site.pk}", t="changed", e="promises.forecast")
    return found


def looked_ahead(site: Site, at: datetime, **more: Any) -> tuple[Picture, Outlook]:
    """What was read and what follows from it, as far ahead as the work needs; `more` as `picture_of` takes it."""
    picture = picture_of(site, at, days=HORIZON_DAYS, **more)
    found = outlook(picture, at)
    if any(one.risk is Risk.UNKNOWN and one.reasons[-1:] == (NO_END,) for one in found.orders.values()):
        picture = picture_of(site, at, days=FAR_DAYS, **more)
        found = outlook(picture, at)
    return picture, found


def _store_orders(actor: User, site: Site, found: Mapping[int, OrderOutlook], at: datetime) -> bool:
    old = {row.order_id: row for row in OrderForecast.objects.filter(order__line__area__site=site)}
    rows = [
        OrderForecast(
            order_id=key, risk=one.risk, start_at=one.start_at, finish_at=one.finish_at,
            work_left_s=round(one.work.total_seconds(), 3), late_s=one.late_s,
            causes=[told(reason) for reason in one.reasons], computed_at=at,
        )
        for key, one in found.items()
    ]  # fmt: skip
    OrderForecast.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["order"], update_fields=ORDER_FIELDS, batch_size=1000
    )
    OrderForecast.objects.filter(pk__in=[row.pk for key, row in old.items() if key not in found]).delete()
    turned = {row.order_id: row for row in rows if (kind := _turned(old.get(row.order_id), row, _ORDER_KINDS))}
    orders = ProductionOrder.objects.select_related("machine").in_bulk(turned)
    for key, row in turned.items():
        order, kind = orders[key], _turned(old.get(key), row, _ORDER_KINDS)
        if kind is not None:
            about: list[Model] = [order, *([order.machine] if order.machine else [site])]
            publish(kind, about=about, at=at, actor=actor, finish=_day(row.finish_at, site),
                    due=_day(order.due_at, site), causes=row.causes)  # fmt: skip
    return _differs(old, {row.order_id: row for row in rows}, "finish_at")


def _store_lines(actor: User, site: Site, picture: Picture, found: Mapping[int, LineOutlook], at: datetime) -> bool:
    old = {row.line_id: row for row in LineForecast.objects.filter(site=site)}
    lines = SalesLine.objects.select_related("order__customer", "item").in_bulk(list(found))
    rows = [
        LineForecast(
            line_id=key, site=site, risk=one.risk, ready_at=one.ready_at,
            promised_on=lines[key].promised_on or lines[key].wanted_on, late_s=one.late_s,
            covered_by=[_covered(cover, when) for cover, when in zip(one.covered.covers, one.times, strict=True)],
            causes=[told(reason) for reason in one.reasons], computed_at=at,
        )
        for key, one in found.items()
    ]  # fmt: skip
    LineForecast.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["line"], update_fields=LINE_FIELDS, batch_size=1000
    )
    LineForecast.objects.filter(pk__in=[row.pk for key, row in old.items() if key not in found]).delete()
    due = {demand.key: demand.due for demand in picture.demands}
    for row in rows:
        kind = _turned(old.get(row.line_id), row, _LINE_KINDS)
        if kind is not None:
            line = lines[row.line_id]
            publish(kind, about=[line.order, line.item, site], at=at, actor=actor, position=line.position,
                    item=line.item.number, ready=_day(row.ready_at, site),
                    due=row.promised_on.isoformat() if due[row.line_id] and row.promised_on else "",
                    causes=row.causes)  # fmt: skip
    return _differs(old, {row.line_id: row for row in rows}, "ready_at")


_ORDER_KINDS = {Risk.LATE: events.ORDER_BROKEN, Risk.UNKNOWN: events.ORDER_UNKNOWN, Risk.NONE: events.ORDER_KEPT}
_LINE_KINDS = {Risk.LATE: events.LINE_BROKEN, Risk.UNKNOWN: events.LINE_UNKNOWN, Risk.NONE: events.LINE_KEPT}


def _turned(old: Any, new: Any, kinds: Mapping[Risk, EventType]) -> EventType | None:
    """Which turn of a promise is to be told. Tight is still kept; what is unknown from the start is no news."""
    before, now = Risk(old.risk) if old else Risk.NONE, Risk(new.risk)
    if (before in KEPT) == (now in KEPT) and (now in KEPT or before is now):
        return None
    if old is None and now is Risk.UNKNOWN:
        return None
    return kinds[Risk.NONE if now in KEPT else now]


def _differs(old: Mapping[int, Any], new: Mapping[int, Any], moment: str) -> bool:
    return old.keys() != new.keys() or any(
        (getattr(row, moment), row.risk) != (getattr(old[key], moment), old[key].risk) for key, row in new.items()
    )


def told(reason: Reason) -> dict[str, Any]:
    """A link of the chain as it is stored."""
    return {
        "cause": str(reason.cause), "seconds": reason.seconds, "kind": reason.kind, "id": reason.id,
        "label": reason.label, "until": reason.until.isoformat() if reason.until else None,
    }  # fmt: skip


def _covered(cover: Cover, when: datetime | None) -> dict[str, Any]:
    return {
        "kind": str(cover.kind), "id": cover.id, "label": cover.label, "quantity": f"{cover.quantity.normalize():f}",
        "at": when.isoformat() if when else None,
    }  # fmt: skip


def _day(moment: datetime | None, site: Site) -> str:
    return moment.astimezone(site.zone).strftime("%Y-%m-%d %H:%M") if moment else ""
