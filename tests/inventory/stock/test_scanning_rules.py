"""The conversation of the scan page, without a page."""

from decimal import Decimal

import pytest

from inventory.stock.rules.scanning import (
    CAPABILITY,
    SLOTS,
    Act,
    Command,
    Held,
    Slot,
    code_of,
    command_of,
    typed_quantity,
    wanted,
)


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("12", "12"), ("12.5", "12.5"), ("12,5", "12.5"), (" 7 ", "7"), ("0,000001", "0.000001"), (",5", "0.5"),
        ("5.", "5"), ("007", "7"),
        ("", None), ("0", None), ("0,00", None), ("-1", None), ("1,2,3", None), ("1.234,5", None), ("1e3", None),
        ("NaN", None), ("abc", None), (",", None), ("1234567890123", None), ("0,0000001", None),
    ],
)  # fmt: skip
def test_comma_and_point_part_decimals_and_nothing_else_is_a_quantity(text: str, quantity: str | None) -> None:
    assert typed_quantity(text) == (None if quantity is None else Decimal(quantity))


def test_every_act_and_command_has_a_code_that_is_read_back() -> None:
    words = [*Act, *Command]
    assert [command_of(code_of(word)) for word in words] == words
    assert command_of("mw-issue ") is Act.ISSUE
    assert [command_of(text) for text in ("MW-", "MW-DANCE", "ISSUE", "MX-ISSUE", "")] == [None] * 5


def test_every_act_says_what_it_needs_and_who_may() -> None:
    assert set(SLOTS) == set(CAPABILITY) == set(Act)


def test_the_place_is_asked_first_and_a_lot_only_of_items_that_have_lots() -> None:
    assert wanted(Act.ISSUE, Held(frozenset())) == (Slot.FROM, Slot.ITEM, Slot.QUANTITY)
    known = frozenset({Slot.FROM, Slot.ITEM})
    assert wanted(Act.ISSUE, Held(known)) == (Slot.QUANTITY,)
    assert wanted(Act.ISSUE, Held(known, tracked=True)) == (Slot.LOT, Slot.QUANTITY)
    assert wanted(Act.ISSUE, Held(known | {Slot.LOT, Slot.QUANTITY}, tracked=True)) == ()


def test_a_whole_pallet_needs_only_where_to() -> None:
    assert wanted(Act.TRANSFER, Held(frozenset({Slot.FROM}), whole_pallet=True)) == (Slot.TO,)
    assert wanted(Act.TRANSFER, Held(frozenset({Slot.FROM, Slot.TO}), whole_pallet=True)) == ()
