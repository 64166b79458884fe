"""Addresses of the trail."""

from django.urls import path

from audit.trail import views

urlpatterns = [
    path("trail/", views.whole_trail, name="trail"),
    path("history/<str:label>/<int:key>/", views.history, name="history"),
]
