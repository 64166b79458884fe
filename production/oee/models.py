"""The time account of machines: one account a shift (or a gap between shifts), and the sums every figure is made of."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Machine, Site
from factory_core.tables import Fact, Projection, Record
from factory_core.words import known_word, word_field
from inventory.items.models import Item
from production.downtime.models import DowntimeReason
from production.oee.states import AccountStatus, RuleSet, TimeClass
from production.orders.models import ProductionOrder, never_at_once


def _sum(places: int, *, null: bool = False) -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=18, decimal_places=places, default=None if null else 0, null=null)


class OeeTargets(Record):
    """What a site aims at and which rule set its figures follow by default; shares in percent."""

    scope_path = "site"
    view_capability = "production.view"

    site = models.OneToOneField(Site, on_delete=models.PROTECT, related_name="oee_targets", verbose_name=_("site"))
    rule_set = word_field(_("rule set"), RuleSet, default=RuleSet.ISO22400)
    oee_percent = models.DecimalField(_("OEE target in percent"), max_digits=5, decimal_places=2, default=85)
    scrap_percent = models.DecimalField(_("scrap target in percent"), max_digits=5, decimal_places=2, default=2)
    # Late data reopen a closed account by themselves so long; after that a person decides.
    reopen_days = models.PositiveSmallIntegerField(_("days in which late data reopen an account"), default=7)

    class Meta:
        verbose_name = _("targets of a site")
        verbose_name_plural = _("targets of sites")
        constraints = [
            known_word("rule_set", RuleSet, "oee_targets_rule_set_known"),
            models.CheckConstraint(
                condition=Q(oee_percent__gt=0, oee_percent__lte=100, scrap_percent__gte=0, scrap_percent__lte=100),
                name="oee_targets_percent",
            ),
        ]

    def __str__(self) -> str:
        return str(self.site)


class ShiftAccount(Record):
    """The account of a machine over one shift, or over the time between two (`is_shift` false), cut at local
    midnight. Together the accounts of a machine cover its time line. Closed ones change only by being reopened."""

    scope_path = "machine"
    view_capability = "production.view"

    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("machine"))
    # The day the shift opened: a night shift belongs to the evening.
    on = models.DateField(_("day"))
    # The shift's key in the calendar, 0 between shifts.
    shift_key = models.BigIntegerField(_("shift"), default=0)
    shift_name = models.CharField(_("name of the shift"), max_length=80, blank=True)
    is_shift = models.BooleanField(_("inside a shift"), default=True)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"))
    status = word_field(_("status"), AccountStatus, default=AccountStatus.OPEN, editable=False)
    revision = models.PositiveIntegerField(_("revision"), default=0, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    # Data came after the time in which they are taken in by themselves: a person decides.
    late_since = models.DateTimeField(_("late data since"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("time account")
        verbose_name_plural = _("time accounts")
        ordering = ["-started_at", "machine"]
        constraints = [
            known_word("status", AccountStatus, "account_status_known"),
            models.CheckConstraint(condition=Q(ended_at__gt=F("started_at")), name="account_not_empty"),
            never_at_once("account_one_at_a_time"),
        ]
        indexes = [
            models.Index(fields=["machine", "started_at"], name="account_machine_start"),
            models.Index(fields=["on", "machine"], name="account_day"),
            models.Index(fields=["ended_at"], condition=Q(status=AccountStatus.OPEN), name="account_open"),
            models.Index(fields=["late_since"], condition=Q(late_since__isnull=False), name="account_late"),
        ]

    def __str__(self) -> str:
        return f"{self.machine} {self.on} {self.shift_name}"


class AccountRevision(Fact):
    """The figures of an account as it was closed, and why it was closed anew."""

    scope_path = "account__machine"
    view_capability = "production.view"

    account = models.ForeignKey(
        ShiftAccount, on_delete=models.PROTECT, related_name="revisions", verbose_name=_("account")
    )
    revision = models.PositiveIntegerField(_("revision"))
    figures = models.JSONField(_("figures"))
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("why"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("closing of a time account")
        verbose_name_plural = _("closings of time accounts")
        ordering = ["account", "revision"]
        constraints = [models.UniqueConstraint(fields=["account", "revision"], name="account_revision_once")]

    def __str__(self) -> str:
        return f"{self.account} {self.revision}"


class AccountSlice(Projection):
    """So many seconds of an account belong to this class, reason and order; `stops` says how many stops they were.

    Pieces, ideal seconds and energy of the order in this account stand in its slice of class `producing`, or (counted
    while nothing ran) in a slice without seconds. All figures are sums of these rows.
    """

    scope_path = "account__machine"
    view_capability = "production.view"

    account = models.ForeignKey(
        ShiftAccount, on_delete=models.CASCADE, related_name="slices", verbose_name=_("account")
    )
    # Copied from the account, so that sums over many machines and days read one table.
    machine = models.ForeignKey(
        Machine, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("machine")
    )
    on = models.DateField(_("day"))
    is_shift = models.BooleanField(default=True)
    time_class = word_field(_("class"), TimeClass)
    reason = models.ForeignKey(
        DowntimeReason, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("reason")
    )
    order = models.ForeignKey(
        ProductionOrder, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("order")
    )
    item = models.ForeignKey(Item, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("item"))
    seconds = models.DecimalField(_("seconds"), max_digits=12, decimal_places=3, default=0)
    stops = models.PositiveIntegerField(_("stops"), default=0)
    # Of those, stops longer than the limit that nobody explained.
    unexplained = models.PositiveIntegerField(_("unexplained stops"), default=0)
    produced = models.DecimalField(_("produced"), max_digits=18, decimal_places=6, default=0)
    good = models.DecimalField(_("good"), max_digits=18, decimal_places=6, default=0)
    scrap = models.DecimalField(_("scrap"), max_digits=18, decimal_places=6, default=0)
    rework = models.DecimalField(_("rework"), max_digits=18, decimal_places=6, default=0)
    # Planned run time per item × produced, with the ideal of each order (ISO 22400: PRI × PQ).
    ideal_s = models.DecimalField(_("ideal seconds"), max_digits=18, decimal_places=3, default=0)
    # Of `produced`, what has an ideal; without one there is no effectiveness.
    produced_with_ideal = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    energy_kwh = models.DecimalField(_("energy in kWh"), max_digits=18, decimal_places=6, null=True)

    class Meta:
        verbose_name = _("slice of a time account")
        verbose_name_plural = _("slices of time accounts")
        constraints = [
            known_word("time_class", TimeClass, "slice_class_known"),
            models.CheckConstraint(condition=Q(seconds__gte=0), name="slice_seconds_not_negative"),
            models.UniqueConstraint(
                fields=["account", "time_class", "reason", "order"], name="slice_once", nulls_distinct=False
            ),
        ]
        indexes = [
            models.Index(fields=["machine", "on"], name="slice_machine_day"),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="slice_order"),
            # What was lost, and where the energy went, is read from these alone.
            models.Index(
                fields=["machine", "on"], name="slice_lost", condition=Q(is_shift=True) & ~Q(time_class="producing"),
                include=["time_class", "reason", "seconds", "stops", "unexplained", "energy_kwh"],
            ),
            models.Index(
                fields=["machine", "on"], name="slice_energy", condition=Q(energy_kwh__isnull=False) | ~Q(good=0),
                include=["order", "time_class", "is_shift", "good", "energy_kwh"],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.time_class} {self.seconds}"


class AccountSum(Projection):
    """The rows of one account summed: what `rules.figures.Sums` holds, so that figures of months read few rows.

    The database keeps it itself, whoever changes a row of the account; it cannot say anything else than the rows.
    """

    scope_path = "account__machine"
    view_capability = "production.view"

    account = models.OneToOneField(
        ShiftAccount, on_delete=models.CASCADE, related_name="sums", verbose_name=_("account")
    )
    machine = models.ForeignKey(
        Machine, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("machine")
    )
    on = models.DateField(_("day"))
    producing_s = _sum(3)
    micro_s = _sum(3)
    unplanned_s = _sum(3)
    planned_s = _sum(3)
    planned_named_s = _sum(3)
    setup_s = _sum(3)
    no_order_s = _sum(3)
    no_shift_s = _sum(3)
    no_data_s = _sum(3)
    ideal_base_s = _sum(3)
    ideal_s = _sum(3)
    produced = _sum(6)
    produced_with_ideal = _sum(6)
    good = _sum(6)
    scrap = _sum(6)
    rework = _sum(6)
    produced_outside = _sum(6)
    stops = models.PositiveIntegerField(default=0)
    micro_stops = models.PositiveIntegerField(default=0)
    unexplained = models.PositiveIntegerField(default=0)
    energy_kwh = _sum(6, null=True)
    idle_energy_kwh = _sum(6, null=True)

    class Meta:
        verbose_name = _("sums of a time account")
        verbose_name_plural = _("sums of time accounts")
        indexes = [models.Index(fields=["machine", "on"], name="account_sum_day")]

    def __str__(self) -> str:
        return str(self.account)


class WallBoard(Record):
    """What a wall display shows, in rotation: [{"board": "floor" | "figures" | "hours" | "losses" | "today" | "calls",
    "line": code or "", "seconds": 20}]."""

    scope_path = "site"
    view_capability = "production.view"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    boards = models.JSONField(_("boards"), default=list)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("wall display")
        verbose_name_plural = _("wall displays")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
