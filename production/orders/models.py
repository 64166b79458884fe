"""Production orders, their steps and material, when they were on a machine, and what was counted."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Line, Machine
from factory_core.tables import PLANT_WIDE, Fact, Record, SourcedRecord
from factory_core.words import known_word, word_field
from inventory.items.models import Item, ItemRevision, QuantityField
from production.orders.states import OPEN, CountKind, CountSource, OperationStatus, OrderStatus
from production.products.models import Bom, PercentField, Routing, SecondsField, WorkCentre
from production.products.states import CountBy, IssuePolicy, LineKind, TimeRule


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


class LossReason(Record):
    """Why pieces were scrapped or had to be reworked. Never deleted, only taken out of use."""

    scope_path = PLANT_WIDE
    view_capability = "production.view"

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    for_scrap = models.BooleanField(_("for scrap"), default=True)
    for_rework = models.BooleanField(_("for rework"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("reason of scrap and rework")
        verbose_name_plural = _("reasons of scrap and rework")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class ProductionOrder(SourcedRecord):
    """So much of something is to be made. Quantities are in `unit`: the item's base unit where there is an item.

    `machine` is set where one machine makes it all. Bill of materials and routing are those it was made of at its
    release; what it uses and does stands frozen in `materials` and `operations`.
    """

    scope_path = "machine|line"
    view_capability = "production.view"

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="orders", verbose_name=_("line"))
    machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("machine")
    )
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, null=True, blank=True, related_name="production_orders", verbose_name=_("item")
    )
    item_text = models.CharField(_("what is made"), max_length=200)
    revision = models.ForeignKey(
        ItemRevision, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("revision")
    )
    quantity = QuantityField(_("quantity"))
    unit = models.CharField(_("unit"), max_length=12, default="pcs")
    ideal_cycle_s = models.DecimalField(_("ideal seconds a piece"), max_digits=12, decimal_places=3)
    bom = models.ForeignKey(
        Bom, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("bill of materials")
    )
    routing = models.ForeignKey(
        Routing, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("routing")
    )
    # The order whose material this one makes.
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("made for")
    )
    split_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("split from")
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="swallowed", verbose_name=_("merged into")
    )
    # More is more urgent; 0 is ordinary.
    priority = models.PositiveSmallIntegerField(_("priority"), default=0)
    start_at = models.DateTimeField(_("to be started"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    status = word_field(_("status"), OrderStatus, default=OrderStatus.PLANNED, editable=False)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, editable=False)
    # Lot its output gets; empty: the order's own number.
    lot_number = models.CharField(_("lot"), max_length=60, blank=True)
    # Drawings and papers as they were at release: name, SHA-256 and media type.
    papers = models.JSONField(_("papers"), default=list, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=400, blank=True)
    # Good pieces of an order that was ended in the old system, as that system says; nothing was booked here for it.
    past_good = QuantityField(_("good in the old system"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("production order")
        verbose_name_plural = _("production orders")
        ordering = ["due_at", "id"]
        constraints = [
            known_word("status", OrderStatus, "order_status_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_quantity_positive"),
            models.CheckConstraint(condition=Q(ideal_cycle_s__gt=0), name="order_cycle_positive"),
            models.CheckConstraint(
                condition=~Q(status=OrderStatus.MERGED) | Q(merged_into__isnull=False), name="order_merged_where"
            ),
            models.CheckConstraint(
                condition=Q(past_good=None)
                | Q(past_good__gte=0, status__in=(OrderStatus.CLOSED, OrderStatus.CANCELLED)),
                name="order_past_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["machine", "status"], name="order_machine_status"),
            models.Index(fields=["line", "status", "due_at"], name="order_line_status"),
            models.Index(fields=["item", "status"], name="order_item_status"),
            models.Index(
                fields=["source_kind", "source_id"], name="order_source", condition=Q(source_id__isnull=False)
            ),
            models.Index(fields=["status", "due_at", "id"], name="order_open_due", condition=Q(status__in=OPEN)),
            models.Index(fields=["due_at", "id"], name="order_open_by_day", condition=Q(status__in=OPEN)),
            models.Index(OpClass(Upper("number"), "text_pattern_ops"), name="order_number_start"),
        ]

    def __str__(self) -> str:
        return self.number


class PastScrap(Record):
    """Pieces that were scrapped in the old system, as that system says: history that figures of scrap count.

    `order` where the old system names one; `of_order`: what the order itself says it lost. `key` tells rows apart when
    a file comes again.
    """

    scope_path = "line"
    view_capability = "production.view"
    trail_label = ("key",)

    key = models.CharField(_("key"), max_length=160, unique=True)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="+", verbose_name=_("line"))
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("item")
    )
    order = models.ForeignKey(
        ProductionOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="past_scrap",
        verbose_name=_("order"),
    )  # fmt: skip
    of_order = models.BooleanField(default=False)
    on = models.DateField(_("day"), null=True, blank=True)
    quantity = QuantityField(_("quantity"))
    loss_reason = models.ForeignKey(
        LossReason, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reason")
    )
    note = models.CharField(_("note"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("scrap of the old system")
        verbose_name_plural = _("scrap of the old system")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="past_scrap_positive"),
            models.CheckConstraint(condition=Q(of_order=False) | Q(order__isnull=False), name="past_scrap_of_order"),
            models.UniqueConstraint(fields=["order"], condition=Q(of_order=True), name="past_scrap_once_an_order"),
        ]
        indexes = [models.Index(fields=["line", "on"], name="past_scrap_day")]

    def __str__(self) -> str:
        return self.key


class OrderOperation(Record):
    """A step of an order, frozen from its routing. `machine` is where it is queued; empty: any of its work centre.

    `quantity` is what goes in: more than the order's where later steps lose some.
    """

    scope_path = "machine|order__line"
    view_capability = "production.view"

    order = models.ForeignKey(
        ProductionOrder, on_delete=models.PROTECT, related_name="operations", verbose_name=_("order")
    )
    number = models.PositiveIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=120)
    work_centre = models.ForeignKey(
        WorkCentre, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("work centre")
    )
    machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, null=True, blank=True, related_name="operations", verbose_name=_("machine")
    )
    status = word_field(_("status"), OperationStatus, default=OperationStatus.PENDING, editable=False)
    quantity = QuantityField(_("quantity"))
    setup_s = SecondsField(_("set-up seconds"), default=0)
    run_s = SecondsField(_("seconds a piece"))
    setup_crew = models.DecimalField(_("people for set-up"), max_digits=10, decimal_places=6, default=1)
    run_crew = models.DecimalField(_("people while it runs"), max_digits=10, decimal_places=6, default=1)
    loss_percent = PercentField(_("loss in percent"), default=0)
    wait_s = SecondsField(_("seconds of waiting after it"), default=0)
    count_by = word_field(_("counted by"), CountBy, default=CountBy.BOTH)
    time_rule = word_field(_("time of several people"), TimeRule, default=TimeRule.EACH)
    # Frozen: [{position, text, picture (SHA-256 or ""), media_type, must_confirm}].
    instructions = models.JSONField(_("instructions"), default=list, blank=True)
    # Frozen: [{position, name, kind, unit, lower, upper, choices, when, every, is_required}].
    checks = models.JSONField(_("checks"), default=list, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, editable=False)
    status_reason = models.CharField(_("why"), max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operations")
        ordering = ["order", "number"]
        constraints = [
            known_word("status", OperationStatus, "operation_status_known"),
            known_word("count_by", CountBy, "operation_count_known"),
            known_word("time_rule", TimeRule, "operation_time_rule_known"),
            models.UniqueConstraint(fields=["order", "number"], name="operation_number_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="operation_quantity_positive"),
            models.CheckConstraint(
                condition=Q(setup_s__gte=0) & Q(run_s__gt=0) & Q(wait_s__gte=0), name="operation_times"
            ),
            models.UniqueConstraint(
                fields=["machine"], condition=Q(status=OperationStatus.RUNNING), name="operation_one_running_a_machine"
            ),
        ]
        indexes = [
            models.Index(fields=["machine", "status"], name="operation_machine_status"),
            models.Index(fields=["work_centre", "status"], name="operation_centre_status"),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.number}"


class OrderMaterial(Record):
    """What an order uses or yields beside its item, frozen from the bill of materials; base units.

    `quantity` is for the whole order, loss included; `each` is what one base unit of the order needs without loss (of
    a fixed line: what the order needs). Moves name this row as their source.
    """

    scope_path = "order__machine|order__line"
    view_capability = "production.view"

    order = models.ForeignKey(
        ProductionOrder, on_delete=models.PROTECT, related_name="materials", verbose_name=_("order")
    )
    operation = models.ForeignKey(
        OrderOperation, on_delete=models.PROTECT, null=True, blank=True, related_name="materials",
        verbose_name=_("operation"),
    )  # fmt: skip
    position = models.PositiveIntegerField(_("position"))
    kind = word_field(_("kind"), LineKind, default=LineKind.COMPONENT)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    # What the bill of materials names, where an alternate is used.
    instead_of = models.ForeignKey(
        Item, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("instead of")
    )
    each = models.DecimalField(_("for one"), max_digits=24, decimal_places=12)
    quantity = QuantityField(_("quantity"))
    is_fixed = models.BooleanField(_("the same for any quantity"), default=False)
    loss_percent = PercentField(_("loss in percent"), default=0)
    issue = word_field(_("taken"), IssuePolicy, default=IssuePolicy.END)
    cost_share = PercentField(_("share of the cost in percent"), default=0)
    designators = models.CharField(_("reference designators"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("material of an order")
        verbose_name_plural = _("materials of orders")
        ordering = ["order", "position"]
        constraints = [
            known_word("kind", LineKind, "material_kind_known"),
            known_word("issue", IssuePolicy, "material_issue_known"),
            models.UniqueConstraint(fields=["order", "position"], name="material_position_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0) & Q(each__gt=0), name="material_quantity_positive"),
        ]
        indexes = [models.Index(fields=["item", "order"], name="material_item")]

    def __str__(self) -> str:
        return f"{self.order} · {self.item.number}"


class OrderRun(Record):
    """A step of an order was on a machine from start to end; open while it still is."""

    scope_path = "machine"
    view_capability = "production.view"

    order = models.ForeignKey(ProductionOrder, on_delete=models.PROTECT, related_name="runs", verbose_name=_("order"))
    operation = models.ForeignKey(
        OrderOperation, on_delete=models.PROTECT, related_name="runs", verbose_name=_("operation")
    )
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
    """Somebody reported pieces; a mistake is taken back by a counter-entry of the opposite quantity.

    At a bench there is no machine, only the operation.
    """

    scope_path = "machine|order__line"
    view_capability = "production.view"
    goes_with_import = True

    machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, null=True, related_name="counts", verbose_name=_("machine")
    )
    order = models.ForeignKey(
        ProductionOrder, on_delete=models.PROTECT, null=True, related_name="counts", verbose_name=_("order")
    )
    operation = models.ForeignKey(
        OrderOperation, on_delete=models.PROTECT, null=True, related_name="counts", verbose_name=_("operation")
    )
    kind = word_field(_("kind"), CountKind)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))
    source = word_field(_("source"), CountSource, default=CountSource.OPERATOR)
    reason = models.CharField(_("reason"), max_length=80, null=True, blank=True)
    loss_reason = models.ForeignKey(
        LossReason, on_delete=models.PROTECT, null=True, related_name="counts", verbose_name=_("reason of the list")
    )
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="corrected_by", verbose_name=_("takes back")
    )
    key = models.CharField(_("key"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("count entry")
        verbose_name_plural = _("count entries")
        ordering = ["-at", "-id"]
        constraints = [
            known_word("kind", CountKind, "count_kind_known"),
            known_word("source", CountSource, "count_source_known"),
            models.CheckConstraint(
                condition=Q(machine__isnull=False) | Q(operation__isnull=False), name="count_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, corrects=None) | Q(quantity__lt=0, corrects__isnull=False),
                name="count_negative_only_as_correction",
            ),
        ]
        indexes = [
            models.Index(fields=["machine", "at"], name="count_machine_at"),
            models.Index(fields=["order", "at"], name="count_order_at", condition=Q(order__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} {self.kind}"
