"""Addresses of the register, of openings, and of the API of imports."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.importing import opening_views, register_views
from factory_core.importing.api.imports import (
    ExternalIdViewSet,
    ImportKindViewSet,
    ImportRowViewSet,
    ImportViewSet,
)
from factory_core.importing.api.openings import OpeningViewSet
from factory_core.web.routers import Router

# The same page to be printed.
PAPER = {"is_paper": True}
router = Router()
router.register("imports", ImportViewSet, "api-import")
router.register(r"imports/(?P<run>[^/.]+)/rows", ImportRowViewSet, "api-import-row")
router.register("import-kinds", ImportKindViewSet, "api-import-kind")
router.register("external-ids", ExternalIdViewSet, "api-external-id")
router.register("openings", OpeningViewSet, "api-opening")

urlpatterns: list[URLPattern | URLResolver] = [
    path("imports/register/", register_views.register, name="import-register"),
    path("imports/register/imports.<str:suffix>", register_views.register_file, name="import-register-file"),
    path("imports/register/<int:run_id>/", register_views.entry, name="import-register-entry"),
    path("imports/register/<int:run_id>/paper/", register_views.entry, PAPER, name="import-register-paper"),
    path(
        "imports/register/<int:run_id>/entry.<str:suffix>", register_views.entry_file, name="import-register-entry-file"
    ),
    path("imports/register/<int:run_id>/<slug:act>/", register_views.entry_act, name="import-register-act"),
    path("imports/openings/", opening_views.openings, name="import-openings"),
    path("imports/openings/<int:opening_id>/", opening_views.opening, name="import-opening"),
    path("imports/openings/<int:opening_id>/paper/", opening_views.opening, PAPER, name="import-opening-paper"),
    path("imports/openings/<int:opening_id>/undo/", opening_views.opening_undo, name="import-opening-undo"),
    path("imports/openings/<int:opening_id>/<slug:act>/", opening_views.opening_act, name="import-opening-act"),
    path("api/v1/", include(router.urls)),
]
