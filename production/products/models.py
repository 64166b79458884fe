"""What an item is made of and how: bills of materials, routings, work centres, instructions and checks."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Line, Machine
from factory_core.tables import PLANT_WIDE, Record
from factory_core.words import known_word, word_field
from inventory.items.models import Item, ItemPaper, QuantityField, Unit
from inventory.stock.models import Location
from production.products.states import CheckKind, CheckWhen, CountBy, DesignStatus, IssuePolicy, LineKind, TimeRule


def one_released_a_day(name: str) -> ExclusionConstraint:
    """No item has two released designs in force on one day; the database refuses the second."""
    item = Func(F("item"), F("item"), Value("[]"), function="int8range")
    days = Func(F("valid_from"), F("valid_until"), function="daterange", output_field=DateRangeField())
    return ExclusionConstraint(
        name=name,
        expressions=[(item, RangeOperators.OVERLAPS), (days, RangeOperators.OVERLAPS)],
        condition=Q(status=DesignStatus.RELEASED),
        deferrable=models.Deferrable.IMMEDIATE,
    )


class PercentField(models.DecimalField):
    """A share in percent, four digits behind the point."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **{"max_digits": 7, "decimal_places": 4, **more})  # type: ignore[arg-type]  # Django's own keywords


class SecondsField(models.DecimalField):
    """A length of time in seconds, to the millisecond."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **{"max_digits": 14, "decimal_places": 3, **more})  # type: ignore[arg-type]  # Django's own keywords


class WorkCentre(Record):
    """Where operations are done: machines that can stand in for one another, or a bench (ISA-95 work centre)."""

    scope_path = "line"
    view_capability = "production.product.view"

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="work_centres", verbose_name=_("line"))
    # How many operations can run here at once where no machines are named (benches, people).
    places = models.PositiveSmallIntegerField(_("places"), default=1)
    # Where backflushed material is taken from, and where finished goods are put.
    supply = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("material from")
    )
    output = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("goods to")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("work centre")
        verbose_name_plural = _("work centres")
        ordering = ["code"]
        constraints = [models.CheckConstraint(condition=Q(places__gt=0), name="work_centre_has_a_place")]

    def __str__(self) -> str:
        return self.name


class WorkCentreMachine(Record):
    """A machine that belongs to a work centre; it belongs to one at most."""

    scope_path = "work_centre__line"
    view_capability = "production.product.view"

    work_centre = models.ForeignKey(
        WorkCentre, on_delete=models.PROTECT, related_name="machines", verbose_name=_("work centre")
    )
    machine = models.OneToOneField(
        Machine, on_delete=models.PROTECT, related_name="work_centre_place", verbose_name=_("machine")
    )

    class Meta:
        verbose_name = _("machine of a work centre")
        verbose_name_plural = _("machines of work centres")
        ordering = ["work_centre", "machine__position"]

    def __str__(self) -> str:
        return f"{self.work_centre} · {self.machine}"


class Bom(Record):
    """A bill of materials: what `quantity` base units of an item are made of, from a day until before another.

    Only a draft changes. A phantom is never made for itself: as a component it stands for its own lines.
    """

    scope_path = PLANT_WIDE
    view_capability = "production.product.view"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="boms", verbose_name=_("item"))
    code = models.CharField(_("version"), max_length=20)
    status = word_field(_("status"), DesignStatus, default=DesignStatus.DRAFT, editable=False)
    quantity = QuantityField(_("for this quantity"), default=1)
    is_phantom = models.BooleanField(_("phantom"), default=False)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until before"), null=True, blank=True)
    note = models.CharField(_("what changed"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("bill of materials")
        verbose_name_plural = _("bills of materials")
        ordering = ["item", "-id"]
        constraints = [
            known_word("status", DesignStatus, "bom_status_known"),
            models.UniqueConstraint(fields=["item", "code"], name="bom_version_once_an_item"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="bom_quantity_positive"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="bom_valid_some_day",
            ),
            one_released_a_day("bom_one_released_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.item.number} {self.code}"


class BomLine(Record):
    """So much of a component for `bom.quantity` of the item; `factor` turns `quantity` into the component's base unit.

    Co- and by-products come out; `cost_share` percent of the cost goes with a co-product.
    """

    scope_path = PLANT_WIDE
    view_capability = "production.product.view"

    # What is below and above is read from the two indexes alone, so each also serves for its key.
    bom = models.ForeignKey(
        Bom, on_delete=models.CASCADE, related_name="lines", db_index=False, verbose_name=_("bill of materials")
    )
    position = models.PositiveIntegerField(_("position"))
    kind = word_field(_("kind"), LineKind, default=LineKind.COMPONENT)
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="used_in", db_index=False, verbose_name=_("component")
    )
    quantity = QuantityField(_("quantity"))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    factor = models.DecimalField(_("base units in one"), max_digits=24, decimal_places=12, default=1)
    is_fixed = models.BooleanField(_("the same for any quantity"), default=False)
    loss_percent = PercentField(_("loss in percent"), default=0)
    designators = models.CharField(_("reference designators"), max_length=400, blank=True)
    issue = word_field(_("taken"), IssuePolicy, default=IssuePolicy.END)
    # The number of the operation that uses it; empty: the first one.
    operation_number = models.PositiveIntegerField(_("operation"), null=True, blank=True)
    cost_share = PercentField(_("share of the cost in percent"), default=0)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until before"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("line of a bill of materials")
        verbose_name_plural = _("lines of bills of materials")
        ordering = ["bom", "position"]
        indexes = [
            models.Index(
                fields=["bom"],
                include=[
                    "item", "kind", "valid_from", "valid_until", "quantity", "factor", "is_fixed", "loss_percent",
                ],
                name="bom_line_below",
            ),
            models.Index(fields=["item"], include=["bom", "kind", "valid_from", "valid_until"], name="bom_line_above"),
        ]  # fmt: skip
        constraints = [
            known_word("kind", LineKind, "bom_line_kind_known"),
            known_word("issue", IssuePolicy, "bom_line_issue_known"),
            models.UniqueConstraint(fields=["bom", "position"], name="bom_line_position_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0) & Q(factor__gt=0), name="bom_line_quantity_positive"),
            models.CheckConstraint(
                condition=Q(loss_percent__gte=0) & Q(loss_percent__lt=100), name="bom_line_loss_under_hundred"
            ),
            models.CheckConstraint(
                condition=Q(cost_share__gte=0) & Q(cost_share__lte=100), name="bom_line_cost_share_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.item.number}"


class BomAlternate(Record):
    """What may be used instead of a component; the lowest priority number first. `factor` of it replace one."""

    scope_path = PLANT_WIDE
    view_capability = "production.product.view"

    line = models.ForeignKey(BomLine, on_delete=models.CASCADE, related_name="alternates", verbose_name=_("line"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="stands_in", verbose_name=_("alternate"))
    factor = models.DecimalField(_("base units instead of one"), max_digits=24, decimal_places=12, default=1)
    priority = models.PositiveSmallIntegerField(_("priority"), default=1)

    class Meta:
        verbose_name = _("alternate component")
        verbose_name_plural = _("alternate components")
        ordering = ["line", "priority", "id"]
        constraints = [
            models.UniqueConstraint(fields=["line", "item"], name="bom_alternate_once"),
            models.CheckConstraint(condition=Q(factor__gt=0), name="bom_alternate_factor_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.priority} {self.item.number}"


class Routing(Record):
    """The operations that make an item, in order, from a day until before another. Only a draft changes."""

    scope_path = PLANT_WIDE
    view_capability = "production.product.view"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="routings", verbose_name=_("item"))
    code = models.CharField(_("version"), max_length=20)
    status = word_field(_("status"), DesignStatus, default=DesignStatus.DRAFT, editable=False)
    # Used by planning; working days from the start of the first operation to goods in stock.
    lead_time_days = models.PositiveIntegerField(_("lead time in working days"), default=1)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until before"), null=True, blank=True)
    note = models.CharField(_("what changed"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("routing")
        verbose_name_plural = _("routings")
        ordering = ["item", "-id"]
        constraints = [
            known_word("status", DesignStatus, "routing_status_known"),
            models.UniqueConstraint(fields=["item", "code"], name="routing_version_once_an_item"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="routing_valid_some_day",
            ),
            one_released_a_day("routing_one_released_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.item.number} {self.code}"


class RoutingOperation(Record):
    """One step. `run_s` is the ideal machine time of one base unit (ISO 22400 planned run time per item)."""

    scope_path = PLANT_WIDE
    view_capability = "production.product.view"

    routing = models.ForeignKey(Routing, on_delete=models.CASCADE, related_name="operations", verbose_name=_("routing"))
    number = models.PositiveIntegerField(_("number"))
    name = models.CharField(_("name"), max_length=120)
    work_centre = models.ForeignKey(
        WorkCentre, on_delete=models.PROTECT, related_name="+", verbose_name=_("work centre")
    )
    machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("only on machine")
    )
    setup_s = SecondsField(_("set-up seconds"), default=0)
    run_s = SecondsField(_("seconds a piece"))
    # People needed while it is set up and while it runs; half a person minds two machines. Six digits, so that the
    # labour time of a lot that another system tells stays what it was.
    setup_crew = models.DecimalField(_("people for set-up"), max_digits=10, decimal_places=6, default=1)
    run_crew = models.DecimalField(_("people while it runs"), max_digits=10, decimal_places=6, default=1)
    loss_percent = PercentField(_("loss in percent"), default=0)
    # Waiting and transport after the operation, machine free.
    wait_s = SecondsField(_("seconds of waiting after it"), default=0)
    count_by = word_field(_("counted by"), CountBy, default=CountBy.BOTH)
    time_rule = word_field(_("time of several people"), TimeRule, default=TimeRule.EACH)

    class Meta:
        verbose_name = _("operation of a routing")
        verbose_name_plural = _("operations of routings")
        ordering = ["routing", "number"]
        constraints = [
            known_word("count_by", CountBy, "routing_operation_count_known"),
            known_word("time_rule", TimeRule, "routing_operation_time_rule_known"),
            models.UniqueConstraint(fields=["routing", "number"], name="routing_operation_once"),
            models.CheckConstraint(
                condition=Q(setup_s__gte=0) & Q(run_s__gt=0) & Q(wait_s__gte=0), name="routing_operation_times"
            ),
            models.CheckConstraint(condition=Q(setup_crew__gte=0) & Q(run_crew__gte=0), name="routing_operation_crew"),
            models.CheckConstraint(
                condition=Q(loss_percent__gte=0) & Q(loss_percent__lt=100), name="routing_operation_loss"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Instruction(Record):
    """What to do in an operation, with a picture where one helps; some must be confirmed before one goes on."""

    scope_path = PLANT_WIDE
    view_capability = "production.product.view"

    operation = models.ForeignKey(
        RoutingOperation, on_delete=models.CASCADE, related_name="instructions", verbose_name=_("operation")
    )
    position = models.PositiveIntegerField(_("position"))
    text = models.TextField(_("text"), max_length=2000)
    picture = models.ForeignKey(
        ItemPaper, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    must_confirm = models.BooleanField(_("must be confirmed"), default=False)

    class Meta:
        verbose_name = _("instruction")
        verbose_name_plural = _("instructions")
        ordering = ["operation", "position"]
        constraints = [models.UniqueConstraint(fields=["operation", "position"], name="instruction_position_once")]

    def __str__(self) -> str:
        return f"{self.position} {self.text[:40]}"


class OperationCheck(Record):
    """What is to be checked in an operation, with limits where it is a number."""

    scope_path = PLANT_WIDE
    view_capability = "production.product.view"

    operation = models.ForeignKey(
        RoutingOperation, on_delete=models.CASCADE, related_name="checks", verbose_name=_("operation")
    )
    position = models.PositiveIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=120)
    kind = word_field(_("kind"), CheckKind, default=CheckKind.NUMBER)
    unit = models.CharField(_("unit"), max_length=12, blank=True)
    lower = models.DecimalField(_("lower limit"), max_digits=18, decimal_places=6, null=True, blank=True)
    upper = models.DecimalField(_("upper limit"), max_digits=18, decimal_places=6, null=True, blank=True)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    when = word_field(_("when"), CheckWhen, default=CheckWhen.FIRST)
    every = models.PositiveIntegerField(_("every so many pieces"), null=True, blank=True)
    is_required = models.BooleanField(_("needed before one goes on"), default=False)

    class Meta:
        verbose_name = _("check of an operation")
        verbose_name_plural = _("checks of operations")
        ordering = ["operation", "position"]
        constraints = [
            known_word("kind", CheckKind, "operation_check_kind_known"),
            known_word("when", CheckWhen, "operation_check_when_known"),
            models.UniqueConstraint(fields=["operation", "position"], name="operation_check_position_once"),
            models.CheckConstraint(
                condition=~Q(when=CheckWhen.EVERY) | Q(every__gt=0), name="operation_check_every_some"
            ),
            models.CheckConstraint(
                condition=Q(lower=None) | Q(upper=None) | Q(upper__gte=F("lower")), name="operation_check_limits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.name}"
