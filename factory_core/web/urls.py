"""Addresses of the floor's own pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
