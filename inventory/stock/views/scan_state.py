"""What the scan page knows so far: carried in the address, so that neither reload nor flat battery loses anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from factory_core.clock import now
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.items.queries import UnknownScan
from inventory.items.states import Tracking
from inventory.lots.models import Lot
from inventory.stock.models import Location
from inventory.stock.queries import scanning
from inventory.stock.queries.scanning import Reading
from inventory.stock.rules.scanning import KEPT, SLOTS, Act, Command, Held, Slot, command_of, typed_quantity, wanted
from inventory.stock.states import LocationKind
from inventory.stock.words import place_word

TEXTS = {"lot_number": 60, "supplier_lot": 60, "reason": 200, "into_number": 60, "quantity": 20, "unit": 12}


@dataclass(frozen=True)
class Answer:
    """What the page says to a scan: always the code that was read, and what it was or should have been."""

    read: str
    what: str = ""
    expected: str = ""

    @property
    def shown(self) -> str:
        """The code with its separators made visible."""
        return self.read.replace("\u001d", "|")

    @property
    def is_good(self) -> bool:
        """Whether the scan was understood."""
        return not self.expected


@dataclass(frozen=True)
class State:
    """The act and what is known for it."""

    act: Act | None = None
    source: Location | None = None
    target: Location | None = None
    item: Item | None = None
    lot: Lot | None = None
    into: Item | None = None
    whole: bool = False
    expires_on: date | None = None
    made_on: date | None = None
    looked: Location | None = None
    texts: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """What was typed or read into a field."""
        return self.texts.get(name, "")

    @property
    def known(self) -> frozenset[Slot]:
        """The slots that are filled."""
        filled = {
            Slot.FROM: self.source is not None,
            Slot.TO: self.target is not None,
            Slot.ITEM: self.item is not None,
            Slot.LOT: self.lot is not None,
            Slot.INTO: self.into is not None,
            Slot.QUANTITY: typed_quantity(self.text("quantity")) is not None,
            Slot.REASON: bool(self.text("reason")),
        }
        return frozenset(slot for slot, there in filled.items() if there)

    @property
    def tracked(self) -> bool:
        """Whether the item has lots or serial numbers."""
        return self.item is not None and self.item.tracking != Tracking.NONE

    @property
    def missing(self) -> tuple[Slot, ...]:
        """What the act still wants to know."""
        return wanted(self.act, Held(self.known, self.tracked, self.whole)) if self.act else ()

    def with_texts(self, **changes: str) -> "State":
        """The same with other texts."""
        return replace(self, texts={**self.texts, **changes})

    def carried(self) -> list[tuple[str, str]]:
        """Everything a form must carry to come back to this state; texts have fields of their own."""
        things = {"from": self.source, "to": self.target, "item": self.item, "lot": self.lot, "into": self.into}
        pairs = [("act", str(self.act or ""))]
        pairs += [(name, str(thing.pk)) for name, thing in things.items() if thing is not None]
        pairs += [("looked", str(self.looked.pk))] if self.looked else []
        return pairs + ([("whole", "yes")] if self.whole else [])

    def next_errand(self) -> "State":
        """The same act again, at the same place, with nothing in hand."""
        kept = KEPT.get(self.act, ()) if self.act else ()
        return State(
            act=self.act,
            source=self.source if Slot.FROM in kept else None,
            target=self.target if Slot.TO in kept else None,
        )


def state_of(actor: User, given: Mapping[str, str], may_act: frozenset[Act]) -> State:
    """The state an address carries; things that are gone or not for this person are simply not known."""
    said = given.get("act", "")
    act = Act(said) if said in Act.__members__.values() and Act(said) in may_act else None
    item = scanning.item_of_id(actor, given.get("item", ""))
    lot = scanning.lot_of_id(actor, given.get("lot", ""))
    return State(
        act=act,
        source=scanning.place_of_id(actor, given.get("from", "")),
        target=scanning.place_of_id(actor, given.get("to", "")),
        item=item,
        lot=lot if lot is not None and item is not None and lot.item_id == item.pk else None,
        into=scanning.item_of_id(actor, given.get("into", "")),
        whole=given.get("whole") == "yes",
        expires_on=_day(given.get("expires_on", "")),
        made_on=_day(given.get("made_on", "")),
        looked=scanning.place_of_id(actor, given.get("looked", "")),
        texts={name: given.get(name, "").strip()[:longest] for name, longest in TEXTS.items()},
    )


def take(actor: User, state: State, code: str, may_act: frozenset[Act]) -> tuple[State, Answer]:
    """What a scan makes of the state, and what the page answers. What is not understood changes nothing."""
    word = command_of(code)
    if isinstance(word, Act):
        if word not in may_act:
            return state, Answer(code, expected=_("an act that you may do"))
        return _chosen(state, word), Answer(code, act_title(word))
    if word is Command.AGAIN:
        return State(act=state.act), Answer(code, _("Start again"))
    if word is not None:
        return state, Answer(code, _("Confirm") if word is Command.CONFIRM else _("Take back"))
    try:
        # An item in hand may have a lot of the same code as a place; where a place is awaited, the place is meant.
        reading = scanning.read(actor, code, at=now(), item=state.item, place_first=_awaits_place(state))
    except UnknownScan as unknown:
        if state.act is Act.RECEIVE and state.tracked and not state.text("lot_number"):
            # Whatever stands on the delivery as its lot is the lot's number.
            return state.with_texts(lot_number=code.strip()[:60]), Answer(code, _("Lot, as it will be called here"))
        return state, Answer(code, unknown.sentence, expected=expected(state))
    return _with_place(state, reading) if reading.location is not None else _with_item(state, reading)


def expected(state: State) -> str:
    """What the page waits for, in words."""
    words = {
        Slot.FROM: _("the place it is taken from"),
        Slot.ITEM: _("an item, a lot, or a label with both"),
        Slot.LOT: _("a lot of %(item)s") % {"item": state.item.number if state.item else ""},
        Slot.QUANTITY: _("the quantity, on the keypad"),
        Slot.TO: _("the place it goes to"),
        Slot.INTO: _("the item it becomes"),
        Slot.REASON: _("the reason"),
    }
    if state.act is None:
        return _("a command, a place, an item or a lot")
    if state.act is Act.LOOK:
        return _("a place, an item or a lot")
    return words[state.missing[0]] if state.missing else _("the confirmation")


def act_title(act: Act) -> str:
    """How an act is called on its button."""
    return {
        Act.RECEIVE: _("Receive"),
        Act.TRANSFER: _("Put away or move"),
        Act.ISSUE: _("Issue"),
        Act.RETURN: _("Return"),
        Act.SCRAP: _("Scrap"),
        Act.REGRADE: _("Regrade"),
        Act.COUNT: _("Count"),
        Act.LOOK: _("Look up"),
    }[act]


def _awaits_place(state: State) -> bool:
    if state.act in (None, Act.LOOK):
        return True
    waiting = [slot for slot in state.missing if slot not in (Slot.QUANTITY, Slot.REASON)]
    return not waiting or waiting[0] in (Slot.FROM, Slot.TO)


def _chosen(state: State, act: Act) -> State:
    """Another act: what was looked at or held in hand stays where the act can use it."""
    slots = SLOTS[act]
    place = state.source or state.target or state.looked
    return replace(
        State(act=act, item=state.item, lot=state.lot, texts=state.texts),
        source=place if Slot.FROM in slots else None,
        target=place if Slot.TO in slots and Slot.FROM not in slots else None,
    )


def _with_place(state: State, reading: Reading) -> tuple[State, Answer]:
    place = reading.location
    if place is None:
        raise TypeError("a reading without a place")
    title = " · ".join(
        part for part in (place_word(place.kind), place.name if place.name != place.code else "") if part
    )
    good = Answer(reading.text, title)
    if state.act in (None, Act.LOOK, Act.COUNT):
        return State(act=state.act, looked=place), good
    slots = SLOTS[state.act]
    if Slot.FROM not in slots:
        return replace(state, target=place), good
    if Slot.TO not in slots:
        return replace(state, source=place), good
    if state.source is None:
        return replace(state, source=place), good
    if place.pk == state.source.pk:
        return state, Answer(reading.text, _("It lies there now."), expected=_("another place"))
    if state.item is not None:
        return replace(state, target=place), good
    if state.source.kind == LocationKind.PALLET:
        return replace(state, target=place, whole=True), good
    return replace(state, source=place), good


def _with_item(state: State, reading: Reading) -> tuple[State, Answer]:
    item = reading.item
    if item is None:
        raise TypeError("a reading without an item")
    lot = reading.lot
    parts = [item.number, item.name] + (
        [_("lot %(number)s") % {"number": reading.lot_number}] if reading.lot_number else []
    )
    good = Answer(reading.text, " · ".join(parts))
    if state.act is Act.REGRADE and state.missing[:1] == (Slot.INTO,):
        return replace(state.with_texts(into_number=reading.lot_number), into=item), good
    typed = state.texts if state.item is not None and state.item.pk == item.pk else {"reason": state.text("reason")}
    changed = replace(
        state,
        item=item,
        lot=lot,
        whole=False,
        target=None if state.whole else state.target,
        expires_on=reading.expires_on,
        made_on=reading.made_on,
        texts={**typed, "lot_number": reading.lot_number},
        looked=None,
    )
    if reading.quantity is not None:
        changed = changed.with_texts(quantity=plain(reading.quantity))
    if reading.unit is not None:
        changed = changed.with_texts(unit=reading.unit.code)
    if reading.lot_number and lot is None and state.act not in (None, Act.LOOK, Act.RECEIVE):
        said = _("%(item)s has no lot %(lot)s here.") % {"item": item.number, "lot": reading.lot_number}
        return changed.with_texts(lot_number=""), Answer(reading.text, said, expected=_("a lot that lies here"))
    return changed, good


def plain(quantity: Decimal) -> str:
    """A quantity as the keypad writes it."""
    return f"{quantity.normalize():f}"


def _day(text: str) -> date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        return None
