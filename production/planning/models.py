"""Net requirements: runs of the plan of a site, what each proposes, and what people made of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Site
from factory_core.tables import PLANT_WIDE, Projection, Record
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


class PlanPart(Projection):
    """Proposals of the latest run of a site: up to 4096 of them in one row, all in the order of their release.

    `items` and `rows` hold them packed as `rules.packing` says; a proposal is called by its part and its place there.
    """

    scope_path = "site"
    view_capability = "production.planning.view"

    run = models.ForeignKey(PlanningRun, on_delete=models.CASCADE, related_name="parts", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    # The days of release of its first and its last proposal.
    first_on = models.DateField()
    last_on = models.DateField()
    count = models.PositiveIntegerField()
    items = models.BinaryField()
    rows = models.BinaryField()

    class Meta:
        verbose_name = _("part of a plan")
        verbose_name_plural = _("parts of plans")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(first_on__lte=F("last_on")), name="plan_part_days"),
            models.CheckConstraint(condition=Q(count__gt=0), name="plan_part_not_empty"),
        ]
        indexes = [models.Index(fields=["run", "first_on"], name="plan_part_next")]

    def __str__(self) -> str:
        return f"{self.first_on} - {self.last_on}"


class PlanCauses(Projection):
    """Who stands behind the proposals of a run: documents, packed as `rules.packing` says; a proposal names a place."""

    scope_path = "site"
    view_capability = "production.planning.view"

    run = models.OneToOneField(PlanningRun, on_delete=models.CASCADE, related_name="causes")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    rows = models.BinaryField()

    class Meta:
        verbose_name = _("causes of a plan")
        verbose_name_plural = _("causes of plans")

    def __str__(self) -> str:
        return str(self.run)


class PlanBase(Projection):
    """What of a site's plan changes seldom, packed: how its items are planned, and the lines of the bills in force.

    True for plans that begin on a day from `first_on` up to, but without, `until_on` (empty: without end), as long as
    no PlanBaseChange is there.
    """

    scope_path = "site"
    view_capability = "production.planning.view"

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="+")
    first_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    rows = models.BinaryField()

    class Meta:
        verbose_name = _("base of a plan")
        verbose_name_plural = _("bases of plans")

    def __str__(self) -> str:
        return str(self.site)


class PlanBaseChange(Projection):
    """A statement changed something that bases were read from: left by a trigger, taken away with all bases.

    One row a statement and never a counter: those who change bills at the same time do not wait for each other, and
    what commits while a base is being read stays behind and ends that base.
    """

    scope_path = PLANT_WIDE
    view_capability = "production.planning.view"

    class Meta:
        verbose_name = _("change of the base of plans")
        verbose_name_plural = _("changes of the base of plans")

    def __str__(self) -> str:
        return str(self.pk)


class Firming(Record):
    """What came of a proposal, decided once by a person; it outlives the plan it stood in."""

    scope_path = "site"
    view_capability = "production.planning.view"

    run = models.ForeignKey(PlanningRun, on_delete=models.PROTECT, related_name="firmings", verbose_name=_("run"))
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    # The proposal it was; below zero: one of the days when each was a row of its own.
    proposal = models.BigIntegerField(_("proposal"), unique=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    kind = word_field(_("kind"), PlanKind)
    # Quantity and day as the person decided them; the day of release as it was proposed.
    quantity = QuantityField(_("quantity"))
    release_on = models.DateField(_("to be released"))
    due_on = models.DateField(_("due"))
    # Not known of proposals that were rows of their own; the event of their firming says it.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    made_kind = models.CharField(_("what was made"), max_length=80)
    made_id = models.BigIntegerField(_("its key"))
    made_label = models.CharField(_("its number"), max_length=80)
    at = models.DateTimeField(_("firmed at"))

    class Meta:
        verbose_name = _("firmed proposal")
        verbose_name_plural = _("firmed proposals")
        ordering = ["-id"]
        constraints = [
            known_word("kind", PlanKind, "firming_kind_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="firming_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id} {self.quantity.normalize():f}"
