"""Addresses of this room: pages and API."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from inventory.replenishment import views
from inventory.replenishment.api import RuleViewSet, SuggestionViewSet

router = Router()
router.register("suggestions", SuggestionViewSet, "api-suggestion")
router.register("replenishment-rules", RuleViewSet, "api-replenishment-rule")

urlpatterns: list[URLPattern | URLResolver] = [
    path("replenishment/", views.suggestions, name="replenishment"),
    path("replenishment/take/", views.take, name="replenishment-take"),
    path("replenishment/run/", views.run, name="replenishment-run"),
    path("replenishment/<int:number>/reason/", views.reason, name="replenishment-reason"),
    path("replenishment/<int:number>/dismiss/", views.dismiss, name="replenishment-dismiss"),
    path("replenishment/rules/", views.rules, name="replenishment-rules"),
    path("replenishment/rules/new/", views.new_rule, name="replenishment-rule-new"),
    path("replenishment/rules/preview/", views.preview, name="replenishment-preview"),
    path("replenishment/rules/<int:number>/", views.rule, name="replenishment-rule"),
    path("api/v1/", include(router.urls)),
]
