"""Addresses for machines that watch this machine."""

from django.urls import path

from factory_core.processes import views

urlpatterns = [
    path("healthz", views.alive, name="healthz"),
    path("readyz", views.ready, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
]
