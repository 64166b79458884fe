"""The roof's address book."""

from django.urls import path, include

urlpatterns = [
    path("", include("factory_core.web.urls")),
]
