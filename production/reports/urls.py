"""Addresses of reports, of Today and of wall displays."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.web.routers import Router
from production.reports.api import ReportViewSet
from production.reports.views import reports, today, walls

router = Router()
router.register("reports", ReportViewSet, "api-report")

urlpatterns: list[URLPattern | URLResolver] = [
    path("today/", today.today, name="today"),
    path("today/rows/", today.rows, name="today-rows"),
    path("wall/<str:code>/", walls.wall, name="wall"),
    path("wall/<str:code>/board/", walls.board, name="wall-board"),
    path("walls/", walls.walls, name="walls"),
    path("walls/new/", walls.set_up, name="wall-new"),
    path("walls/<str:code>/", walls.set_up, name="wall-set-up"),
    path("reports/", reports.reports, name="reports"),
    path("reports/new/<str:code>/", reports.new, name="report-new"),
    path("reports/<int:run_id>/", reports.report, name="report"),
    path("reports/<int:run_id>/check/", reports.check, name="report-check"),
    path("reports/<int:run_id>/anew/", reports.anew, name="report-anew"),
    path("reports/<int:run_id>/file/<str:suffix>/", reports.file, name="report-file"),
    path("api/v1/", include(router.urls)),
]
