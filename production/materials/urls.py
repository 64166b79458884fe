"""Addresses of materials."""

from django.urls import URLPattern, path

from production.materials.views import material

_HERE = "orders/<str:number>/material/"

urlpatterns: list[URLPattern] = [
    path(_HERE, material.material, name="order-material"),
    path(f"{_HERE}issue/", material.issue, name="order-material-issue"),
    path(f"{_HERE}back/", material.back, name="order-material-back"),
    path(f"{_HERE}alternate/", material.alternate, name="order-material-alternate"),
    path(f"{_HERE}out/", material.out, name="order-material-out"),
    path(f"{_HERE}undo/<int:move>/", material.undo, name="order-material-undo"),
]
