"""Addresses of orders."""

from django.urls import URLPattern, URLResolver, path, re_path

from production.orders.views import lists, order

_ORDER = "orders/<str:number>/"
_NUMBER = r"(?P<number>[^/]+)"

urlpatterns: list[URLPattern | URLResolver] = [
    path("orders/", lists.orders, name="production-orders"),
    path("orders/new/", lists.new, name="production-order-new"),
    path("orders/choices/", lists.choices, name="production-order-choices"),
    path(_ORDER, order.order, name="production-order"),
    path(f"{_ORDER}card/", order.card, name="production-order-card"),
    path(f"{_ORDER}edit/", order.edit, name="production-order-edit"),
    path(f"{_ORDER}close/", order.close, name="production-order-close"),
    re_path(
        rf"^orders/{_NUMBER}/(?P<what>release|withdraw|renew|split|merge|cancel|reopen)/$",
        order.act,
        name="production-order-act",
    ),
    re_path(
        rf"^orders/{_NUMBER}/steps/(?P<step>\d{{1,6}})/(?P<what>start|pause|finish|skip|unskip)/$",
        order.run_step,
        name="production-order-step",
    ),
]
