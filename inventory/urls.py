"""Addresses of inventory: each room brings its own."""

from django.urls import URLPattern, URLResolver, include, path

ROOMS = ("items", "lots", "stock", "trace", "purchasing", "replenishment", "sales", "dispatch", "labels")

urlpatterns: list[URLPattern | URLResolver] = [path("", include(f"inventory.{room}.urls")) for room in ROOMS]
