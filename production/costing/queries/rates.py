"""Rates and prices in force on a day. For reckoning; edges show them only to those with the right."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.conf import settings

from factory_core.plant.models import Site
from inventory.items.models import Item, ItemCost, SupplierItem
from inventory.items.queries import NoConversion, factor_of, purchase_price
from production.costing.models import EnergyPrice, LabourRate, Rate
from production.costing.rules.rollup import Rates
from production.costing.states import OverheadBase


def rates_on(on: date, centres: Collection[int] | None = None) -> dict[int, Rates]:
    """What an hour costs at each work centre on a day; work centres without a rate are not in it. One question."""
    rows = Rate.objects.filter(valid_from__lte=on, currency=settings.CURRENCY)
    if centres is not None:
        rows = rows.filter(work_centre__in=centres)
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


def energy_price_on(site: Site, on: date) -> Decimal | None:
    """What a kilowatt hour costs at a site on a day."""
    rows = EnergyPrice.objects.filter(site=site, valid_from__lte=on, currency=settings.CURRENCY)
    return rows.order_by("-valid_from").values_list("price", flat=True).first()


def standard_prices(items: Collection[int], on: date) -> dict[int, Decimal]:
    """The standard cost of one base unit of each item on a day, in the plant's currency; one question."""
    rows = ItemCost.objects.filter(item__in=items, currency=settings.CURRENCY, valid_from__lte=on)
    return dict(rows.order_by("item_id", "-valid_from").distinct("item_id").values_list("item_id", "cost"))


def price_of(item: Item, on: date) -> Decimal | None:
    """What one base unit costs: its standard cost, else the cheapest price of a preferred supplier, else of any.

    Prices are taken at the least quantity the supplier sells. None: nobody knows.
    """
    known = standard_prices([item.pk], on).get(item.pk)
    return known if known is not None else bought_price(item, on)


def bought_price(item: Item, on: date) -> Decimal | None:
    """What one base unit is bought for on a day."""
    supplies = SupplierItem.objects.filter(item=item, is_active=True).select_related("unit", "item__unit")
    found: dict[bool, list[Decimal]] = {True: [], False: []}
    for supply in supplies:
        price = purchase_price(supply, max(supply.least_quantity, Decimal(1)), on)
        if price is None or price.currency != settings.CURRENCY:
            continue
        try:
            found[supply.is_preferred].append(price.price / factor_of(item, supply.unit))
        except NoConversion:
            # A unit nobody can convert says nothing about the base unit; without another price a finding tells it.
            continue
    return min(found[True] or found[False], default=None)


def _rates(row: Rate) -> Rates:
    return Rates(row.machine_hour, row.labour_hour, row.overhead_hour, OverheadBase(row.overhead_base))
