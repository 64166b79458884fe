"""Rules (a record), and what is derived by them (projections: rebuilt at any time from readings and rules).

These tables are written all the time, so a foreign key has an index of its own only where no other one serves it.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Machine
from factory_core.tables import Projection, Record
from telemetry.devices.models import Tag
from telemetry.states.states import MachineState


class StateRule(Record):
    """How the signals of one machine become states, from `valid_from` until the next rule takes over."""

    scope_path = "machine"
    view_capability = "telemetry.view"

    machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, related_name="state_rules", verbose_name=_("machine")
    )
    number = models.PositiveIntegerField(_("number"))
    valid_from = models.DateTimeField(_("valid from"))
    definition = models.JSONField(_("definition"))

    class Meta:
        verbose_name = _("state rule")
        verbose_name_plural = _("state rules")
        ordering = ["machine", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["machine", "number"], name="state_rule_number"),
            models.UniqueConstraint(fields=["machine", "valid_from"], name="state_rule_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.machine_id}/{self.number}"


class StateInterval(Projection):
    """A machine was in one state, half-open in time; without `ended_at` it still is.

    `word` is the deciding source's own word. `rule` is the one in force at the start.
    """

    scope_path = "machine"
    view_capability = "telemetry.view"

    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="+", db_index=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12)
    word = models.TextField(blank=True)
    rule = models.ForeignKey(StateRule, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("state interval")
        verbose_name_plural = _("state intervals")
        indexes = [
            models.Index(fields=["machine", "started_at"], name="state_interval_start"),
            models.Index(fields=["machine"], condition=Q(ended_at=None), name="state_interval_open"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")), name="state_interval_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in MachineState]), name="state_interval_state_known"
            ),
            # The machine as a range of one number: plain numbers have no GiST class without an extension.
            ExclusionConstraint(
                name="state_interval_no_overlap",
                expressions=[
                    (Func(F("machine"), F("machine"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func(F("started_at"), F("ended_at"), function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.machine_id} {self.state} {self.started_at}"


class StateCheckpoint(Projection):
    """What had to be remembered of everything before `at`, so that deriving can go on from here.

    Only the newest of a machine has `wakes_at`: when silence alone, or the next rule, changes the time line.
    """

    scope_path = "machine"
    view_capability = "telemetry.view"

    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    rule = models.ForeignKey(StateRule, on_delete=models.CASCADE, related_name="+", db_index=False)
    memory = models.JSONField()
    wakes_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["machine", "at"], name="state_checkpoint_once")]
        indexes = [
            models.Index(fields=["wakes_at"], condition=~Q(wakes_at=None), name="state_checkpoint_wakes"),
        ]


class CounterStep(Projection):
    """A counter of a machine went up by `delta`; a rejected step is the note of a jump that was not counted."""

    scope_path = "machine"
    view_capability = "telemetry.view"
    goes_with_import = True

    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="+", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    delta = models.DecimalField(max_digits=30, decimal_places=9)
    kind = models.CharField(max_length=10)
    counts = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["machine", "at"], name="counter_step_time")]
