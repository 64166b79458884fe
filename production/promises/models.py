"""When orders and sales lines are expected to be ready, and what makes them late."""

from django.db import models
from django.db.models import Case, F, IntegerField, Value, When
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Site
from factory_core.tables import Projection
from factory_core.words import known_word, word_field
from inventory.sales.models import SalesLine
from production.orders.models import ProductionOrder
from production.promises.states import Risk

# What is late for certain stands before what nobody knows, and that before what is only tight.
RANK = Case(
    *(When(risk=risk, then=Value(rank)) for rank, risk in enumerate((Risk.LATE, Risk.UNKNOWN, Risk.TIGHT, Risk.NONE))),
    output_field=IntegerField(),
)


class OrderForecast(Projection):
    """When an open order is expected to be finished, computed at `computed_at`.

    `causes` is the chain of what makes it late, the nearest first: [{"cause", "seconds", "kind", "id", "label",
    "sentence arguments"…}].
    """

    scope_path = "order__machine|order__line"
    view_capability = "production.view"
    goes_with_import = True

    order = models.OneToOneField(
        ProductionOrder, on_delete=models.CASCADE, related_name="forecast", verbose_name=_("order")
    )
    risk = word_field(_("risk"), Risk)
    start_at = models.DateTimeField(_("expected start"), null=True)
    finish_at = models.DateTimeField(_("expected finish"), null=True)
    work_left_s = models.DecimalField(_("work left in seconds"), max_digits=16, decimal_places=3, default=0)
    late_s = models.BigIntegerField(_("late by seconds"), default=0)
    causes = models.JSONField(_("causes"), default=list)
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("forecast of an order")
        verbose_name_plural = _("forecasts of orders")
        constraints = [known_word("risk", Risk, "order_forecast_risk_known")]
        indexes = [models.Index(RANK, F("late_s").desc(), "finish_at", "id", name="order_forecast_rank")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.risk}"


class LineForecast(Projection):
    """When the open quantity of a sales line is expected to be ready for dispatch, and from where it comes."""

    scope_path = "site"
    view_capability = "inventory.sales.view"

    line = models.OneToOneField(
        SalesLine, on_delete=models.CASCADE, related_name="forecast", verbose_name=_("sales line")
    )
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+", verbose_name=_("site"))
    risk = word_field(_("risk"), Risk)
    ready_at = models.DateTimeField(_("expected ready"), null=True)
    promised_on = models.DateField(_("promised"), null=True)
    late_s = models.BigIntegerField(_("late by seconds"), default=0)
    # What covers it, in order of time: [{"kind", "id", "label", "quantity", "at"}].
    covered_by = models.JSONField(_("covered by"), default=list)
    causes = models.JSONField(_("causes"), default=list)
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("forecast of a sales line")
        verbose_name_plural = _("forecasts of sales lines")
        constraints = [known_word("risk", Risk, "line_forecast_risk_known")]
        indexes = [models.Index(RANK, F("late_s").desc(), "promised_on", "id", name="line_forecast_rank")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.risk}"
