"""Addresses of the front door."""

from django.urls import path

from factory_core.people import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("terminal/<str:link>/", views.terminal, name="terminal"),
    path("language/", views.language, name="language"),
]
