"""Addresses of customers and suppliers."""

from django.urls import path

from factory_core.partners import views

urlpatterns = [
    path("partners/", views.partners, name="partners"),
    path("partners/new/", views.edit, name="partner-new"),
    path("partners/<int:partner_id>/", views.partner, name="partner"),
    path("partners/<int:partner_id>/edit/", views.edit, name="partner-edit"),
    path("partners/<int:partner_id>/address/", views.address, name="partner-address-new"),
    path("partners/<int:partner_id>/address/<int:address_id>/", views.address, name="partner-address"),
]
