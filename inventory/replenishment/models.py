"""Rules that say when to buy or make again, and what they suggest."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from factory_core.partners.models import Partner
from factory_core.plant.models import Site
from factory_core.tables import Record
from factory_core.words import known_word, word_field
from inventory.items.models import Item, MoneyField, QuantityField
from inventory.purchasing.models import PurchaseLine
from inventory.replenishment.states import LotRule, Method, SuggestionStatus


class ReplenishmentRule(Record):
    """How one item is kept in stock at one site; quantities in base units."""

    scope_path = "site"
    view_capability = "inventory.purchasing.view"
    sensitive = {"order_cost": "inventory.cost.view", "holding_cost": "inventory.cost.view"}

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="rules", verbose_name=_("item"))
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    method = word_field(_("method"), Method, default=Method.REORDER_POINT)
    reorder_point = QuantityField(_("order when at or under"), default=0)
    safety_stock = QuantityField(_("safety stock"), default=0)
    most = QuantityField(_("fill up to"), null=True, blank=True)
    lot_rule = word_field(_("lot rule"), LotRule, default=LotRule.LOT_FOR_LOT)
    lot_quantity = QuantityField(_("lot quantity"), null=True, blank=True)
    least_quantity = QuantityField(_("least quantity"), default=0)
    multiple = QuantityField(_("multiple of"), default=0)
    period_days = models.PositiveIntegerField(_("days covered"), null=True, blank=True)
    yearly_demand = QuantityField(_("demand in a year"), null=True, blank=True)
    order_cost = MoneyField(_("cost of one order"), null=True, blank=True)
    holding_cost = MoneyField(_("cost of holding one for a year"), null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("replenishment rule")
        verbose_name_plural = _("replenishment rules")
        ordering = ["item__number"]
        constraints = [
            known_word("method", Method, "replenishment_method_known"),
            known_word("lot_rule", LotRule, "replenishment_lot_rule_known"),
            models.UniqueConstraint(fields=["item", "site"], name="replenishment_once_a_site"),
            models.CheckConstraint(
                condition=~Q(method=Method.MIN_MAX) | Q(most__gt=models.F("reorder_point")),
                name="replenishment_most_over_point",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.number} · {self.site}"


class Suggestion(Record):
    """So much should be ordered, and why: the figures the rule looked at are kept in `reason`."""

    scope_path = "site"
    view_capability = "inventory.purchasing.view"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    supplier = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("supplier")
    )
    quantity = QuantityField(_("quantity"))
    wanted_on = models.DateField(_("wanted on"))
    order_on = models.DateField(_("order on"))
    reason = models.JSONField(_("reason"), default=dict)
    status = word_field(_("status"), SuggestionStatus, default=SuggestionStatus.OPEN, editable=False)
    order_line = models.ForeignKey(
        PurchaseLine, on_delete=models.PROTECT, null=True, related_name="suggestions", verbose_name=_("ordered as")
    )

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        ordering = ["order_on", "id"]
        constraints = [
            known_word("status", SuggestionStatus, "suggestion_status_known"),
            models.UniqueConstraint(
                fields=["item", "site"], condition=Q(status=SuggestionStatus.OPEN), name="suggestion_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(status=SuggestionStatus.TAKEN) | Q(order_line__isnull=False), name="suggestion_taken_where"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.number} {self.quantity.normalize():f}"
