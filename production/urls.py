"""Addresses of production: screens and API, composed from its topics."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
