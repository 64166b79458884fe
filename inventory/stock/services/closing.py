"""Opening stock is taken back with its import: what people built upon stays, and the books are right afterwards."""

from collections import defaultdict
from collections.abc import Mapping, MutableMapping
from decimal import Decimal

from factory_core.importing.queries.footprint import Kept, Why
from inventory.stock.models import StockBalance, StockMove, ValueEntry
from inventory.stock.services.rebuilding import rebuild_balances, rebuild_values

_MOVES, _ENTRIES = StockMove._meta.db_table, ValueEntry._meta.db_table


def keep_used(run_id: int, added: Mapping[str, set[int]], kept: MutableMapping[tuple[str, int], Kept]) -> None:
    """Before an undo: keep the moves without which a balance would be less than nothing, or less than is reserved, and
    those of items of which something left the site since: what it was worth rests on what was there."""
    moves = list(StockMove.objects.filter(pk__in=added.get(_MOVES, ())).select_related("to_location"))
    used = _items_used(added)
    short = _places_short(moves)
    for move in moves:
        by = used.get((move.site_id, move.item_id)) or short.get((move.item_id, move.lot_id, move.to_location_id))
        if by:
            kept.setdefault((_MOVES, move.pk), Kept(_MOVES, move.pk, Why.USED_SINCE, by))
    staying = [key for table, key in kept if table == _MOVES]
    entries = ValueEntry.objects.filter(move__in=staying, pk__in=added.get(_ENTRIES, ()))
    for entry in entries.values_list("pk", flat=True):
        kept.setdefault((_ENTRIES, entry), Kept(_ENTRIES, entry, Why.BELONGS))


def put_right(run_id: int, added: Mapping[str, set[int]]) -> None:
    """After an undo: balances, values and layers are what the remaining moves and entries say."""
    if added.get(_MOVES):
        rebuild_balances()
        rebuild_values()


def _items_used(added: Mapping[str, set[int]]) -> dict[tuple[int, int], str]:
    """Items of which something went out after this run, by site and item, with the move that took it."""
    own = added.get(_ENTRIES) or set()
    if not own:
        return {}
    items = ValueEntry.objects.filter(pk__in=own).values("item_id")
    later = ValueEntry.objects.filter(item__in=items, quantity__lt=0, pk__gt=min(own)).exclude(pk__in=own)
    return {(site, item): f"{_MOVES} {move}" for site, item, move in later.values_list("site_id", "item_id", "move_id")}


def _places_short(moves: list[StockMove]) -> dict[tuple[int, int | None, int], str]:
    """Where less would lie than is needed once these moves are gone."""
    brought: dict[tuple[int, int | None, int], Decimal] = defaultdict(Decimal)
    for move in moves:
        brought[move.item_id, move.lot_id, move.to_location_id] += move.quantity
    rows = StockBalance.objects.filter(item__in={key[0] for key in brought}, location__in={key[2] for key in brought})
    there = {(row.item_id, row.lot_id, row.location_id): row for row in rows}
    short = {}
    for key, quantity in brought.items():
        row = there.get(key)
        if row is None or row.quantity - quantity < row.reserved:
            short[key] = f"inventory_stockbalance {row.pk}" if row is not None else "inventory_stockbalance"
    return short
