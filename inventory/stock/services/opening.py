"""What lay there when the books were opened: many moves at once, with the balances, values and layers of each."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction

from inventory.items.models import Item, ItemCost
from inventory.items.states import Tracking, Valuation
from inventory.stock.models import CostLayer, StockBalance, StockMove, StockValue, ValueEntry
from inventory.stock.rules.valuation import CostFrom, Held, money, unit_cost_of, worth
from inventory.stock.services.balancing import gives_way, lock_items, put_many

BATCH = 1000
_HELD = """
UPDATE inventory_stockvalue v SET quantity = now.quantity, value = now.value
  FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS now(id, quantity, value) WHERE v.id = now.id
"""


@dataclass(frozen=True)
class Opening:
    """A move that was not stored yet, and what it is worth: by its unit, as a whole, or as is known of the item."""

    move: StockMove
    unit_cost: Decimal | None = None
    value: Decimal | None = None


def open_many(openings: Sequence[Opening]) -> None:
    """Store opening moves of one site into its places of stock, as `ledger.post` would one by one, without events.

    Whoever calls has asked for the right, `refuse_nonsense` for each move and `serials_in_stock` for all; items are
    locked here. Raises StockBusy.
    """
    if not openings:
        return
    with gives_way(), transaction.atomic():
        lock_items({one.move.item_id: one.move.item for one in openings}.values())
        StockMove.objects.bulk_create([one.move for one in openings], batch_size=BATCH)
        _put(openings)
        _value(openings)


def serials_in_stock(lots: Iterable[int]) -> set[int]:
    """Serial numbers, among these lots, that lie in stock already."""
    rows = StockBalance.objects.filter(lot__in=list(lots), quantity__gt=0, lot__item__tracking=Tracking.SERIAL)
    return set(rows.values_list("lot_id", flat=True))


def _put(openings: Sequence[Opening]) -> None:
    brought: dict[tuple[int, int | None, int], tuple[Decimal, datetime]] = {}
    for move in (one.move for one in openings):
        key = (move.item_id, move.lot_id, move.to_location_id)
        quantity, since = brought.get(key, (Decimal(0), move.at))
        brought[key] = (quantity + move.quantity, min(since, move.at))
    put_many(brought)


def _value(openings: Sequence[Opening]) -> None:
    site = openings[0].move.site
    items = {one.move.item_id: one.move.item for one in openings}
    stored = _locked_values(site.pk, sorted(items))
    standard = _standard_costs(items, site.zone, openings[0].move.recorded_at)
    held = {key: Held(row.quantity, row.value) for key, row in stored.items()}
    entries = []
    for one in openings:
        item = one.move.item
        value, reason = _worth(one, standard.get(item.pk), held[item.pk])
        before = held[item.pk]
        held[item.pk] = Held(before.quantity + one.move.quantity, before.value + value)
        entries.append(
            ValueEntry(
                move=one.move, site=site, item=item, quantity=one.move.quantity, value=value,
                currency=settings.CURRENCY, at=one.move.recorded_at, valuation=item.valuation, reason=reason,
            )
        )  # fmt: skip
    ValueEntry.objects.bulk_create(entries, batch_size=BATCH)
    rows = [(row.pk, held[key].quantity, held[key].value) for key, row in stored.items()]
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [list(column) for column in zip(*rows, strict=True)])
    _layer(site.pk, items, entries)


def _worth(one: Opening, standard: Decimal | None, held: Held) -> tuple[Decimal, str]:
    if one.unit_cost is not None:
        return worth(one.move.quantity, one.unit_cost), ""
    if one.value is not None:
        return money(one.value), ""
    for cost, reason in ((standard, CostFrom.STANDARD), (held.average, CostFrom.AVERAGE)):
        if cost is not None:
            return worth(one.move.quantity, cost), reason.value
    return Decimal(0), CostFrom.UNKNOWN.value


def _locked_values(site_id: int, items: list[int]) -> dict[int, StockValue]:
    StockValue.objects.bulk_create([StockValue(site_id=site_id, item_id=item) for item in items], ignore_conflicts=True)
    rows = StockValue.objects.select_for_update(no_key=True).filter(site_id=site_id, item__in=items).order_by("item_id")
    return {row.item_id: row for row in rows}


def _standard_costs(items: Iterable[int], zone: tzinfo, at: datetime) -> dict[int, Decimal]:
    day = at.astimezone(zone).date()
    rows = ItemCost.objects.filter(item__in=list(items), currency=settings.CURRENCY, valid_from__lte=day)
    return dict(rows.order_by("item_id", "-valid_from").distinct("item_id").values_list("item_id", "cost"))


def _layer(site_id: int, items: dict[int, Item], entries: Sequence[ValueEntry]) -> None:
    kept = defaultdict(list)
    for key, item in items.items():
        kept[item.valuation == Valuation.FIFO].append(key)
    # Layers left from a time of first in, first out say nothing true once the item is valued by its average.
    CostLayer.objects.filter(site_id=site_id, item__in=kept[False], quantity__gt=0).update(quantity=0)
    CostLayer.objects.bulk_create(
        [
            CostLayer(
                site_id=site_id, item_id=entry.item_id, entry=entry, quantity=entry.quantity,
                unit_cost=unit_cost_of(entry.quantity, entry.value),
            )
            for entry in entries
            if entry.valuation == Valuation.FIFO
        ],
        batch_size=BATCH,
    )  # fmt: skip
