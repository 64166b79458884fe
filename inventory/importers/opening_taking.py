"""A batch of rows becomes opening stock: checked row by row, then brought into the ledger at once."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from factory_core.errors import Refusal
from factory_core.importing.kinds import Context, Existing, Outcome, Row
from factory_core.sources import SourceRef, source_fields
from inventory.importers.common import column_of, found_by, refuse_by
from inventory.importers.converting import Factors
from inventory.importers.locations import places_here
from inventory.importers.lots import lots_by_key
from inventory.importers.opening_places import Places
from inventory.importers.units import known_units
from inventory.items.models import Item
from inventory.items.rules.conversion import PIECES
from inventory.items.rules.facts import number_fits
from inventory.items.states import Tracking
from inventory.lots.models import Lot
from inventory.stock.models import Location, StockMove
from inventory.stock.rules.valuation import money
from inventory.stock.services.ledger import refuse_nonsense
from inventory.stock.services.opening import Opening, open_many, serials_in_stock
from inventory.stock.services.places import outside_as_stored
from inventory.stock.states import LocationKind, MoveKind

_CENT = Decimal("0.01")
Key = tuple[Any, ...]


def take(rows: Sequence[Row], context: Context) -> None:
    """Bring opening stock in; see `kinds.Take`."""
    _Openings(rows, context).take()


class _Openings:
    def __init__(self, rows: Sequence[Row], context: Context) -> None:
        self.rows, self.context, self.site = rows, context, context.here
        self.items = found_by(Item.objects.select_related("unit"), "number", column_of(rows, "item"))
        self.places = Places(found_by(places_here(context.actor, self.site), "code", column_of(rows, "location")), rows)
        self.units = known_units(context.actor, {*column_of(rows, "unit"), PIECES})
        self.factors = Factors(self.items.values())
        self.origin = outside_as_stored(self.site, LocationKind.OPENING)
        self.lots = lots_by_key(
            (self.items[str(row.values["item"])].pk, str(row.values["lot"]))
            for row in rows if row.values.get("lot") and str(row.values["item"]) in self.items
        )  # fmt: skip
        self.serials = serials_in_stock(lot.pk for lot in self.lots.values())
        self.new_lots: dict[Key, Lot] = {}
        # A run comes in batches: what one has used up is not there for the next.
        self.seen: set[Key] = context.memory.setdefault("serials", set())
        self.used: dict[Key, Counter[Decimal]] = context.memory.setdefault("opened before", defaultdict(Counter))
        self.before = self._opened_before()

    def take(self) -> None:
        """Rows are checked; what was opened before is set apart; the rest becomes moves."""
        meant: dict[Key, list[tuple[Row, Opening]]] = defaultdict(list)
        for row in self.rows:
            opening = self._opening(row)
            if opening is not None:
                meant[_key(opening.move)].append((row, opening))
        fresh = [pair for key, pairs in meant.items() for pair in self._fresh(key, pairs)]
        fresh.sort(key=lambda pair: pair[0].number)
        moves = [opening.move for _row, opening in fresh]
        self.places.save([move.to_location for move in moves])
        wanted = {id(move.lot) for move in moves}
        Lot.objects.bulk_create([lot for lot in self.new_lots.values() if id(lot) in wanted], batch_size=1000)
        open_many([opening for _row, opening in fresh])
        for row, _opening in fresh:
            row.outcome = Outcome.CREATED

    def _opening(self, row: Row) -> Opening | None:
        value = row.values.get
        item = self._item(row)
        factor = self._factor(row, item) if item is not None else None
        place = self._place(row) if item is not None else None
        quantity = value("quantity")
        if item is None or factor is None or place is None or not isinstance(quantity, Decimal):
            return None
        if quantity == 0:
            # Nothing lies there: that needs no move, and must not take away what lies there by now.
            row.outcome = Outcome.UNCHANGED
            return None
        lot = self._lot(row, item)
        move = StockMove(
            site=self.site, kind=MoveKind.OPENING.value, item=item, lot=lot, quantity=money(quantity * factor),
            from_location=self.origin, to_location=place, at=self._at(row), recorded_at=self.context.at,
            by=self.context.actor, key=f"import:{self.context.run_id}:{row.number}",
            **source_fields(SourceRef("factory_core.importrun", self.context.run_id, _("opening stock"))),
        )  # fmt: skip
        try:
            refuse_nonsense(move)
        except Refusal as refusal:
            refuse_by(row, refusal, _FIELD_OF.get(refusal.code, "quantity"))
            return None
        return self._valued(row, move, quantity, factor)

    def _item(self, row: Row) -> Item | None:
        number = str(row.values["item"])
        item = self.items.get(number)
        if item is None and self.context.creates_missing and number_fits(number) and len(number) <= 60:
            unit = self.units.get(str(row.values.get("unit") or PIECES))
            if unit is not None:
                name = str(row.values.get("item_name") or number)
                item = self.items[number] = Item.objects.create(number=number, name=name[:200], unit=unit)
                self.factors.own |= Factors([item]).own
        if item is None:
            row.refuse("item", "unknown_reference", _("There is no item “%(item)s”.") % {"item": number[:60]},
                       _("One that exists: import items first, pick another, or let it be created."))  # fmt: skip
        return item

    def _factor(self, row: Row, item: Item) -> Decimal | None:
        code = row.values.get("unit")
        if code is None:
            return Decimal(1)
        unit = self.units.get(str(code))
        if unit is None:
            row.refuse("unit", "unknown_reference", _("There is no unit “%(code)s”.") % {"code": code})
            return None
        factor = self.factors.factor(item, unit)
        if factor is None:
            self.factors.refuse(row, item, unit)
        return factor

    def _place(self, row: Row) -> Location | None:
        try:
            return self.places.of(row, self.context)
        except Refusal as refusal:
            refuse_by(row, refusal, "location")
            return None

    def _lot(self, row: Row, item: Item) -> Lot | None:
        number = str(row.values.get("lot") or "")
        # Where the item is not told apart a lot is refused below, by the ledger's own sentence.
        if not number:
            return None
        key = (item.pk, number)
        if key not in self.lots:
            expires_on: Any = row.values.get("expires_on")
            self.lots[key] = self.new_lots[key] = Lot(item=item, number=number, expires_on=expires_on)
        return self.lots[key]

    def _at(self, row: Row) -> datetime:
        day = row.values.get("dated_on")
        return datetime.combine(day, time(), self.site.zone) if isinstance(day, date) else self.context.at

    def _valued(self, row: Row, move: StockMove, quantity: Decimal, factor: Decimal) -> Opening:
        cost, value = row.values.get("unit_cost"), row.values.get("value")
        worth = money(value) if isinstance(value, Decimal) else None
        if not isinstance(cost, Decimal):
            return Opening(move, value=worth)
        if worth is not None and abs(quantity * cost - worth) >= _CENT:
            row.warn(
                "value", "value_differs",
                _("%(quantity)s at %(cost)s are not worth %(value)s; quantity and cost were taken.")
                % {"quantity": quantity, "cost": cost, "value": value},
                _("A value that is quantity by cost, or one of the two."),
            )  # fmt: skip
        return Opening(move, value=quantity * cost) if factor != 1 else Opening(move, unit_cost=cost)

    def _fresh(self, key: Key, pairs: list[tuple[Row, Opening]]) -> list[tuple[Row, Opening]]:
        """What of an item in a place was not opened before; the rest is compared with what was."""
        before = self.before.get(key)
        if before is None:
            return [pair for pair in pairs if not self._is_second_piece(*pair)]
        left, total = Counter(before) - self.used[key], sum(opening.move.quantity for _row, opening in pairs)
        opened = sum(before, Decimal(0))
        is_the_same = total == opened and not self.used[key]
        for row, opening in pairs:
            if self.context.existing is Existing.SKIP:
                row.outcome = Outcome.SKIPPED
            elif self.context.existing is Existing.STOP or not (is_the_same or left[opening.move.quantity] > 0):
                self._refuse_second(row, opening, opened)
            else:
                left[opening.move.quantity] -= 1
                self.used[key][opening.move.quantity] += 1
                row.outcome = Outcome.UNCHANGED
        return []

    def _refuse_second(self, row: Row, opening: Opening, before: Decimal) -> None:
        move = opening.move
        row.refuse(
            "quantity", "opened_before",
            _("%(place)s was opened with %(before)s %(unit)s of %(item)s already; %(quantity)s are said now.")
            % {"place": move.to_location.code, "before": f"{before.normalize():f}", "unit": move.item.unit.code,
               "item": move.item.number, "quantity": f"{move.quantity.normalize():f}"},
            _("The same as before. To open anew undo the earlier import; to put stock right count it."),
        )  # fmt: skip

    def _is_second_piece(self, row: Row, opening: Opening) -> bool:
        """A serial number is one piece: not in stock already, and not twice in the file."""
        move = opening.move
        if move.item.tracking != Tracking.SERIAL or move.lot is None:
            return False
        key = (move.item_id, move.lot.number)
        if move.lot.pk not in self.serials and key not in self.seen:
            self.seen.add(key)
            return False
        row.refuse("lot", "serial_in_stock", _("%(item)s %(lot)s lies in stock already.")
                   % {"item": move.item.number, "lot": move.lot.number},
                   _("Each serial number once."))  # fmt: skip
        return True

    def _opened_before(self) -> dict[Key, list[Decimal]]:
        """The openings of these items that stand, those of this very run apart."""
        rows = StockMove.objects.filter(
            kind=MoveKind.OPENING, site=self.site, item__in=[item.pk for item in self.items.values()],
            from_location=self.origin, corrected_by=None,
        ).exclude(key__startswith=f"import:{self.context.run_id}:")  # fmt: skip
        found: dict[Key, list[Decimal]] = defaultdict(list)
        for item, lot, place, quantity in rows.values_list("item_id", "lot__number", "to_location__code", "quantity"):
            found[item, lot, place].append(quantity)
        return found


def _key(move: StockMove) -> Key:
    return move.item_id, move.lot.number if move.lot else None, move.to_location.code


_FIELD_OF = {
    "move_in_future": "dated_on", "inactive_place": "location", "no_move": "location", "lot_needed": "lot",
    "lot_of_other_item": "lot", "serial_is_one": "lot",
}  # fmt: skip
