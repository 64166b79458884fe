"""Calls for help and who hears them, instructions confirmed, checks done, shifts handed over."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Line, Machine, Site
from factory_core.tables import Fact, Record
from factory_core.words import known_word, word_field
from production.orders.models import OrderOperation
from production.shopfloor.states import HandoverStatus, HelpKind


class HelpCall(Record):
    """Somebody at a machine asked for somebody to come; open until answered. One open call a machine and kind."""

    scope_path = "machine"
    view_capability = "production.view"

    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="help_calls", verbose_name=_("machine"))
    kind = models.CharField(_("who should come"), max_length=12, choices=[(k.value, k.value) for k in HelpKind])
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("called by")
    )
    at = models.DateTimeField(_("called at"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    # Help was given: the call is over.
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    # How many steps of escalation have heard of it, and when the last one did.
    level = models.PositiveSmallIntegerField(_("escalation step"), default=0, editable=False)
    escalated_at = models.DateTimeField(_("escalated at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("help call")
        verbose_name_plural = _("help calls")
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(HelpKind)), name="help_kind_known"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__gte=F("at"), answered_by__isnull=False),
                name="help_answered_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["machine", "kind"], condition=Q(answered_at=None), name="help_one_open_call"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.machine} · {self.kind}"


class EscalationStep(Record):
    """Who hears of a call nobody answered after so many minutes; without a line it holds for the whole site."""

    scope_path = "site"
    view_capability = "production.view"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    line = models.ForeignKey(
        Line, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("line")
    )
    kind = word_field(_("who was called"), HelpKind)
    step = models.PositiveSmallIntegerField(_("step"))
    after_minutes = models.PositiveSmallIntegerField(_("after minutes"))
    role = models.CharField(_("role that hears of it"), max_length=20)

    class Meta:
        verbose_name = _("escalation step")
        verbose_name_plural = _("escalation steps")
        ordering = ["site", "kind", "step"]
        constraints = [
            known_word("kind", HelpKind, "escalation_kind_known"),
            models.UniqueConstraint(
                fields=["site", "line", "kind", "step"], name="escalation_step_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(step__gt=0), name="escalation_step_counted"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.step}"


class StepConfirmation(Fact):
    """A person said that they read and did an instruction of an operation."""

    scope_path = "operation__machine|operation__order__line"
    view_capability = "production.view"

    operation = models.ForeignKey(
        OrderOperation, on_delete=models.PROTECT, related_name="confirmations", verbose_name=_("operation")
    )
    position = models.PositiveIntegerField(_("instruction"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("at"))
    key = models.CharField(_("key"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("confirmed instruction")
        verbose_name_plural = _("confirmed instructions")
        indexes = [models.Index(fields=["operation", "position"], name="confirmation_operation")]

    def __str__(self) -> str:
        return f"{self.operation_id} {self.position}"


class CheckResult(Fact):
    """What a check of an operation gave; a mistake is taken back by a result that names it."""

    scope_path = "operation__machine|operation__order__line"
    view_capability = "production.view"

    operation = models.ForeignKey(
        OrderOperation, on_delete=models.PROTECT, related_name="check_results", verbose_name=_("operation")
    )
    machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("machine")
    )
    position = models.PositiveIntegerField(_("check"))
    # The piece it was done at: how many good pieces the operation had made.
    piece = models.DecimalField(_("at piece"), max_digits=18, decimal_places=6, default=0)
    number = models.DecimalField(_("number"), max_digits=18, decimal_places=6, null=True)
    text = models.CharField(_("text"), max_length=400, blank=True)
    picture = models.CharField(_("picture"), max_length=64, blank=True)
    is_ok = models.BooleanField(_("in order"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("at"))
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="corrected_by", verbose_name=_("takes back")
    )
    key = models.CharField(_("key"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("check result")
        verbose_name_plural = _("check results")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["operation", "position", "-id"], name="check_result_operation")]

    def __str__(self) -> str:
        return f"{self.operation_id} {self.position} {self.is_ok}"


class Handover(Record):
    """What one shift of a line tells the next: figures and a note. Signed, it is frozen; `digest` is the SHA-256 of
    what was signed, `taken_by` the person of the next shift who read it."""

    scope_path = "line"
    view_capability = "production.view"

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="handovers", verbose_name=_("line"))
    on = models.DateField(_("day"))
    shift_key = models.BigIntegerField(_("shift"), default=0)
    shift_name = models.CharField(_("name of the shift"), max_length=80, blank=True)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"))
    status = word_field(_("status"), HandoverStatus, default=HandoverStatus.DRAFT, editable=False)
    note = models.TextField(_("note"), max_length=4000, blank=True)
    # Made, scrapped, put into stock, sent, open pallets, open stops, open calls: frozen with the signature.
    figures = models.JSONField(_("figures"), default=dict, blank=True, editable=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("signed by"),
    )  # fmt: skip
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True, editable=False)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("read by"),
    )  # fmt: skip
    taken_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("shift handover")
        verbose_name_plural = _("shift handovers")
        ordering = ["-started_at", "line"]
        constraints = [
            known_word("status", HandoverStatus, "handover_status_known"),
            models.UniqueConstraint(fields=["line", "started_at"], name="handover_once_a_shift"),
            models.CheckConstraint(
                condition=Q(status=HandoverStatus.DRAFT, signed_at=None)
                | (
                    ~Q(status=HandoverStatus.DRAFT)
                    & Q(signed_at__isnull=False, signed_by__isnull=False)
                    & ~Q(digest="")
                ),
                name="handover_signed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.on} {self.shift_name}"
