"""Addresses for those who watch this machine: programs, and people on the Health page."""

from django.urls import path

from factory_core.jobs import views as jobs
from factory_core.processes import pages, views

urlpatterns = [
    path("healthz", views.alive, name="healthz"),
    path("readyz", views.ready, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("health/", pages.page, name="health"),
    path("health/lines/", pages.lines, name="health-lines"),
    path("health/jobs/<int:job_id>/retry/", jobs.retry, name="job-retry"),
    path("health/jobs/<int:job_id>/dismiss/", jobs.dismiss, name="job-dismiss"),
]
