"""Addresses of labour."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from production.labour.api import PauseReasonViewSet, TimeEntryViewSet
from production.labour.views import pages

_HERE = "orders/<str:number>/time/"

router = Router()
router.register("time-entries", TimeEntryViewSet, "api-time-entry")
router.register("pause-reasons", PauseReasonViewSet, "api-pause-reason")

urlpatterns: list[URLPattern | URLResolver] = [
    path("labour/", pages.labour, name="labour"),
    path("labour/forgotten/", pages.forgotten, name="labour-forgotten"),
    path(_HERE, pages.time, name="order-time"),
    path(f"{_HERE}new/", pages.add, name="order-time-add"),
    path(f"{_HERE}<int:entry>/", pages.correct, name="order-time-correct"),
    path(f"{_HERE}<int:entry>/void/", pages.void, name="order-time-void"),
    path("api/v1/", include(router.urls)),
]
