"""Places of stock, moves between them, what lies where, what is reserved, what it is worth, and counts."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from factory_core.partners.models import Partner
from factory_core.plant.models import Site
from factory_core.tables import Fact, Projection, Record, SourcedFact, SourcedRecord
from factory_core.words import known_word, word_field
from inventory.items.models import Item, MoneyField, QuantityField
from inventory.items.states import Valuation
from inventory.lots.models import Lot
from inventory.stock.states import OUTSIDE, CountStatus, LocationKind, MoveKind, OldMoveKind, ReservationStatus


class Location(Record):
    """A place of stock in the tree of a site; a pallet is a place that moves."""

    scope_path = "site"
    view_capability = "inventory.stock.view"

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = word_field(_("kind"), LocationKind, default=LocationKind.LOCATION)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="locations", verbose_name=_("site"))
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("inside")
    )
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("at partner")
    )
    # For a pallet: its serial shipping container code, where it shall go.
    sscc = models.CharField(_("SSCC"), max_length=18, unique=True, null=True, blank=True)
    destination = models.CharField(_("destination"), max_length=120, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        ordering = ["code"]
        constraints = [
            known_word("kind", LocationKind, "location_kind_known"),
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="location_not_in_itself"),
            models.CheckConstraint(
                condition=~Q(kind=LocationKind.SUBCONTRACTOR) | Q(partner__isnull=False),
                name="location_subcontractor_named",
            ),
            models.UniqueConstraint(
                fields=["site", "kind"],
                condition=Q(kind__in=sorted(OUTSIDE)),
                name="location_one_outside_a_kind_and_site",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_outside(self) -> bool:
        """Whether what lies here is no stock of the plant."""
        return self.kind in OUTSIDE


class StockMove(SourcedFact):
    """So much of an item went from one place to another; the only way stock changes. Quantity is in base units.

    `at` is when it happened, `recorded_at` when it was written down: a move made known late changes the balance now
    and keeps its own date. A mistake is taken back by a counter-move (`corrects`).
    """

    scope_path = "site"
    view_capability = "inventory.stock.view"
    goes_with_import = True

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    kind = word_field(_("kind"), MoveKind)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="moves", verbose_name=_("item"))
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, related_name="moves", verbose_name=_("lot"))
    quantity = QuantityField(_("quantity"))
    from_location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("from"))
    to_location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("to"))
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("partner")
    )
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="corrected_by", verbose_name=_("takes back")
    )
    key = models.CharField(_("key"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("stock move")
        verbose_name_plural = _("stock moves")
        ordering = ["-id"]
        constraints = [
            known_word("kind", MoveKind, "move_kind_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="move_quantity_positive"),
            models.CheckConstraint(condition=~Q(from_location=F("to_location")), name="move_goes_somewhere"),
        ]
        indexes = [
            models.Index(fields=["item", "-id"], name="move_item"),
            models.Index(fields=["lot", "-id"], name="move_lot", condition=Q(lot__isnull=False)),
            models.Index(fields=["from_location", "-id"], name="move_from"),
            models.Index(fields=["to_location", "-id"], name="move_to"),
            models.Index(fields=["source_kind", "source_id"], name="move_source", condition=Q(source_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity.normalize():f}"


class OldMove(Fact):
    """A move of stock in the system that was used before: told in the history of its item, and in no balance.

    `quantity` is in base units as the old system wrote it, minus for what went out where it says so; `happened_on` is
    empty where its day was lost.
    """

    scope_path = "site"
    view_capability = "inventory.stock.view"
    sensitive = {"unit_cost": "inventory.cost.view"}
    goes_with_import = True

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    # Empty where the old system gave its moves no number; such rows are told apart by nothing.
    number = models.CharField(_("number"), max_length=40, null=True)
    kind = word_field(_("kind"), OldMoveKind, default=OldMoveKind.OTHER)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="old_moves", verbose_name=_("item"))
    quantity = QuantityField(_("quantity"))
    unit_cost = MoneyField(_("cost of one"), null=True)
    happened_on = models.DateField(_("day"), null=True)
    document = models.CharField(_("document"), max_length=60, blank=True)
    place = models.CharField(_("place"), max_length=60, blank=True)
    lot = models.CharField(_("lot"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("old stock move")
        verbose_name_plural = _("old stock moves")
        ordering = ["-id"]
        constraints = [
            known_word("kind", OldMoveKind, "old_move_kind_known"),
            models.UniqueConstraint(fields=["site", "number"], name="old_move_number_once"),
        ]
        indexes = [models.Index(fields=["item", "-id"], name="old_move_item")]

    def __str__(self) -> str:
        return self.number or f"{self.quantity.normalize():f}"


class StockBalance(Projection):
    """What lies where: the sum of the moves in and out. Never negative, and never less than what is reserved."""

    scope_path = "location__site"
    view_capability = "inventory.stock.view"
    goes_with_import = True

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="balances", verbose_name=_("item"))
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, related_name="balances", verbose_name=_("lot"))
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="balances", verbose_name=_("location")
    )
    quantity = QuantityField(_("quantity"))
    reserved = QuantityField(_("reserved"), default=0)
    # Since when stock lies here without a break: what arrived first is taken first.
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("stock balance")
        verbose_name_plural = _("stock balances")
        constraints = [
            models.UniqueConstraint(
                fields=["item", "location", "lot"], name="balance_once_a_place", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="balance_not_negative"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0) & Q(reserved__lte=F("quantity")), name="balance_covers_reserved"
            ),
        ]
        indexes = [
            models.Index(fields=["location", "item"], name="balance_location"),
            models.Index(fields=["lot"], name="balance_lot", condition=Q(lot__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f}"


class Reservation(SourcedRecord):
    """Stock of one place that is kept for a document."""

    scope_path = "location__site"
    view_capability = "inventory.stock.view"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="reservations", verbose_name=_("item"))
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("lot"))
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location"))
    quantity = QuantityField(_("quantity"))
    status = word_field(_("status"), ReservationStatus, default=ReservationStatus.ACTIVE, editable=False)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            known_word("status", ReservationStatus, "reservation_status_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_positive"),
        ]
        indexes = [
            models.Index(
                fields=["item", "location"], name="reservation_active", condition=Q(status=ReservationStatus.ACTIVE)
            ),
            models.Index(fields=["source_kind", "source_id"], name="reservation_source"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} · {self.source_label}"


class ValueEntry(Fact):
    """What a move in or out of the stock of a site was worth, at the cost known when it was written down.

    Value follows the order of writing, not the date of the move: a move made known late changes no older entry. `at`
    is when it was written down. A move between two sites has an entry at each.
    """

    scope_path = "site"
    view_capability = "inventory.cost.view"
    goes_with_import = True

    move = models.ForeignKey(
        StockMove, on_delete=models.PROTECT, related_name="value_entries", verbose_name=_("stock move")
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    quantity = QuantityField(_("quantity, minus for what went out"))
    value = MoneyField(_("value, minus for what went out"))
    currency = models.CharField(_("currency"), max_length=3)
    at = models.DateTimeField(_("at"))
    # How the item was valued then: that may change while stock lies.
    valuation = word_field(_("valued by"), Valuation, default=Valuation.AVERAGE)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("value of a move")
        verbose_name_plural = _("values of moves")
        constraints = [
            known_word("valuation", Valuation, "value_valuation_known"),
            models.UniqueConstraint(fields=["move", "site"], name="value_once_a_move_and_site"),
        ]
        indexes = [
            models.Index(fields=["site", "item", "id"], name="value_item"),
            models.Index(fields=["site", "item", "at"], name="value_at"),
        ]

    def __str__(self) -> str:
        return f"{self.value.normalize():f} {self.currency}"


class StockValue(Projection):
    """How much of an item a site holds and what it is worth: the sum of its value entries. Value by quantity is the
    moving average."""

    scope_path = "site"
    view_capability = "inventory.cost.view"
    goes_with_import = True

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="values", verbose_name=_("item"))
    quantity = QuantityField(_("quantity"), default=0)
    value = MoneyField(_("value"), default=0)

    class Meta:
        verbose_name = _("stock value")
        verbose_name_plural = _("stock values")
        constraints = [
            models.UniqueConstraint(fields=["site", "item"], name="stock_value_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="stock_value_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.value.normalize():f}"


class CostLayer(Projection):
    """What is left of one receipt and what one base unit of it cost: the queue of first in, first out."""

    scope_path = "site"
    view_capability = "inventory.cost.view"
    goes_with_import = True

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="layers", verbose_name=_("item"))
    entry = models.OneToOneField(ValueEntry, on_delete=models.PROTECT, related_name="layer", verbose_name=_("receipt"))
    quantity = QuantityField(_("quantity left"))
    unit_cost = MoneyField(_("cost of one base unit"))

    class Meta:
        verbose_name = _("cost layer")
        verbose_name_plural = _("cost layers")
        constraints = [models.CheckConstraint(condition=Q(quantity__gte=0), name="layer_not_negative")]
        indexes = [
            models.Index(fields=["site", "item", "entry"], name="layer_left", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f}"


class StockCount(Record):
    """Somebody counts what lies at a place and below it; somebody else accepts the differences."""

    scope_path = "location__site"
    view_capability = "inventory.stock.view"

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="counts", verbose_name=_("location"))
    status = word_field(_("status"), CountStatus, default=CountStatus.OPEN, editable=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("started by")
    )
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("accepted by")
    )
    is_blind = models.BooleanField(_("expected quantities hidden"), default=True)

    class Meta:
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")
        ordering = ["-id"]
        constraints = [
            known_word("status", CountStatus, "stock_count_status_known"),
            models.CheckConstraint(
                condition=~Q(status=CountStatus.POSTED) | Q(accepted_by__isnull=False), name="stock_count_accepted"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CountLine(Record):
    """What was expected at one place when the count began, and what was found there."""

    scope_path = "count__location__site"
    view_capability = "inventory.stock.view"

    count = models.ForeignKey(StockCount, on_delete=models.PROTECT, related_name="lines", verbose_name=_("count"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("lot"))
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location"))
    expected = QuantityField(_("expected"))
    counted = QuantityField(_("counted"), null=True)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("counted by")
    )
    counted_at = models.DateTimeField(_("counted at"), null=True)
    reason = models.CharField(_("why it differs"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("line of a count")
        verbose_name_plural = _("lines of counts")
        ordering = ["location__code", "item__number", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["count", "item", "location", "lot"], name="count_line_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(counted=None) | Q(counted__gte=0), name="count_line_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.count} · {self.item.number}"
