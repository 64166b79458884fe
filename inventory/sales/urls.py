"""Addresses of selling: pages and API."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from factory_core.web.routers import Router
from inventory.sales.api import SalesOrderViewSet
from inventory.sales.views import lines, lists, order

router = Router()
router.register("sales-orders", SalesOrderViewSet, "api-sales-order")

_ORDER = "sales/orders/<str:number>/"
_LINE = f"{_ORDER}lines/<int:position>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("sales/", lists.orders, name="sales"),
    path("sales/late/", lists.late, name="sales-late"),
    path("sales/new/", lists.new, name="sales-new"),
    re_path(r"^sales/choices/(?P<what>customers|items)/$", lists.choices, name="sales-choices"),
    path(_ORDER, order.order, name="sales-order"),
    path(f"{_ORDER}edit/", order.edit, name="sales-order-edit"),
    path(f"{_ORDER}lines/", lines.add, name="sales-line-add"),
    path(_LINE, lines.edit, name="sales-line"),
    path(f"{_LINE}remove/", lines.end, {"what": "remove"}, name="sales-line-remove"),
    path(f"{_LINE}close/", lines.end, {"what": "close"}, name="sales-line-close"),
    path(f"{_LINE}call-offs/", lines.call_off, name="sales-call-off"),
    path(f"{_LINE}call-offs/<int:call>/", lines.call_off_edit, name="sales-call-off-edit"),
    *[
        path(f"{_ORDER}{what}/", order.act, {"what": what}, name=f"sales-order-{what}")
        for what in ("confirm", "cancel", "close", "reopen", "copy")
    ],
    path("api/v1/", include(router.urls)),
]
