"""Addresses of labour."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
