"""What an item's facts must fit together like."""

from inventory.items.rules import gs1
from inventory.items.states import PickRule, Tracking

# The first words of addresses beside those of items.
RESERVED = frozenset({".", "..", "new", "id", "categories", "papers"})


def number_fits(number: str) -> bool:
    """Whether an item may be called so: printable, and not like another address of the items' pages.

    A slash inside is fine; many houses number their drawings that way.
    """
    parts = number.split("/")
    return number.isprintable() and all(parts) and parts[0].lower() not in RESERVED and not {".", ".."} & set(parts)


def expected_digit(gtin: str) -> str:
    """The check digit a GTIN should end with; empty where it does, or where the text is no GTIN at all."""
    if len(gtin) in (8, 12, 13, 14) and gs1.is_digits(gtin) and not gs1.is_gtin(gtin):
        return gs1.check_digit(gtin[:-1])
    return ""


def needs_lots(tracking: str, pick_rule: str, shelf_life_days: int | None) -> bool:
    """Whether something was wished that only lots can tell: only they have a day on which they expire."""
    return tracking == Tracking.NONE and (pick_rule == PickRule.FEFO or shelf_life_days is not None)
