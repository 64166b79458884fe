"""Addresses of this room: pages and API."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from inventory.stock.api import BalanceViewSet, MoveViewSet
from inventory.stock.reservation_api import ReservationViewSet
from inventory.stock.views import lots, moves, scan, stock, value

router = Router()
router.register("stock-balances", BalanceViewSet, "api-stock-balance")
router.register("stock-moves", MoveViewSet, "api-stock-move")
router.register("reservations", ReservationViewSet, "api-reservation")

urlpatterns: list[URLPattern | URLResolver] = [
    path("stock/", stock.stock, name="stock"),
    path("stock/value/", value.value, name="stock-value"),
    path("stock/scan/", scan.scan, name="stock-scan"),
    path("stock/scan/panel/", scan.scan_panel, name="stock-scan-panel"),
    path("stock/scan/codes/", scan.codes, name="stock-scan-codes"),
    path("stock/moves/", moves.moves, name="stock-moves"),
    path("stock/moves/<int:number>/", moves.move, name="stock-move"),
    path("stock/moves/<int:number>/correct/", moves.correct, name="stock-move-correct"),
    path("lots/", lots.lots, name="lots"),
    path("lots/<int:number>/", lots.lot, name="lot"),
    path("lots/<int:number>/judge/", lots.judge, name="lot-judge"),
    path("api/v1/", include(router.urls)),
]
