"""Net requirements: runs of the plan of a site, and the orders each proposes."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Site
from factory_core.tables import Projection, Record
from factory_core.words import known_word, word_field
from inventory.items.models import Item, QuantityField
from production.planning.states import PlanKind, RunStatus


class PlanningRun(Record):
    """The net requirements of a site were computed once, over all levels, for `weeks` weeks from `starts_on`."""

    scope_path = "site"
    view_capability = "production.planning.view"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    status = word_field(_("status"), RunStatus, default=RunStatus.RUNNING, editable=False)
    starts_on = models.DateField(_("first day"))
    weeks = models.PositiveSmallIntegerField(_("weeks"), default=52)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    proposals = models.PositiveIntegerField(_("proposals"), default=0)
    # What could not be planned, in words: items without a source, loops, missing conversions.
    findings = models.JSONField(_("findings"), default=list, blank=True)

    class Meta:
        verbose_name = _("planning run")
        verbose_name_plural = _("planning runs")
        ordering = ["-id"]
        constraints = [
            known_word("status", RunStatus, "planning_run_status_known"),
            models.CheckConstraint(condition=Q(weeks__gt=0) & Q(weeks__lte=156), name="planning_run_weeks"),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.starts_on}"


class PlannedOrder(Projection):
    """A proposal of the latest run of a site: make or buy so much. `release_on` before the run's first day is late.

    `demand` keeps who wants it: [[kind, id, label, quantity, due on], …]. Firmed once: `firmed_…`
    names what came of it.
    """

    scope_path = "site"
    view_capability = "production.planning.view"

    # Hundreds of thousands of rows are written at once: the two indexes below are all there are, and that a run, a site
    # and an item exist was checked when they were read.
    run = models.ForeignKey(
        PlanningRun, on_delete=models.CASCADE, related_name="planned", db_index=False, db_constraint=False,
        verbose_name=_("run"),
    )  # fmt: skip
    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False, verbose_name=_("site")
    )
    item = models.ForeignKey(
        Item, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False, verbose_name=_("item")
    )
    kind = word_field(_("kind"), PlanKind)
    quantity = QuantityField(_("quantity"))
    release_on = models.DateField(_("to be released"))
    due_on = models.DateField(_("due"))
    is_late = models.BooleanField(_("late"), default=False)
    level = models.PositiveSmallIntegerField(_("level"), default=0)
    demand = models.JSONField(_("for"), default=list, blank=True)
    firmed_kind = models.CharField(max_length=80, blank=True, default="")
    firmed_id = models.BigIntegerField(null=True)
    firmed_label = models.CharField(max_length=80, blank=True, default="")
    firmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("planned order")
        verbose_name_plural = _("planned orders")
        ordering = ["release_on", "id"]
        constraints = [
            known_word("kind", PlanKind, "planned_order_kind_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="planned_order_positive"),
            models.CheckConstraint(condition=Q(release_on__lte=F("due_on")), name="planned_order_before_due"),
        ]
        indexes = [
            models.Index(fields=["site", "kind", "release_on", "id"], name="planned_order_next"),
            models.Index(fields=["item", "site"], name="planned_order_item"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id} {self.quantity.normalize():f}"
