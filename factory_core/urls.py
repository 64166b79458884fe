"""The roof's address book. Each app brings its own pages and `/api/v1/` resources."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

import factory_core.web.schema  # noqa: F401 - registers what the description of the API says about tokens
from factory_core.web.find_views import find
from factory_core.web.people_api import PartnerViewSet, UserViewSet
from factory_core.web.routers import Router

router = Router()
router.register("users", UserViewSet, "api-user")
router.register("partners", PartnerViewSet, "api-partner")

urlpatterns = [
    path("", include("factory_core.people.urls")),
    path("", include("factory_core.access.urls")),
    path("", include("factory_core.partners.urls")),
    path("", include("factory_core.importing.urls")),
    path("", include("factory_core.processes.urls")),
    path("", include("production.urls")),
    path("", include("telemetry.urls")),
    path("", include("inventory.urls")),
    path("", include("audit.urls")),
    path("find/", find, name="find"),
    path("admin/", admin.site.urls),
    path("api/v1/", include(router.urls)),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="api-docs"),
]


def server_error(request: HttpRequest) -> HttpResponse:
    """The page of a fault of ours: what happened, that it is written down, what to do."""
    return render(request, "errors/500.html", {"trace_id": getattr(request, "correlation", "")}, status=500)


handler500 = server_error
