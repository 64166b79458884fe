"""Addresses of the waiting list."""

from django.urls import path

from telemetry.devices import views

urlpatterns = [
    path("newcomers/", views.waiting, name="newcomers"),
    path("newcomers/<int:number>/admit/", views.admit, name="newcomer-admit"),
    path("newcomers/<int:number>/dismiss/", views.dismiss, name="newcomer-dismiss"),
]
