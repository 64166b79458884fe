"""Addresses of planning: pages and API."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from production.planning import views
from production.planning.api import PlannedOrderViewSet, PlanningRunViewSet

router = Router()
router.register("planned-orders", PlannedOrderViewSet, "api-planned-order")
router.register("planning-runs", PlanningRunViewSet, "api-planning-run")

urlpatterns: list[URLPattern | URLResolver] = [
    path("plan/", views.plan, name="plan"),
    path("plan/run/", views.run_now, name="plan-run"),
    path("plan/capacity/", views.capacity, name="plan-capacity"),
    path("plan/progress/", views.progress, name="plan-progress"),
    path("plan/runs/", views.runs, name="plan-runs"),
    path("plan/firm/", views.firm_chosen, name="plan-firm"),
    path("plan/proposals/<int:planned_id>/why/", views.why, name="plan-why"),
    path("plan/proposals/<int:planned_id>/firm/", views.firm_one, name="plan-firm-one"),
    path("plan/items/<str:number>/", views.item, name="plan-item"),
    path("api/v1/", include(router.urls)),
]
