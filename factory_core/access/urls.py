"""Addresses of the screen "Who may do what where"."""

from django.urls import path

from factory_core.access import views

urlpatterns = [
    path("people/rights/", views.who, name="rights"),
    path("people/rights/<int:user_id>/", views.person, name="rights-person"),
    path("people/rights/<int:user_id>/give/", views.give, name="rights-give"),
    path("people/rights/<int:user_id>/take/", views.take, name="rights-take"),
]
