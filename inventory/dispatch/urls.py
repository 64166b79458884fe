"""Addresses of dispatching: pages and API."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from inventory.dispatch.api import DispatchViewSet
from inventory.dispatch.views import dispatch, lists, picking

router = Router()
router.register("dispatches", DispatchViewSet, "api-dispatch")

_ONE = "dispatch/<str:number>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("dispatch/", lists.tracking, name="dispatches"),
    path("dispatch/new/", lists.new, name="dispatch-new"),
    path("dispatch/of/<str:number>/", lists.of_order, name="dispatch-of-order"),
    path(_ONE, dispatch.dispatch, name="dispatch"),
    path(f"{_ONE}pick/", picking.pick, name="dispatch-pick"),
    path(f"{_ONE}picks/<int:pick>/put-back/", picking.put_back, name="dispatch-put-back"),
    path(f"{_ONE}picks/<int:pick>/pallet/", picking.on_pallet, name="dispatch-on-pallet"),
    path(f"{_ONE}picks/<int:pick>/take-back/", dispatch.take_back, name="dispatch-take-back"),
    path(f"{_ONE}lines/<int:line>/short/", picking.short, name="dispatch-short"),
    *[
        path(f"{_ONE}{what}/", dispatch.handle, {"what": what}, name=f"dispatch-{what}")
        for what in ("pack", "unpack", "propose", "cancel")
    ],
    *[path(f"{_ONE}{what}/", dispatch.leave, {"what": what}, name=f"dispatch-{what}") for what in ("send", "deliver")],
    *[path(f"{_ONE}{what}/", dispatch.paper, {"what": what}, name=f"dispatch-{what}") for what in dispatch.PAPERS],
    path(f"{_ONE}proof/", dispatch.proof, name="dispatch-proof"),
    path("api/v1/", include(router.urls)),
]
