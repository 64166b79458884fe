"""Forecasts as pages and the API show them: only those of orders and lines the asker may see."""

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.events.models import Event
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.sales.models import SalesOrder
from production.orders.models import ProductionOrder
from production.promises.models import RANK, LineForecast, OrderForecast
from production.promises.states import Risk

Actor = User | AnonymousUser


class NoSuchPromise(Missing):
    """The order does not exist, or the asker may not see it."""

    code = "no_such_promise"


AT_RISK = (Risk.LATE, Risk.UNKNOWN, Risk.TIGHT)
OF_FORECAST = ("risk", "late_s", "causes")


def orders_at_risk(actor: Actor, risks: Sequence[str] = AT_RISK) -> QuerySet[OrderForecast]:
    """Forecasts of production orders with these risks, the most serious first; of all else only what a list tells."""
    rows = visible(actor, OrderForecast.objects.filter(risk__in=risks)).select_related("order__line__area__site")
    told = ("number", "item_text", "due_at", "line__area__site__time_zone")
    return rows.only(*OF_FORECAST, "finish_at", "work_left_s", *(f"order__{name}" for name in told)).order_by(
        RANK, "-late_s", "finish_at", "pk"
    )


def lines_at_risk(actor: Actor, risks: Sequence[str] = AT_RISK) -> QuerySet[LineForecast]:
    """Forecasts of sales lines with these risks, the most serious first; of all else only what a list tells."""
    rows = visible(actor, LineForecast.objects.filter(risk__in=risks))
    rows = rows.select_related("line__order__customer", "line__item", "site")
    told = ("position", "order__number", "order__customer__name", "item__number", "item__name")
    return rows.only(
        *OF_FORECAST, "ready_at", "promised_on", "site__time_zone", *(f"line__{name}" for name in told)
    ).order_by(RANK, "-late_s", "promised_on", "pk")


def order_of(actor: Actor, *, number: str = "", pk: int | None = None) -> ProductionOrder:
    """A production order with its forecast. Raises NoSuchPromise."""
    rows = visible(actor, ProductionOrder.objects.select_related("forecast", "line__area__site"))
    order = rows.filter(pk=pk).first() if pk is not None else rows.filter(number=number).first()
    if order is None:
        raise NoSuchPromise(_("There is no such production order that you may see."))
    return order


def forecast_of(order: ProductionOrder) -> OrderForecast:
    """The forecast of an order that the asker was shown. Raises NoSuchPromise."""
    forecast: OrderForecast | None = getattr(order, "forecast", None)
    if forecast is None:
        raise NoSuchPromise(
            _("%(order)s has no forecast: it is not open, or was not looked at yet.") % {"order": order}
        )
    return forecast


def sale_of(actor: Actor, *, number: str = "", pk: int | None = None) -> SalesOrder:
    """A sales order. Raises NoSuchPromise."""
    rows = visible(actor, SalesOrder.objects.select_related("site"))
    order = rows.filter(pk=pk).first() if pk is not None else rows.filter(number=number).first()
    if order is None:
        raise NoSuchPromise(_("There is no such sales order that you may see."))
    return order


def forecasts_of_sale(actor: Actor, order: SalesOrder) -> list[LineForecast]:
    """The forecasts of a sales order's lines, by position."""
    rows = visible(actor, LineForecast.objects.filter(line__order=order))
    return list(rows.select_related("line__item__unit", "site").order_by("line__position"))


def sites_to_forecast() -> QuerySet[Site]:
    """The sites in use."""
    return Site.objects.filter(is_active=True).order_by("pk")


def site_of_event(event_id: int) -> int | None:
    """The site at which something happened."""
    found = Event.objects.filter(pk=event_id).values_list("site_id", "machine__line__area__site_id").first()
    return None if found is None else found[0] or found[1]
