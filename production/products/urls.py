"""Addresses of products: pages and API."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from production.products.api.boms import BomViewSet
from production.products.api.routings import RoutingViewSet, WorkCentreViewSet
from production.products.api.structure import StructureViewSet
from production.products.views import boms, centres, routings, structure

router = Router()
router.register("boms", BomViewSet, "api-bom")
router.register("routings", RoutingViewSet, "api-routing")
router.register("work-centres", WorkCentreViewSet, "api-work-centre")
# Questions about items that items themselves cannot answer; what else is asked of an item follows in inventory.
router.register("items", StructureViewSet, "api-item-structure")

# Numbers of items may hold a slash; what comes after the number here is asked before the item's own page.
urlpatterns: list[URLPattern | URLResolver] = [
    path("items/<path:number>/bom/", structure.bom, name="item-bom"),
    path("items/<path:number>/bom/new/", boms.new, name="bom-new"),
    path("items/<path:number>/explosion/", structure.explosion, name="item-explosion"),
    path("items/<path:number>/where-used/", structure.uses, name="item-uses"),
    path("items/<path:number>/routing/", structure.routings, name="item-routing"),
    path("items/<path:number>/routing/new/", routings.new, name="routing-new"),
    path("boms/branch/<int:item_id>/", structure.branch, name="bom-branch"),
    path("boms/proposals/", structure.proposals, name="product-proposals"),
    path("boms/<int:bom_id>/", boms.bom, name="bom"),
    path("boms/<int:bom_id>/edit/", boms.edit, name="bom-edit"),
    path("boms/<int:bom_id>/release/", boms.release, name="bom-release"),
    path("boms/<int:bom_id>/lines/new/", boms.add_line, name="bom-line-new"),
    path("boms/<int:bom_id>/lines/<int:line_id>/", boms.edit_line, name="bom-line"),
    path("boms/<int:bom_id>/lines/<int:line_id>/alternate/", boms.alternate, name="bom-alternate"),
    path("boms/<int:bom_id>/do/<str:name>/", boms.act, name="bom-act"),
    path("boms/<int:bom_id>/do/<str:name>/<int:key>/", boms.act, name="bom-part-act"),
    path("boms/<int:bom_id>/compare/<int:other_id>/", boms.compared, name="bom-compared"),
    path("routings/<int:routing_id>/", routings.routing, name="routing"),
    path("routings/<int:routing_id>/edit/", routings.edit, name="routing-edit"),
    path("routings/<int:routing_id>/release/", routings.release, name="routing-release"),
    path("routings/<int:routing_id>/operations/new/", routings.operation, name="operation-new"),
    path("routings/<int:routing_id>/operations/<int:operation_id>/", routings.operation, name="operation"),
    path(
        "routings/<int:routing_id>/operations/<int:operation_id>/<str:what>/new/",
        routings.part,
        name="operation-part-new",
    ),
    path(
        "routings/<int:routing_id>/operations/<int:operation_id>/<str:what>/<int:key>/",
        routings.part,
        name="operation-part",
    ),
    path("routings/<int:routing_id>/do/<str:name>/", routings.act, name="routing-act"),
    path("routings/<int:routing_id>/do/<str:name>/<int:key>/", routings.act, name="routing-part-act"),
    path("routings/<int:routing_id>/compare/<int:other_id>/", routings.compared, name="routing-compared"),
    path("work-centres/", centres.centres, name="work-centres"),
    path("work-centres/new/", centres.new, name="work-centre-new"),
    path("work-centres/<str:code>/", centres.edit, name="work-centre"),
    path("api/v1/", include(router.urls)),
]
