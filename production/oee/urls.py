"""Addresses of figures and time accounts: pages and API."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from factory_core.web.routers import Router
from production.oee.api import AccountViewSet, MachineFigures
from production.oee.views import accounts, figures, hours, orders

router = Router()
router.register("time-accounts", AccountViewSet, "api-time-account")

urlpatterns: list[URLPattern | URLResolver] = [
    path("oee/", figures.figures, name="oee"),
    path("oee/losses/", figures.lost, name="oee-losses"),
    path("oee/hours/", hours.hours, name="oee-hours"),
    path("oee/orders/<str:number>/", orders.figures, name="oee-order"),
    path("oee/accounts/<int:pk>/", accounts.account, name="oee-account"),
    *[
        path(f"oee/accounts/<int:pk>/{what}/", accounts.act, {"what": what}, name=f"oee-account-{what}")
        for what in ("close", "reopen", "leave")
    ],
    re_path(
        r"^api/v1/machines/(?P<pk>\d+)/time-account/?$",
        MachineFigures.as_view({"get": "time_account"}, detail=True),
        name="api-machine-time-account",
    ),
    re_path(
        r"^api/v1/machines/(?P<pk>\d+)/oee/?$",
        MachineFigures.as_view({"get": "oee"}, detail=True),
        name="api-machine-oee",
    ),
    path("api/v1/", include(router.urls)),
]
