"""Rates and prices in force on a day. For reckoning; edges show them only to those with the right."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.conf import settings

from inventory.items.models import ItemCost, ItemUnit, PriceBreak, SupplierItem, Unit
from inventory.items.rules.conversion import Measure, between
from production.costing.models import EnergyPrice, LabourRate, Rate
from production.costing.rules.rollup import Rates
from production.costing.states import OverheadBase


def rates_on(on: date) -> dict[int, Rates]:
    """What an hour costs at each work centre on a day; work centres without a rate are not in it. One question."""
    rows = Rate.objects.filter(valid_from__lte=on, currency=settings.CURRENCY)
    return {
        row.work_centre_id: _rates(row)
        for row in rows.order_by("work_centre_id", "-valid_from").distinct("work_centre_id")
    }


class RateBook:
    """All rates of some work centres, read once and asked for any day."""

    def __init__(self, centres: Collection[int]) -> None:
        rows = Rate.objects.filter(work_centre__in=centres, currency=settings.CURRENCY).order_by("-valid_from")
        self._rows = list(rows)

    def on(self, centre: int | None, day: date) -> Rates | None:
        """What an hour costs at a work centre on a day."""
        found = next((row for row in self._rows if row.work_centre_id == centre and row.valid_from <= day), None)
        return None if found is None else _rates(found)


class LabourBook:
    """What people really cost at a site, read once."""

    def __init__(self, site_id: int, usernames: Collection[str]) -> None:
        rows = LabourRate.objects.filter(site=site_id, username__in=["", *usernames], currency=settings.CURRENCY)
        self._rows = list(rows.order_by("-valid_from"))

    def on(self, username: str, day: date) -> Decimal | None:
        """An hour of a person on a day: their own rate, else everybody's; None where none is set."""
        for name in (username, ""):
            for row in self._rows:
                if row.username == name and row.valid_from <= day:
                    return row.hour
        return None


def energy_prices(on: date) -> dict[int, Decimal]:
    """What a kilowatt hour costs on a day, by site; one question."""
    rows = EnergyPrice.objects.filter(valid_from__lte=on, currency=settings.CURRENCY)
    return dict(rows.order_by("site_id", "-valid_from").distinct("site_id").values_list("site_id", "price"))


def standard_prices(items: Collection[int], on: date) -> dict[int, Decimal]:
    """The standard cost of one base unit of each item on a day, in the plant's currency; one question."""
    rows = ItemCost.objects.filter(item__in=items, currency=settings.CURRENCY, valid_from__lte=on)
    return dict(rows.order_by("item_id", "-valid_from").distinct("item_id").values_list("item_id", "cost"))


def prices_of(items: Collection[int], on: date) -> dict[int, Decimal]:
    """What one base unit costs: its standard cost, else the cheapest price of a preferred supplier, else of any.

    Prices are taken at the least quantity the supplier sells. What nobody knows is not in it. Four questions at most.
    """
    known = standard_prices(items, on)
    return {**_bought([key for key in items if key not in known], on), **known}


def _bought(items: Collection[int], on: date) -> dict[int, Decimal]:
    supplies = list(
        SupplierItem.objects.filter(item__in=items, is_active=True).select_related("unit", "item__unit")
    )  # fmt: skip
    if not supplies:
        return {}
    steps: dict[int, list[PriceBreak]] = defaultdict(list)
    for step in PriceBreak.objects.filter(supplier_item__in=supplies, valid_from__lte=on).order_by(
        "-from_quantity", "-valid_from"
    ):
        steps[step.supplier_item_id].append(step)
    own = {
        (item, unit): factor
        for item, unit, factor in ItemUnit.objects.filter(item__in={one.item_id for one in supplies}).values_list(
            "item", "unit", "factor"
        )
    }
    found: dict[int, tuple[bool, Decimal]] = {}
    for one in supplies:
        least = max(one.least_quantity, Decimal(1))
        price = next((step for step in steps[one.pk] if step.from_quantity <= least), None)
        # A unit nobody can convert says nothing about the base unit; without another price a finding tells it.
        factor = own.get((one.item_id, one.unit_id)) or between(_measure(one.unit), _measure(one.item.unit))
        if price is None or price.currency != settings.CURRENCY or factor is None:
            continue
        offer = (not one.is_preferred, price.price / factor)
        found[one.item_id] = min(found.get(one.item_id, offer), offer)
    return {key: price for key, (_not_preferred, price) in found.items()}


def _measure(unit: Unit) -> Measure:
    return Measure(unit.code, unit.dimension, unit.factor)


def _rates(row: Rate) -> Rates:
    return Rates(row.machine_hour, row.labour_hour, row.overhead_hour, OverheadBase(row.overhead_base))
