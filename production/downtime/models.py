"""Stops that people discuss, the reasons they give, and corrections that late data proposes."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Machine
from factory_core.tables import PLANT_WIDE, Record
from production.downtime.states import (
    STANDING,
    CorrectionKind,
    CorrectionStatus,
    DowntimeStatus,
    ReasonKind,
    ReasonSource,
)
from production.orders.models import ProductionOrder, never_at_once


class DowntimeReason(Record):
    """Why a machine stood: a category, or a reason in one. Never deleted, only taken out of use."""

    scope_path = PLANT_WIDE
    view_capability = "production.view"

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reasons", verbose_name=_("category")
    )
    kind = models.CharField(
        _("kind"), max_length=9, choices=[(k.value, k.value) for k in ReasonKind], default=ReasonKind.UNPLANNED
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)
    # Words and alarm codes of machines that give this reason by themselves.
    machine_words = models.JSONField(_("set by machine words"), default=list, blank=True)

    class Meta:
        verbose_name = _("downtime reason")
        verbose_name_plural = _("downtime reasons")
        ordering = ["position", "code"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=list(ReasonKind)), name="reason_kind_known")]

    def __str__(self) -> str:
        return self.name

    @property
    def planned(self) -> bool:
        """Whether such a stop was meant to be (a break, no order)."""
        return self.kind == ReasonKind.PLANNED


class Downtime(Record):
    """A machine stood from start to end (None: it still stands), inside planned time."""

    scope_path = "machine"
    view_capability = "production.view"

    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="downtimes", verbose_name=_("machine"))
    order = models.ForeignKey(
        ProductionOrder,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="downtimes",
        verbose_name=_("order"),
    )
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=6, choices=[(s.value, s.value) for s in DowntimeStatus])
    # What the machine said when it stopped; a word may name the reason.
    state = models.CharField(_("state of the machine"), max_length=12)
    word = models.CharField(_("word of the machine"), max_length=80, blank=True)
    reason = models.ForeignKey(
        DowntimeReason,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="downtimes",
        verbose_name=_("reason"),
    )
    reason_source = models.CharField(
        _("reason given by"), max_length=10, blank=True, choices=[(s.value, s.value) for s in ReasonSource]
    )
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("explained by"),
    )
    explained_at = models.DateTimeField(_("explained at"), null=True, blank=True)
    note = models.TextField(_("note"), max_length=400, blank=True)
    is_micro = models.BooleanField(_("short stop, needs no reason"), default=False)
    split_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("split from")
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="swallowed", verbose_name=_("merged into")
    )
    # What undoing a merge puts back; empty while nothing was merged into this one.
    before_merge = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("downtime")
        verbose_name_plural = _("downtimes")
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")), name="downtime_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(status=DowntimeStatus.OPEN, ended_at=None)
                | Q(status=DowntimeStatus.CLOSED, ended_at__isnull=False)
                | Q(status__in=(DowntimeStatus.MERGED, DowntimeStatus.VOID)),
                name="downtime_open_means_no_end",
            ),
            models.CheckConstraint(
                condition=Q(reason=None, reason_source="")
                | Q(reason__isnull=False, reason_source__in=list(ReasonSource)),
                name="downtime_reason_has_source",
            ),
            never_at_once("downtime_one_at_a_time", condition=Q(status__in=STANDING)),
        ]
        indexes = [
            models.Index(fields=["machine", "-started_at"], name="downtime_machine_started"),
            models.Index(fields=["machine"], condition=Q(status=DowntimeStatus.OPEN), name="downtime_open"),
        ]

    def __str__(self) -> str:
        return f"{self.machine} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def stands(self) -> bool:
        """Whether it occupies its machine's time line (not merged away, not void)."""
        return self.status in STANDING

    @property
    def touched(self) -> bool:
        """Whether a person left a mark on it; such a record is never changed without a person."""
        by_person = self.reason_id is not None and self.reason_source != ReasonSource.MACHINE
        return by_person or bool(self.note) or self.split_from_id is not None or self.before_merge is not None


class DowntimeCorrection(Record):
    """Late data says a recorded downtime was different; a rule or a person accepts it, or a person turns it down."""

    scope_path = "machine"
    view_capability = "production.view"

    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="+", verbose_name=_("machine"))
    downtime = models.ForeignKey(
        Downtime, on_delete=models.PROTECT, related_name="corrections", verbose_name=_("downtime")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=[(k.value, k.value) for k in CorrectionKind])
    # The times it should have had; empty when it should not exist at all.
    started_at = models.DateTimeField(_("proposed start"), null=True, blank=True)
    ended_at = models.DateTimeField(_("proposed end"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=[(s.value, s.value) for s in CorrectionStatus])
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("correction of a downtime")
        verbose_name_plural = _("corrections of downtimes")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["downtime"], condition=Q(status=CorrectionStatus.PROPOSED), name="correction_one_proposal"
            ),
            models.CheckConstraint(
                condition=Q(kind=CorrectionKind.REMOVE, started_at=None, ended_at=None)
                | Q(kind=CorrectionKind.MOVE, started_at__isnull=False),
                name="correction_move_names_times",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.downtime}"
