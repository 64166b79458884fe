"""GS1 element strings and check digits. Examples T-GS1-1 to 5: definitions of the design, section 4.14."""

from datetime import date
from decimal import Decimal

import pytest

from inventory.items.rules import gs1
from inventory.items.rules.gs1 import Fault, Unreadable, parse

GS = gs1.SEPARATOR
GTIN = "06291041500213"


@pytest.mark.parametrize(
    ("body", "digit"),
    [
        ("629104150021", "3"),  # T-GS1-1
        ("03600029145", "2"),  # T-GS1-2
        ("01010101010", "5"),  # T-GS1-3
        ("9638507", "4"),  # a GTIN-8: General Specifications, section 7.9
        ("37610425002123456", "9"),  # an SSCC: General Specifications, section 7.9
    ],
)
def test_check_digit(body: str, digit: str) -> None:
    assert gs1.check_digit(body) == digit
    assert gs1.has_right_check_digit(body + digit)
    assert not gs1.has_right_check_digit(body + str((int(digit) + 1) % 10))


@pytest.mark.parametrize("prefix", ["]C1", "]d2"])
def test_t_gs1_4_label_with_expiry_lot_and_serial(prefix: str) -> None:
    read = parse(f"{prefix}01{GTIN}17270200" + f"10ABC-12{GS}210007")
    assert (read.gtin, read.lot, read.serial) == (GTIN, "ABC-12", "0007")
    assert read.expires_on(2026) == date(2027, 2, 28)


def test_t_gs1_5_wrong_check_digit_names_the_right_one() -> None:
    with pytest.raises(Unreadable) as no:
        parse("]C10106291041500214")
    assert (no.value.fault, no.value.identifier, no.value.expected) == (Fault.CHECK_DIGIT, "01", "3")


def test_t_gs1_5_dropped_separator_is_refused_instead_of_swallowing_the_serial() -> None:
    with pytest.raises(Unreadable) as no:
        parse(f"]C101{GTIN}1727020010ABC-12210007")
    assert (no.value.fault, no.value.identifier) == (Fault.NO_SEPARATOR, "10")
    assert (no.value.read, no.value.expected) == ("ABC-12210007", "210007")


def test_value_longer_than_its_element_was_not_separated() -> None:
    assert parse(f"10ABCDEFGHIJKLMNOPQRST{GS}").lot == "ABCDEFGHIJKLMNOPQRST"
    with pytest.raises(Unreadable) as no:
        parse(f"10ABCDEFGHIJKLMNOPQRSTU{GS}")
    assert (no.value.fault, no.value.expected) == (Fault.NO_SEPARATOR, "U")


def test_count_swallowed_by_the_lot_of_a_pack_is_noticed() -> None:
    with pytest.raises(Unreadable) as no:
        parse(f"02{GTIN}10L53712")
    assert (no.value.fault, no.value.expected) == (Fault.NO_SEPARATOR, "3712")
    assert parse(f"02{GTIN}3712" + f"{GS}10L5").count == 12
    # On a single thing nothing is counted: 37 is part of its lot.
    assert parse(f"01{GTIN}10L53712").lot == "L53712"


def test_lot_that_reads_as_two_elements_passes_where_it_is_certain() -> None:
    asked: list[tuple[str, str, str]] = []

    def known(before: gs1.GsOne, identifier: str, value: str) -> bool:
        asked.append((before.gtin, identifier, value))
        return True

    assert parse(f"01{GTIN}10L20261021A", known).lot == "L20261021A"
    assert asked == [(GTIN, "10", "L20261021A")]
    # Separated, even at its very end, or printed with brackets, it is certain by itself.
    assert parse(f"01{GTIN}10L20261021A{GS}").lot == "L20261021A"
    assert parse(f"(01){GTIN}(10)L20261021A(21)007").lot == "L20261021A"


def test_lot_of_plain_letters_needs_no_separator_at_the_end() -> None:
    assert parse(f"01{GTIN}10ABC-12").lot == "ABC-12"


@pytest.mark.parametrize(
    ("text", "fault", "identifier"),
    [
        ("0106291041", Fault.TOO_SHORT, "01"),
        ("17271301", Fault.BAD_DATE, "17"),
        ("17270230", Fault.BAD_DATE, "17"),
        ("1727AB01", Fault.NOT_DIGITS, "17"),
        (f"10{GS}21A", Fault.TOO_SHORT, "10"),
        (f"10A~B{GS}", Fault.BAD_LETTER, "10"),
        ("XYZ", Fault.UNKNOWN_IDENTIFIER, "XYZ"),
        ("310X000012", Fault.UNKNOWN_IDENTIFIER, "310X"),
        (f"10A{GS}10B{GS}", Fault.TWICE, "10"),
        ("]C1", Fault.NO_CONTENT, ""),
        ("(10)A)B", Fault.NO_CONTENT, ""),
        ("(05)A", Fault.UNKNOWN_IDENTIFIER, "05"),
        ("(10)ABCDEFGHIJKLMNOPQRSTU", Fault.TOO_LONG, "10"),
    ],
)
def test_faults_say_where(text: str, fault: Fault, identifier: str) -> None:
    with pytest.raises(Unreadable) as no:
        parse(text)
    assert (no.value.fault, no.value.identifier) == (fault, identifier)


def test_weight_has_the_decimals_its_identifier_says() -> None:
    assert parse(f"01{GTIN}3103001250").measure == (Decimal("1.250"), "kg")
    assert parse(f"01{GTIN}3100001250").measure == (Decimal(1250), "kg")
    assert parse(f"01{GTIN}10A").measure is None


def test_pallet() -> None:
    assert parse("00376104250021234569").sscc == "376104250021234569"


@pytest.mark.parametrize(
    ("text", "this_year", "day"),
    [
        ("270200", 2026, date(2027, 2, 28)),
        ("280200", 2026, date(2028, 2, 29)),
        ("760101", 2026, date(2076, 1, 1)),
        ("770101", 2026, date(1977, 1, 1)),
        ("490101", 2099, date(2149, 1, 1)),
        ("500101", 2099, date(2050, 1, 1)),
        ("991231", 2026, date(1999, 12, 31)),
    ],
)
def test_century_is_the_nearest(text: str, this_year: int, day: date) -> None:
    assert gs1.day_of(text, this_year) == day


def test_same_gtin_has_several_lengths() -> None:
    assert gs1.gtin_forms("6291041500213") == ["06291041500213", "6291041500213"]
    assert gs1.gtin_forms("00000096385074") == ["00000096385074", "0000096385074", "000096385074", "96385074"]
    assert gs1.gtin_forms("16291041500210") == ["16291041500210"]


def test_digits_of_other_scripts_are_no_digits() -> None:
    assert not gs1.is_gtin("٦٢٩١٠٤١٥٠٠٢١٣")
    assert not gs1.looks_like_gs1("01" + "٠" * 14)
