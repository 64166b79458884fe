"""Addresses of the register, of openings, and of the API of imports."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.importing.api.imports import (
    ExternalIdViewSet,
    ImportKindViewSet,
    ImportRowViewSet,
    ImportViewSet,
)
from factory_core.importing.api.openings import OpeningViewSet
from factory_core.web.routers import Router

router = Router()
router.register("imports", ImportViewSet, "api-import")
router.register(r"imports/(?P<run>\d+)/rows", ImportRowViewSet, "api-import-row")
router.register("import-kinds", ImportKindViewSet, "api-import-kind")
router.register("external-ids", ExternalIdViewSet, "api-external-id")
router.register("openings", OpeningViewSet, "api-opening")

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(router.urls)),
]
