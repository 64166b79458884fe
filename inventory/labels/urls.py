"""Addresses of labels: pages and API."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from inventory.labels.api import LabelPrintViewSet, LabelTemplateViewSet
from inventory.labels.views import designing, printing

router = Router()
router.register("label-templates", LabelTemplateViewSet, "api-label-template")
router.register("label-prints", LabelPrintViewSet, "api-label-print")

urlpatterns: list[URLPattern | URLResolver] = [
    path("labels/", printing.labels, name="labels"),
    path("labels/print/", printing.print_page, name="label-print"),
    path("labels/preview/", designing.preview, name="label-preview"),
    path("labels/defaults/", designing.make_defaults, name="label-defaults"),
    path("labels/new/", designing.new, name="label-new"),
    path("labels/templates/<str:code>/", designing.design, name="label-design"),
    path("labels/templates/<str:code>/page.css", printing.page_style, name="label-style"),
    path("api/v1/", include(router.urls)),
]
