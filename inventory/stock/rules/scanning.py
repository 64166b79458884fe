"""The conversation of the scan page: what an act needs, in which order it is asked for, and how a quantity is typed.

Pure: words and numbers in, the next question out.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# A printed command starts with this; no place, item or lot does.
COMMAND = "MW-"
_QUANTITY = re.compile(r"\d{0,12}(?:[.,]\d{0,6})?")


class Slot(StrEnum):
    """One thing an act wants to know."""

    FROM = "FROM"
    ITEM = "ITEM"
    LOT = "LOT"
    QUANTITY = "QUANTITY"
    TO = "TO"
    INTO = "INTO"
    REASON = "REASON"


class Act(StrEnum):
    """What can be done at the scan page. COUNT leads elsewhere, LOOK changes nothing."""

    RECEIVE = "RECEIVE"
    TRANSFER = "TRANSFER"
    ISSUE = "ISSUE"
    RETURN = "RETURN"
    SCRAP = "SCRAP"
    REGRADE = "REGRADE"
    COUNT = "COUNT"
    LOOK = "LOOK"


class Command(StrEnum):
    """What a printed code can say besides choosing an act."""

    CONFIRM = "OK"
    AGAIN = "AGAIN"
    UNDO = "UNDO"


# Where one stands is scanned first, what one holds after it.
SLOTS: dict[Act, tuple[Slot, ...]] = {
    Act.RECEIVE: (Slot.TO, Slot.ITEM, Slot.QUANTITY),
    Act.TRANSFER: (Slot.FROM, Slot.ITEM, Slot.LOT, Slot.QUANTITY, Slot.TO),
    Act.ISSUE: (Slot.FROM, Slot.ITEM, Slot.LOT, Slot.QUANTITY),
    Act.RETURN: (Slot.TO, Slot.ITEM, Slot.LOT, Slot.QUANTITY),
    Act.SCRAP: (Slot.FROM, Slot.ITEM, Slot.LOT, Slot.QUANTITY, Slot.REASON),
    Act.REGRADE: (Slot.FROM, Slot.ITEM, Slot.LOT, Slot.INTO, Slot.QUANTITY, Slot.REASON),
    Act.COUNT: (),
    Act.LOOK: (),
}
# What stays for the next item of the same errand.
KEPT: dict[Act, tuple[Slot, ...]] = {
    Act.RECEIVE: (Slot.TO,),
    Act.TRANSFER: (Slot.FROM,),
    Act.ISSUE: (Slot.FROM,),
    Act.RETURN: (Slot.TO,),
    Act.SCRAP: (Slot.FROM,),
    Act.REGRADE: (Slot.FROM,),
}
CAPABILITY: dict[Act, str] = {
    Act.RECEIVE: "inventory.stock.receive",
    Act.TRANSFER: "inventory.stock.move",
    Act.ISSUE: "inventory.stock.move",
    Act.RETURN: "inventory.stock.move",
    Act.SCRAP: "inventory.stock.scrap",
    Act.REGRADE: "inventory.stock.scrap",
    Act.COUNT: "inventory.stock.count",
    Act.LOOK: "inventory.stock.view",
}
# Stock of a place is taken, so that a proposal can be made.
TAKES = frozenset({Act.TRANSFER, Act.ISSUE, Act.SCRAP, Act.REGRADE})


@dataclass(frozen=True)
class Held:
    """What is known so far."""

    known: frozenset[Slot]
    tracked: bool = False
    whole_pallet: bool = False


def wanted(act: Act, held: Held) -> tuple[Slot, ...]:
    """What is still missing, in the order it is asked for. A lot is asked for only where the item has lots; a pallet
    that goes as a whole needs nothing but where to."""
    if held.whole_pallet:
        return () if Slot.TO in held.known else (Slot.TO,)
    return tuple(slot for slot in SLOTS[act] if slot not in held.known and (slot is not Slot.LOT or held.tracked))


def command_of(text: str) -> Act | Command | None:
    """The act or command a printed code means; None for anything else."""
    said = text.strip().upper()
    if not said.startswith(COMMAND):
        return None
    word = said.removeprefix(COMMAND)
    if word in Act.__members__.values():
        return Act(word)
    return Command(word) if word in Command.__members__.values() else None


def code_of(word: Act | Command) -> str:
    """What is printed for an act or command."""
    return f"{COMMAND}{word}"


def typed_quantity(text: str) -> Decimal | None:
    """A quantity as somebody typed it: comma and point both part the decimals; None when it is no quantity above 0."""
    said = text.strip()
    if not said or not _QUANTITY.fullmatch(said) or not any(sign.isdecimal() for sign in said):
        return None
    quantity = Decimal(said.replace(",", "."))
    return quantity if quantity > 0 else None
