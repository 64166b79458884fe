"""Addresses of costing."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from factory_core.web.routers import Router
from production.costing import views
from production.costing.api import (
    EnergyPriceViewSet,
    LabourRateViewSet,
    OrderCostView,
    RateViewSet,
    RollupRunViewSet,
    RollupViewSet,
)

router = Router()
router.register("rates", RateViewSet, "api-rate")
router.register("labour-rates", LabourRateViewSet, "api-labour-rate")
router.register("energy-prices", EnergyPriceViewSet, "api-energy-price")
router.register("cost-rollups", RollupViewSet, "api-cost-rollup")
router.register("cost-rollup-runs", RollupRunViewSet, "api-cost-rollup-run")

urlpatterns: list[URLPattern | URLResolver] = [
    path("costing/", views.costs, name="costs"),
    path("costing/rollups/", views.rollups, name="cost-rollups"),
    path("costing/rollups/progress/", views.progress, name="cost-rollup-progress"),
    path("costing/rollups/all/", views.roll_up_all, name="cost-roll-up-all"),
    path("costing/rollups/<int:rollup_id>/accept/", views.accept, name="cost-rollup-accept"),
    path("costing/rates/", views.rates, name="cost-rates"),
    path("items/<path:number>/costs/", views.of_item, name="item-cost"),
    path("orders/<str:number>/cost/", views.of_order, name="order-cost"),
    path("orders/<str:number>/cost/settle/", views.settle, name="order-settle"),
    re_path(
        r"^api/v1/production-orders/(?P<pk>\d+)/cost/?$",
        OrderCostView.as_view({"get": "retrieve", "post": "settle"}),
        name="api-production-order-cost",
    ),
    path("api/v1/", include(router.urls)),
]
