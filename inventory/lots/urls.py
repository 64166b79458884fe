"""Addresses of this room: the API. Pages of lots show where they lie, so they stand in the room of stock."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from inventory.lots.api import LotViewSet

router = Router()
router.register("lots", LotViewSet, "api-lot")

urlpatterns: list[URLPattern | URLResolver] = [path("api/v1/", include(router.urls))]
