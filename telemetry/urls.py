"""Addresses of telemetry, composed from its topics."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from telemetry.devices.api import DeviceViewSet, GatewayViewSet
from telemetry.readings.api import TagViewSet

router = Router()
router.register("gateways", GatewayViewSet, "api-gateway")
router.register("devices", DeviceViewSet, "api-device")
router.register("tags", TagViewSet, "api-tag")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("telemetry.devices.urls")),
    path("", include("telemetry.engineering.urls")),
    path("", include("telemetry.states.urls")),
    path("api/v1/", include(router.urls)),
]
