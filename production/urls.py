"""Addresses of production: screens and API, composed from its topics, and the places they stand on."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.floor_api import AreaViewSet, EventViewSet, LineViewSet, SiteViewSet
from factory_core.web.routers import Router
from production.downtime import views as downtime
from production.downtime.api import CorrectionViewSet, DowntimeViewSet, ReasonViewSet
from production.orders.api import OperationViewSet, OrderViewSet
from production.shopfloor import views as shopfloor
from production.shopfloor.api import (
    CallViewSet,
    CheckViewSet,
    ConfirmationViewSet,
    CountViewSet,
    EscalationViewSet,
    HandoverViewSet,
    MachineViewSet,
)

router = Router()
router.register("sites", SiteViewSet, "api-site")
router.register("areas", AreaViewSet, "api-area")
router.register("lines", LineViewSet, "api-line")
router.register("machines", MachineViewSet, "api-machine")
router.register("events", EventViewSet, "api-event")
router.register("production-orders", OrderViewSet, "api-production-order")
router.register("operations", OperationViewSet, "api-operation")
router.register("counts", CountViewSet, "api-count")
router.register("help-calls", CallViewSet, "api-help-call")
router.register("check-results", CheckViewSet, "api-check-result")
router.register("step-confirmations", ConfirmationViewSet, "api-step-confirmation")
router.register("handovers", HandoverViewSet, "api-handover")
router.register("escalation-steps", EscalationViewSet, "api-escalation-step")
router.register("downtimes", DowntimeViewSet, "api-downtime")
router.register("downtime-reasons", ReasonViewSet, "api-downtime-reason")
router.register("downtime-corrections", CorrectionViewSet, "api-downtime-correction")

# Rooms that list their own addresses.
ROOMS = ("products", "orders", "materials", "labour", "shopfloor", "planning", "oee", "promises", "costing", "reports")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", shopfloor.home, name="home"),
    path("floor/", shopfloor.floor, name="floor"),
    path("floor/board/", shopfloor.board, name="floor-board"),
    path("floor/calls/", shopfloor.calls, name="floor-calls"),
    path("station/<str:code>/", shopfloor.station, name="station"),
    path("station/papers/<int:operation_id>/<str:digest>/", shopfloor.document, name="station-paper"),
    path("station/<str:code>/here/", shopfloor.here, name="station-here"),
    path("station/<str:code>/load/", shopfloor.load, name="station-load"),
    path("station/<str:code>/sheets/", shopfloor.sheets, name="station-sheets"),
    path("station/<str:code>/<str:part>/", shopfloor.station_part, name="station-part"),
    path("machines/<str:code>/", shopfloor.machine, name="machine"),
    path("shift/", downtime.shift, name="shift"),
    path("shift/rows/", downtime.rows, name="shift-rows"),
    path("shift/to-explain/", downtime.to_explain, name="shift-to-explain"),
    path("shift/stop/<int:downtime_id>/", downtime.stop, name="shift-stop"),
    path("shift/at/<str:code>/", downtime.stop_at, name="shift-stop-at"),
    *(path("", include(f"production.{room}.urls")) for room in ROOMS),
    path("api/v1/", include(router.urls)),
]
