"""Folders in which other systems leave files."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Site
from factory_core.tables import Record


class WatchedFolder(Record):
    """Files of one kind that are left in `inbox/<site>/<kind>/` of the data directory come in by themselves.

    They come under the name, and with the rights at that moment, of the person who set the folder up.
    """

    scope_path = "site"
    view_capability = "import.view"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    kind = models.CharField(_("kind"), max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("set up by")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("watched folder")
        verbose_name_plural = _("watched folders")
        ordering = ["site__code", "kind"]
        constraints = [models.UniqueConstraint(fields=["site", "kind"], name="watched_folder_once")]

    def __str__(self) -> str:
        return f"inbox/{self.site.code}/{self.kind}"
