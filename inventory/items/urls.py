"""Addresses of this room: pages and API."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from inventory.items.api.items import ItemViewSet
from inventory.items.api.parts import (
    BarcodeViewSet,
    CategoryViewSet,
    ItemUnitViewSet,
    RevisionViewSet,
    SupplierItemViewSet,
    UnitViewSet,
)
from inventory.items.api.prices import CostViewSet, PurchasePriceViewSet, SalesPriceViewSet
from inventory.items.views import editing, parts, reading

router = Router()
router.register("items", ItemViewSet, "api-item")
router.register("units", UnitViewSet, "api-unit")
router.register("item-categories", CategoryViewSet, "api-item-category")
router.register("item-units", ItemUnitViewSet, "api-item-unit")
router.register("item-barcodes", BarcodeViewSet, "api-item-barcode")
router.register("item-revisions", RevisionViewSet, "api-item-revision")
router.register("supplier-items", SupplierItemViewSet, "api-supplier-item")
router.register("item-costs", CostViewSet, "api-item-cost")
router.register("purchase-prices", PurchasePriceViewSet, "api-purchase-price")
router.register("sales-prices", SalesPriceViewSet, "api-sales-price")

# Numbers may hold a slash, so an item's page takes what is left: first words in use are in rules/facts.RESERVED.
urlpatterns: list[URLPattern | URLResolver] = [
    path("items/", reading.items, name="items"),
    path("items/new/", editing.new, name="item-new"),
    path("items/categories/", editing.categories, name="item-categories"),
    path("items/papers/<int:paper_id>/", reading.paper, name="item-paper"),
    path("items/id/<int:item_id>/", reading.by_id, name="item-by-id"),
    path("items/id/<int:item_id>/edit/", editing.edit, name="item-edit"),
    path("items/id/<int:item_id>/add/<str:name>/", parts.part, name="item-part"),
    path("items/id/<int:item_id>/add/<str:name>/<int:key>/", parts.part, name="item-part-of"),
    path("items/id/<int:item_id>/do/<str:name>/<int:key>/", parts.act, name="item-act"),
    path("items/<path:number>/", reading.item, name="item"),
    path("api/v1/", include(router.urls)),
]
