"""Reports that were made, kept so that anybody can see later what was shown."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Line, Site
from factory_core.tables import Fact


class ReportRun(Fact):
    """A report was made: from which data, by whom. `content` is what it showed; page, table and paper are drawn from
    it."""

    # Who holds the right at the line sees what is of that line; what is of several belongs to the site.
    scope_path = "line|site"
    view_capability = "production.report.view"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    line = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("line"))
    report = models.CharField(_("report"), max_length=40)
    title = models.CharField(_("title"), max_length=200, default="")
    parameters = models.JSONField(_("parameters"))
    # The data of this moment were shown.
    data_at = models.DateTimeField(_("data of"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))
    content = models.JSONField(_("content"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    # What the maker was allowed to see went in; only who holds all of it may open it again.
    needs = models.JSONField(_("rights needed"), default=list)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-id"]
        indexes = [models.Index(fields=["site", "report", "-id"], name="report_run_latest")]

    def __str__(self) -> str:
        return self.title or f"{self.report} {self.data_at:%Y-%m-%d %H:%M}"
