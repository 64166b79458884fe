"""Addresses of this room: pages and API."""

from django.urls import URLPattern, URLResolver, path, re_path

from inventory.trace import views
from inventory.trace.api import HoldAllViewSet, TraceViewSet

LOT = r"^api/v1/lots/(?P<pk>\d+)"

urlpatterns: list[URLPattern | URLResolver] = [
    path("lots/<int:number>/trace/", views.trace_page, name="lot-trace"),
    path("lots/<int:number>/recall/", views.recall_page, name="lot-recall"),
    path("lots/<int:number>/recall/hold/", views.hold_all, name="lot-hold-all"),
    re_path(rf"{LOT}/trace/?$", TraceViewSet.as_view({"get": "trace"}), name="api-lot-trace"),
    re_path(rf"{LOT}/recall/?$", TraceViewSet.as_view({"get": "recall"}), name="api-lot-recall"),
    re_path(rf"{LOT}/hold-all/?$", HoldAllViewSet.as_view({"post": "hold"}), name="api-lot-hold-all"),
]
