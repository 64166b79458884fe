"""Addresses of promises."""

from django.urls import URLPattern, path, re_path

from production.promises import views
from production.promises.api import OrderPromiseView, SalePromiseView

urlpatterns: list[URLPattern] = [
    path("promises/", views.promises, name="promises"),
    path("orders/<str:number>/promise/", views.of_order, name="order-promise"),
    path("sales/orders/<str:number>/promise/", views.of_sale, name="sales-order-promise"),
    path("sales/orders/<str:number>/could/", views.could, name="sales-order-could"),
    re_path(
        r"^api/v1/production-orders/(?P<pk>\d+)/promise/?$",
        OrderPromiseView.as_view({"get": "retrieve"}),
        name="api-production-order-promise",
    ),
    re_path(
        r"^api/v1/sales-orders/(?P<pk>\d+)/promise/?$",
        SalePromiseView.as_view({"get": "retrieve"}),
        name="api-sales-order-promise",
    ),
]
