"""Codes carry what they should: a QR code is read back bit by bit, by the standard and not by the library."""

from datetime import date
from decimal import Decimal

import pytest
import segno

from inventory.items.rules.gs1 import check_digit, parse
from inventory.labels.rules.codes import CannotEncode, bars_of, qr_matrix
from inventory.labels.rules.element_strings import element_string
from inventory.labels.rules.letters import fit, long_of

GTIN = "06291041500213"
# ISO/IEC 18004, 7.8.2: the eight masks, and 7.9: the sign over the format bits.
MASKS = (
    lambda i, j: (i + j) % 2 == 0,
    lambda i, j: i % 2 == 0,
    lambda i, j: j % 3 == 0,
    lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0,
    lambda i, j: (i * j) % 2 + (i * j) % 3 == 0,
    lambda i, j: ((i * j) % 2 + (i * j) % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + (i * j) % 3) % 2 == 0,
)
OVER_FORMAT = 0b101010000010010
# Data codewords of versions 1 to 3 at level M, which have one block only.
DATA = {21: 16, 25: 28, 29: 44}


def data_bits(matrix: list[list[bool]]) -> str:
    """The bits of the data of a small QR code, unmasked, in reading order."""
    side = len(matrix)
    format_bits = [matrix[8][x] for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [matrix[y][8] for y in (7, 5, 4, 3, 2, 1, 0)]
    said = int("".join("1" if bit else "0" for bit in format_bits), 2) ^ OVER_FORMAT
    assert said >> 13 == 0b00, "level M"
    mask = MASKS[said >> 10 & 0b111]
    bits, x, upwards = [], side - 1, True
    while x > 0:
        if x == 6:
            x -= 1
        for y in range(side - 1, -1, -1) if upwards else range(side):
            bits += [matrix[y][col] ^ mask(y, col) for col in (x, x - 1) if not reserved(side, y, col)]
        x, upwards = x - 2, not upwards
    return "".join("1" if bit else "0" for bit in bits)[: DATA[side] * 8]


def reserved(side: int, y: int, x: int) -> bool:
    corner = (y < 9 and x < 9) or (y < 9 and x >= side - 8) or (y >= side - 8 and x < 9)
    aligned = side > 21 and abs(y - (side - 7)) <= 2 and abs(x - (side - 7)) <= 2
    return corner or aligned or 6 in (y, x)


def read_bytes(bits: str) -> tuple[bool, str]:
    """Whether FNC1 stands first, and the text in byte mode."""
    fnc1 = bits.startswith("0101")
    rest = bits[4:] if fnc1 else bits
    assert rest[:4] == "0100", "byte mode"
    count = int(rest[4:12], 2)
    return fnc1, bytes(int(rest[12 + 8 * n : 20 + 8 * n], 2) for n in range(count)).decode()


def test_the_reader_of_this_test_reads_what_the_library_writes() -> None:
    matrix = [
        [bool(dark) for dark in row]
        for row in segno.make("lot abc-12, plain", error="m", micro=False, boost_error=False).matrix
    ]
    assert read_bytes(data_bits(matrix)) == (False, "lot abc-12, plain")


def test_a_lot_is_a_gs1_qr_with_fnc1_first_and_read_back_by_our_own_parser() -> None:
    text = element_string(gtin=GTIN, expires_on=date(2028, 2, 29), lot="ABC-12")
    assert text == "\x1d0106291041500213172802291" + "0ABC-12"
    fnc1, carried = read_bytes(data_bits(qr_matrix(text)))
    assert (fnc1, carried) == (True, text[1:])
    read = parse(f"]Q3{carried}")
    assert (read.gtin, read.lot, read.expires_on(2026)) == (GTIN, "ABC-12", date(2028, 2, 29))


def test_a_serial_and_a_count_need_one_separator() -> None:
    text = element_string(gtin=GTIN, count=Decimal(240), serial="0007")
    assert text == f"\x1d01{GTIN}30240\x1d210007"
    read = parse(text[1:])
    assert (read.serial, read.count) == ("0007", Decimal(240))


def test_an_item_without_gtin_is_named_by_its_own_number() -> None:
    text = element_string(item_number="MW-1", lot="L000210", expires_on=date(2027, 1, 31))
    assert text == "\x1d17270131240MW-1\x1d10L000210"
    read = parse(f"]Q3{text[1:]}")
    assert (read.values["240"], read.lot) == ("MW-1", "L000210")


@pytest.mark.parametrize("lot", ["with blank", "ü-12", "x" * 21])
def test_what_gs1_cannot_say_is_not_said_wrongly(lot: str) -> None:
    assert element_string(gtin=GTIN, lot=lot) == ""


def test_a_pallet_is_a_gs1_128_that_begins_with_fnc1() -> None:
    body = "02000000000000001"
    bars = bars_of("code128", element_string(sscc=body + check_digit(body)))
    # Start C, then FNC1 (value 102), as Code 128 draws them.
    assert bars.modules.startswith("11010011100" + "11110101110")
    assert bars.caption == f"00{body}{check_digit(body)}"


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("6291041500213", "6291041500213"),
        (GTIN, "6291041500213"),
        ("036000291452", "0036000291452"),
        ("96385074", "96385074"),
    ],
)
def test_a_gtin_is_an_ean(text: str, caption: str) -> None:
    assert bars_of("ean", text).caption == caption


@pytest.mark.parametrize(
    ("kind", "text"),
    [("ean", "6291041500214"), ("ean", "12345"), ("code128", "Größe"), ("qr", "x" * 301), ("code128", "")],
)
def test_what_does_not_go_into_a_code_is_refused(kind: str, text: str) -> None:
    with pytest.raises(CannotEncode) as refused:
        bars_of(kind, text) if kind != "qr" else qr_matrix(text)
    assert (refused.value.kind, refused.value.text) == (kind, text)


def test_a_long_text_gets_lines_then_smaller_letters_then_an_ellipsis() -> None:
    assert fit("MW-10042", 40, 6, 5).lines == ["MW-10042"]
    broken = fit("Bearing block for the big pump", 33, 12, 4)
    assert (len(broken.lines), broken.size) == (2, 4)
    cut = fit("W" * 60, 20, 4, 4)
    assert cut.size == pytest.approx(2.2)
    assert cut.lines[0].endswith("…")
    assert all(long_of(line, cut.size) <= 20 for line in cut.lines)
