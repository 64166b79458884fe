"""What a good piece took of energy, by the time accounts, from which an order's sheet takes its energy too."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum

from production.oee.models import AccountSlice

# So many days before the day of a roll-up are looked at: long enough for what is seldom made, short enough to follow a
# machine that changed.
YEAR = timedelta(days=365)


def energy_each(items: Collection[int], on: date) -> dict[tuple[int, int], Decimal]:
    """kWh a good piece (E ÷ GQ) by item and work centre, over the year before a day; one question.

    Set-up and stops of the orders are in it. Time whose energy nobody measured counts neither with its energy nor with
    its pieces; what was never measured, or came to no good piece, is not in the answer.
    """
    rows = AccountSlice.objects.filter(
        item__among=items, order__isnull=False, energy_kwh__isnull=False, on__lt=on, on__gte=on - YEAR,
        machine__work_centre_place__isnull=False,
    )  # fmt: skip
    sums = rows.values_list("item", "machine__work_centre_place__work_centre").annotate(Sum("energy_kwh"), Sum("good"))
    return {(item, centre): energy / good for item, centre, energy, good in sums.order_by() if good > 0}
