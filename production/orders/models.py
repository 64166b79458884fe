"""Production orders, when they were on a machine, and what was counted."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Machine
from factory_core.tables import Fact, Record
from factory_core.words import choices_of
from production.orders.states import CountKind, CountSource, OrderStatus


def never_at_once(name: str, condition: Q | None = None) -> ExclusionConstraint:
    """No two rows of one machine may overlap in time; the database refuses the second.

    The machine is made a range of one number because plain numbers have no GiST class without an extension.
    """
    machine = Func(F("machine"), F("machine"), Value("[]"), function="int8range")
    period = Func(F("started_at"), F("ended_at"), function="tstzrange", output_field=DateTimeRangeField())
    return ExclusionConstraint(
        name=name,
        expressions=[(machine, RangeOperators.OVERLAPS), (period, RangeOperators.OVERLAPS)],
        condition=condition,
        deferrable=models.Deferrable.IMMEDIATE,
    )


class ProductionOrder(Record):
    """So many pieces of something, on one machine."""

    scope_path = "machine"
    view_capability = "production.view"

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="orders", verbose_name=_("machine"))
    item_text = models.CharField(_("what is made"), max_length=200)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    unit = models.CharField(_("unit"), max_length=12, default="pcs")
    ideal_cycle_s = models.DecimalField(_("ideal seconds a piece"), max_digits=12, decimal_places=3)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=choices_of(OrderStatus), default=OrderStatus.PLANNED, editable=False
    )

    class Meta:
        verbose_name = _("production order")
        verbose_name_plural = _("production orders")
        ordering = ["due_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=list(OrderStatus)), name="order_status_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_quantity_positive"),
            models.CheckConstraint(condition=Q(ideal_cycle_s__gt=0), name="order_cycle_positive"),
            models.UniqueConstraint(
                fields=["machine"], condition=Q(status=OrderStatus.RUNNING), name="order_one_running_a_machine"
            ),
        ]
        indexes = [models.Index(fields=["machine", "status"], name="order_machine_status")]

    def __str__(self) -> str:
        return self.number


class OrderRun(Record):
    """An order was on its machine from start to end; open while it still is."""

    scope_path = "machine"
    view_capability = "production.view"

    order = models.ForeignKey(ProductionOrder, on_delete=models.PROTECT, related_name="runs", verbose_name=_("order"))
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="order_runs", verbose_name=_("machine"))
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("order run")
        verbose_name_plural = _("order runs")
        ordering = ["started_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")), name="order_run_not_empty"
            ),
            never_at_once("order_run_one_at_a_time"),
        ]
        indexes = [models.Index(fields=["machine", "-started_at"], name="order_run_machine")]

    def __str__(self) -> str:
        return f"{self.order} {self.started_at:%Y-%m-%d %H:%M}"


class CountEntry(Fact):
    """Somebody reported pieces; a mistake is taken back by a counter-entry of the opposite quantity."""

    scope_path = "machine"
    view_capability = "production.view"

    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="counts", verbose_name=_("machine"))
    order = models.ForeignKey(
        ProductionOrder, on_delete=models.PROTECT, null=True, related_name="counts", verbose_name=_("order")
    )
    kind = models.CharField(_("kind"), max_length=5, choices=choices_of(CountKind))
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))
    source = models.CharField(_("source"), max_length=8, choices=choices_of(CountSource), default=CountSource.OPERATOR)
    reason = models.CharField(_("reason"), max_length=80, null=True, blank=True)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="corrected_by", verbose_name=_("takes back")
    )
    key = models.CharField(_("key"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("count entry")
        verbose_name_plural = _("count entries")
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(CountKind)), name="count_kind_known"),
            models.CheckConstraint(condition=Q(source__in=list(CountSource)), name="count_source_known"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, corrects=None) | Q(quantity__lt=0, corrects__isnull=False),
                name="count_negative_only_as_correction",
            ),
        ]
        indexes = [models.Index(fields=["machine", "at"], name="count_machine_at")]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} {self.kind}"
