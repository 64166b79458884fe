"""Addresses of oee."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
