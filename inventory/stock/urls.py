"""Addresses of this room: pages and API."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from inventory.stock.api import BalanceViewSet, MoveViewSet
from inventory.stock.counts_api import StockCountViewSet
from inventory.stock.places_api import LocationViewSet
from inventory.stock.reservation_api import ReservationViewSet
from inventory.stock.views import counting, counts, lots, moves, places, scan, stock, value

router = Router()
router.register("stock-balances", BalanceViewSet, "api-stock-balance")
router.register("stock-moves", MoveViewSet, "api-stock-move")
router.register("locations", LocationViewSet, "api-location")
router.register("stock-counts", StockCountViewSet, "api-stock-count")
router.register("reservations", ReservationViewSet, "api-reservation")

urlpatterns: list[URLPattern | URLResolver] = [
    path("stock/", stock.stock, name="stock"),
    path("stock/value/", value.value, name="stock-value"),
    path("stock/scan/", scan.scan, name="stock-scan"),
    path("stock/scan/panel/", scan.scan_panel, name="stock-scan-panel"),
    path("stock/scan/codes/", scan.codes, name="stock-scan-codes"),
    path("stock/moves/", moves.moves, name="stock-moves"),
    path("stock/old-moves/", moves.old_moves, name="stock-old-moves"),
    path("stock/moves/<int:number>/", moves.move, name="stock-move"),
    path("stock/moves/<int:number>/correct/", moves.correct, name="stock-move-correct"),
    path("lots/", lots.lots, name="lots"),
    path("lots/<int:number>/", lots.lot, name="lot"),
    path("lots/<int:number>/judge/", lots.judge, name="lot-judge"),
    path("locations/", places.locations, name="locations"),
    path("locations/add/place/", places.add_place, name="location-add"),
    path("locations/add/pallet/", places.add_pallet, name="pallet-add"),
    path("locations/<str:code>/", places.location, name="location"),
    path("locations/<str:code>/edit/", places.edit, name="location-edit"),
    path("locations/<str:code>/move/", places.move, name="pallet-move"),
    path("counts/", counts.counts, name="counts"),
    path("counts/start/", counts.start, name="count-start"),
    path("counts/<str:number>/", counting.count_page, name="count"),
    path("counts/<str:number>/note/", counting.note, name="count-note"),
    path("counts/<str:number>/finish/", counting.finish, name="count-finish"),
    path("counts/<str:number>/accept/", counts.accept, name="count-accept"),
    path("counts/<str:number>/cancel/", counts.cancel, name="count-cancel"),
    path("counts/<str:number>/again/<int:line>/", counts.again, name="count-again"),
    path("api/v1/stock-moves/move-pallet", LocationViewSet.as_view({"post": "move_pallet"}), name="api-move-pallet"),
    path("api/v1/", include(router.urls)),
]
