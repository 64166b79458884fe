"""Addresses of shopfloor."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
