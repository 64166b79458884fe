"""Makes the plant's own site the default one, so that `@admin.register` means it everywhere."""

from django.contrib.admin.apps import AdminConfig


class PlantAdminConfig(AdminConfig):
    default_site = "factory_core.web.admin.PlantAdminSite"
