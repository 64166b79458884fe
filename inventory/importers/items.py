"""Items of the old system come over, with their group, standard cost, sales price and reorder point."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import may
from factory_core.importing.kinds import Context, Kind, Row, Value, offer_kind
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.importers.common import found_by
from inventory.importers.item_fields import FIELDS
from inventory.importers.item_taking import Items
from inventory.items.models import ItemCost, SalesPrice
from inventory.items.queries import items_seen
from inventory.replenishment.models import ReplenishmentRule

_PLAIN = (
    "number", "name", "description", "kind", "is_sold", "tracking", "pick_rule", "valuation", "shelf_life_days", "gtin",
    "inspect_on_receipt", "drawing_number", "size", "color", "is_active",
)  # fmt: skip
_SUPPLY = {(True, True): "BOTH", (True, False): "MAKE", (False, True): "BUY"}


def _take(rows: Sequence[Row], context: Context) -> None:
    Items(rows, context).take()


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    costs = _now_of(ItemCost.objects.all(), "cost") if may(actor, "inventory.cost.view") else {}
    everybody = SalesPrice.objects.filter(customer=None, from_quantity=0)
    prices = _now_of(everybody, "price") if may(actor, "inventory.price.view") else {}
    rules: dict[int, ReplenishmentRule] = {}
    if site is not None and may(actor, "inventory.purchasing.view", site):
        rules = {rule.item_id: rule for rule in ReplenishmentRule.objects.filter(site=site)}
    for item in items_seen(actor).iterator(chunk_size=1000):
        rule = rules.get(item.pk)
        yield {
            **{name: getattr(item, name) or None if name == "description" else getattr(item, name) for name in _PLAIN},
            "group": item.category.code if item.category else None,
            "unit": item.unit.code,
            "supply": _SUPPLY.get((item.is_made, item.is_bought)),
            "weight": item.weight_kg,
            "weight_unit": None,
            "standard_cost": costs.get(item.pk),
            "list_price": prices.get(item.pk),
            "safety_stock": rule.safety_stock if rule else None,
            "reorder_point": rule.reorder_point if rule else None,
        }


def _now_of(rows: Any, column: str) -> dict[int, Decimal]:
    """The amount of each item that was set last."""
    found = rows.order_by("item_id", "-valid_from").distinct("item_id")
    return dict(found.values_list("item_id", column))


def _known(actor: User, site: Site | None, keys: Collection[str]) -> Mapping[str, int]:
    return {number: item.pk for number, item in found_by(items_seen(actor).order_by(), "number", keys).items()}


def offer() -> None:
    """Items come before everything that is said of them."""
    words = {
        "en": ["items", "parts", "products", "materials", "product"], "de": ["Artikel", "Teile", "Artikelstamm"],
        "es": ["artículos", "productos"], "fr": ["articles", "produits"], "pl": ["towary", "artykuły", "części"],
    }  # fmt: skip
    offer_kind(
        Kind(
            "items", _("Items"), "inventory.item.manage", FIELDS, ("number",), _take, _rows, known=_known,
            synonyms=words, old_id=("ProductID", "product id", "item id", "part id", "Artikel-ID"),
        )
    )  # fmt: skip
