"""Rates and prices in force on a day. For reckoning; edges show them only to those with the right."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.conf import settings
from django.db.models import BigIntegerField, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Greatest

from factory_core.people.models import User
from inventory.items.models import ItemCost, ItemUnit, PriceBreak
from inventory.items.rules.conversion import Measure, between
from production.costing.models import EnergyPrice, LabourRate, Rate
from production.costing.rules.rollup import NONE, Rates
from production.costing.states import OverheadBase

T = TypeVar("T")
_HOURS = ("machine_hour", "labour_hour", "overhead_hour", "overhead_base")


def rates_on(on: date) -> dict[int, Rates]:
    """What an hour costs at each work centre on a day; work centres without a rate are not in it. One question."""
    rows = Rate.objects.filter(valid_from__lte=on, currency=settings.CURRENCY)
    return {
        row.work_centre_id: _rates(row)
        for row in rows.order_by("work_centre_id", "-valid_from").distinct("work_centre_id")
    }


class RateBook:
    """What hours cost at some work centres, and hours of some people at a site: read at once, asked for any day."""

    def __init__(self, centres: Collection[int], site_id: int, people: Collection[int]) -> None:
        named = User.objects.filter(username=OuterRef("username"))
        labour = LabourRate.objects.filter(site=site_id, currency=settings.CURRENCY).filter(
            Q(username="") | Exists(named.filter(pk__in=people))
        )
        # Somebody's rate of one's own has a person; everybody's and those of work centres have none.
        hours = labour.values_list(
            Value(0), Subquery(named.values("pk")), "valid_from", Value(NONE), "hour", Value(NONE), Value("")
        )
        rates = Rate.objects.filter(work_centre__in=centres, currency=settings.CURRENCY)
        rows = rates.values_list("work_centre_id", Value(None, output_field=BigIntegerField()), "valid_from", *_HOURS)
        self._rates: dict[int, list[tuple[date, Rates]]] = defaultdict(list)
        self._people: dict[int | None, list[tuple[date, Decimal]]] = defaultdict(list)
        for centre, person, day, machine, hour, overhead, base in rows.order_by().union(hours.order_by(), all=True):
            if base:
                self._rates[centre].append((day, Rates(machine, hour, overhead, OverheadBase(base))))
            else:
                self._people[person].append((day, hour))

    def on(self, centre: int | None, day: date) -> Rates | None:
        """What an hour costs at a work centre on a day."""
        return _newest(self._rates.get(centre, ()) if centre else (), day)

    def of_person(self, person: int, day: date) -> Decimal | None:
        """An hour of a person on a day: their own rate, else everybody's; None where none is set."""
        own = _newest(self._people.get(person, ()), day)
        return _newest(self._people.get(None, ()), day) if own is None else own


def _newest(rows: Iterable[tuple[date, T]], day: date) -> T | None:
    return max((row for row in rows if row[0] <= day), key=lambda row: row[0], default=(day, None))[1]


def energy_prices(on: date) -> dict[int, Decimal]:
    """What a kilowatt hour costs on a day, by site; one question."""
    rows = EnergyPrice.objects.filter(valid_from__lte=on, currency=settings.CURRENCY)
    return dict(rows.order_by("site_id", "-valid_from").distinct("site_id").values_list("site_id", "price"))


def standard_prices(items: Collection[int], on: date) -> dict[int, Decimal]:
    """The standard cost of one base unit of each item on a day, in the plant's currency; one question."""
    rows = ItemCost.objects.filter(item__among=items, currency=settings.CURRENCY, valid_from__lte=on)
    return dict(rows.order_by("item_id", "-valid_from").distinct("item_id").values_list("item_id", "cost"))


def prices_of(items: Collection[int], on: date) -> dict[int, Decimal]:
    """What one base unit costs: its standard cost, else the cheapest price of a preferred supplier, else of any.

    Prices are taken at the least quantity the supplier sells. What nobody knows is not in it. Two questions at most.
    """
    known = standard_prices(items, on)
    return {**bought_prices([key for key in items if key not in known], on), **known}


def standard_price(on: date) -> Subquery:
    """The same standard cost beside each row of a question that has an `item_id`."""
    rows = ItemCost.objects.filter(item=OuterRef("item_id"), currency=settings.CURRENCY, valid_from__lte=on)
    return Subquery(rows.order_by("-valid_from").values("cost")[:1])


def bought_prices(items: Collection[int], on: date) -> dict[int, Decimal]:
    """What one base unit costs that suppliers sell: the cheapest of a preferred one, else of any; one question."""
    if not items:
        return {}
    own = ItemUnit.objects.filter(item=OuterRef("supplier_item__item"), unit=OuterRef("supplier_item__unit"))
    rows = PriceBreak.objects.filter(
        supplier_item__item__among=items, supplier_item__is_active=True, valid_from__lte=on,
        from_quantity__lte=Greatest("supplier_item__least_quantity", Value(Decimal(1))),
    )  # fmt: skip
    rows = rows.order_by("supplier_item_id", "-from_quantity", "-valid_from").distinct("supplier_item_id")
    found: dict[int, tuple[bool, Decimal]] = {}
    for item, is_preferred, price, currency, factor, *units in rows.values_list(
        "supplier_item__item_id", "supplier_item__is_preferred", "price", "currency", Subquery(own.values("factor")),
        *(f"supplier_item__{unit}__{name}" for unit in ("unit", "item__unit") for name in Measure._fields),
    ):  # fmt: skip
        # A unit nobody can convert says nothing about the base unit; without another price a finding tells it.
        factor = factor or between(Measure(*units[:3]), Measure(*units[3:]))
        if currency != settings.CURRENCY or factor is None:
            continue
        offer = (not is_preferred, price / factor)
        found[item] = min(found.get(item, offer), offer)
    return {key: price for key, (_not_preferred, price) in found.items()}


def _rates(row: Rate) -> Rates:
    return Rates(row.machine_hour, row.labour_hour, row.overhead_hour, OverheadBase(row.overhead_base))
