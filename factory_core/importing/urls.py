"""Addresses of imports."""

from django.urls import URLPattern, URLResolver, include, path

from factory_core.importing.views import checks, ending, folders, leaving, listing, steps

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("factory_core.importing.register_urls")),
    path("imports/", listing.imports, name="imports"),
    path("imports/new/", steps.new, name="import-new"),
    path("imports/templates/", listing.templates, name="import-templates"),
    path("imports/templates/<slug:kind>.xlsx", listing.template, name="import-template"),
    path("imports/export/<slug:kind>/", leaving.export_page, name="import-export"),
    path("imports/export/<slug:kind>.xlsx", leaving.export_file, {"form": "xlsx"}, name="import-export-xlsx"),
    path("imports/export/<slug:kind>.csv", leaving.export_file, {"form": "csv"}, name="import-export-csv"),
    path("imports/folders/", folders.folders, name="import-folders"),
    path("imports/rules/", listing.rules, name="import-rules"),
    path("imports/rules/<int:rule_id>/", listing.rule, name="import-rule"),
    path("imports/<int:run_id>/", ending.resume, name="import"),
    path("imports/<int:run_id>/file/", steps.file, name="import-file"),
    path("imports/<int:run_id>/next/", steps.next_sheet, name="import-next"),
    path("imports/<int:run_id>/columns/", steps.columns, name="import-columns"),
    path("imports/<int:run_id>/check/", checks.check, name="import-check"),
    path("imports/<int:run_id>/cells/", checks.cells, name="import-cells"),
    path("imports/<int:run_id>/repair/", checks.repair, name="import-repair"),
    path("imports/<int:run_id>/comments.xlsx", checks.comments, name="import-comments"),
    path("imports/<int:run_id>/dry-run/", ending.dry_run, name="import-dry-run"),
    path("imports/<int:run_id>/progress/", ending.progress, name="import-progress"),
    path("imports/<int:run_id>/stop/", ending.stop, name="import-stop"),
    path("imports/<int:run_id>/give-up/", ending.give_up, name="import-give-up"),
    path("imports/<int:run_id>/undo/", ending.undo, name="import-undo"),
]
