"""Who worked on which operation, from when to when."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Machine
from factory_core.tables import PLANT_WIDE, Record
from factory_core.words import known_word, word_field
from production.labour.states import EndedBy, LabourKind
from production.orders.models import OrderOperation, ProductionOrder


class PauseReason(Record):
    """Why work was interrupted. Never deleted, only taken out of use."""

    scope_path = PLANT_WIDE
    view_capability = "production.view"

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("reason of a pause")
        verbose_name_plural = _("reasons of pauses")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class TimeEntry(Record):
    """A person worked on an operation from start to end; open while still at it. A pause ends the entry, going on
    begins a new one. Corrections are made by a supervisor with a reason and stand in the trail."""

    scope_path = "machine|order__line"
    view_capability = "production.labour.view"

    order = models.ForeignKey(
        ProductionOrder, on_delete=models.PROTECT, related_name="time_entries", verbose_name=_("order")
    )
    operation = models.ForeignKey(
        OrderOperation, on_delete=models.PROTECT, related_name="time_entries", verbose_name=_("operation")
    )
    machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("machine")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="time_entries", verbose_name=_("who")
    )
    kind = word_field(_("kind"), LabourKind, default=LabourKind.RUN)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=12, blank=True, choices=[(e.value, e.value) for e in EndedBy])
    pause_reason = models.ForeignKey(
        PauseReason, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("why paused")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    # Taken back: kept for the story, counts nowhere.
    is_void = models.BooleanField(_("taken back"), default=False, editable=False)
    key = models.CharField(_("key"), max_length=80, unique=True, null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("time entry")
        verbose_name_plural = _("time entries")
        ordering = ["-started_at", "-id"]
        constraints = [
            known_word("kind", LabourKind, "time_entry_kind_known"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="time_entry_not_backwards"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="") | Q(ended_at__isnull=False, ended_by__in=list(EndedBy)),
                name="time_entry_ended_somehow",
            ),
            models.UniqueConstraint(
                fields=["person", "operation"],
                condition=Q(ended_at=None, is_void=False),
                name="time_entry_one_open_a_person_and_operation",
            ),
            # Nobody works twice on one operation at one moment.
            ExclusionConstraint(
                name="time_entry_never_twice",
                expressions=[
                    (Func(F("person"), F("person"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func(F("operation"), F("operation"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func(F("started_at"), F("ended_at"), function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(is_void=False),
            ),
        ]
        indexes = [
            models.Index(fields=["operation", "started_at"], name="time_entry_operation"),
            models.Index(fields=["person", "-started_at"], name="time_entry_person"),
            models.Index(fields=["machine"], condition=Q(ended_at=None), name="time_entry_open"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.operation}"
