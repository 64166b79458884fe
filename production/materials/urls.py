"""Addresses of materials."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from factory_core.web.routers import Router
from production.materials.api import MaterialViewSet, OrderGoodsView
from production.materials.views import material

_HERE = "orders/<str:number>/material/"

_API = r"^api/v1/production-orders/(?P<pk>\d+)/"

router = Router()
router.register("order-materials", MaterialViewSet, "api-order-material")

urlpatterns: list[URLPattern | URLResolver] = [
    path(_HERE, material.material, name="order-material"),
    path(f"{_HERE}issue/", material.issue, name="order-material-issue"),
    path(f"{_HERE}back/", material.back, name="order-material-back"),
    path(f"{_HERE}alternate/", material.alternate, name="order-material-alternate"),
    path(f"{_HERE}out/", material.out, name="order-material-out"),
    path(f"{_HERE}product/", material.product, name="order-material-product"),
    path(f"{_HERE}undo/<int:move>/", material.undo, name="order-material-undo"),
    re_path(f"{_API}materials/?$", OrderGoodsView.as_view({"get": "materials"}), name="api-order-materials"),
    re_path(
        f"{_API}outputs/?$", OrderGoodsView.as_view({"get": "outputs", "post": "put_out"}), name="api-order-outputs"
    ),
    re_path(f"{_API}undo-booking/?$", OrderGoodsView.as_view({"post": "undo"}), name="api-order-undo-booking"),
    path("api/v1/", include(router.urls)),
]
