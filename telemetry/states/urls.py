"""Addresses of the page on how states are made."""

from django.urls import path

from telemetry.states import views

urlpatterns = [
    path("machines/<str:code>/rule/", views.rule_page, name="state-rule"),
    path("machines/<str:code>/rule/preview/", views.rule_preview, name="state-rule-preview"),
    path("machines/<str:code>/rule/set/", views.rule_set, name="state-rule-set"),
    path("machines/<str:code>/rule/learn/", views.rule_learn, name="state-rule-learn"),
]
