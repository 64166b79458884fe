"""Machine-readable codes as plain black and white: QR codes with or without GS1, Code 128, EAN."""

import re
from dataclasses import dataclass
from typing import Any

import segno
from barcode import EAN8, EAN13, Code128  # type: ignore[import-untyped]  # the library brings no types
from barcode.codex import Gs1_128  # type: ignore[import-untyped]  # the library brings no types
from segno import consts as segno_consts
from segno import encoder as segno_encoder

# The steps inside the library have no types.
consts: Any = segno_consts
encoder: Any = segno_encoder

# An element string is written with a leading separator, which stands for the FNC1 that makes it one.
SEPARATOR = "\x1d"
MOST_SIGNS = 300
_FNC1_FIRST = 0b0101
_EAN = re.compile(r"(?:\d{8}|\d{12,14})\Z")


class CannotEncode(ValueError):
    """The text does not go into this kind of code."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind} cannot carry {text!r}")
        self.kind, self.text = kind, text


@dataclass(frozen=True)
class Bars:
    """A linear code: "1" is a black module; `caption` is what a person reads under it."""

    modules: str
    caption: str


def is_gs1(text: str) -> bool:
    """Whether a text is a GS1 element string."""
    return text.startswith(SEPARATOR)


def qr_matrix(text: str) -> list[list[bool]]:
    """The modules of a QR code, True is black, without the quiet zone. Raises CannotEncode."""
    if not text or len(text) > MOST_SIGNS:
        raise CannotEncode("qr", text)
    rows = _gs1_qr(text) if is_gs1(text) else segno.make(text, error="m", micro=False).matrix
    return [[bool(module) for module in row] for row in rows]


def bars_of(kind: str, text: str) -> Bars:
    """The modules of a Code 128 or EAN. Raises CannotEncode."""
    if not text or len(text) > 80:
        raise CannotEncode(kind, text)
    try:
        if kind == "ean":
            return _ean(text)
        if is_gs1(text):
            content = text[1:].replace(SEPARATOR, Gs1_128.FNC1_CHAR)
            return Bars(Gs1_128(content).build()[0], text[1:].replace(SEPARATOR, " "))
        return Bars(Code128(text).build()[0], text)
    except CannotEncode:
        raise
    except Exception as fault:
        # The library has no one class for "these signs do not go into this code".
        raise CannotEncode(kind, text) from fault


def _ean(text: str) -> Bars:
    if not _EAN.match(text):
        raise CannotEncode("ean", text)
    whole = text[1:] if len(text) == 14 and text.startswith("0") else text.zfill(13) if len(text) == 12 else text
    if len(whole) == 14:
        return bars_of("code128", f"{SEPARATOR}01{whole}")
    code = EAN8(whole) if len(whole) == 8 else EAN13(whole)
    if code.get_fullcode() != whole:
        raise CannotEncode("ean", text)
    return Bars(code.build()[0].replace("G", "1"), whole)


def _gs1_qr(text: str) -> Any:
    """A QR code in "FNC1 in first position", which scanners announce as ]Q3.

    The library writes every other mode but not this one, so its own steps are gone through here with four bits more
    at the front (ISO/IEC 18004, 7.4.8).
    """
    segments = encoder.prepare_data(text[1:], consts.MODE_BYTE, "iso-8859-1")
    level = encoder.normalize_errorlevel("m")
    # Asking for a part of a series reserves twenty bits; the marker needs four of them.
    version = encoder.find_version(segments, level, eci=False, micro=False, is_sa=True)
    bits = encoder.Buffer()
    bits.append_bits(_FNC1_FIRST, 4)
    for segment in segments:
        encoder.write_segment(bits, segment, None, encoder.version_range(version))
    capacity = consts.SYMBOL_CAPACITY[version][level]
    encoder.write_terminator(bits, capacity, None, len(bits))
    encoder.write_padding_bits(bits, version, len(bits))
    encoder.write_pad_codewords(bits, version, capacity, len(bits))
    message = encoder.make_final_message(version, level, bits)
    width = encoder.calc_matrix_size(version)
    matrix = encoder.make_matrix(width, width)
    encoder.add_finder_patterns(matrix, width, width)
    encoder.add_alignment_patterns(matrix, width, width)
    encoder.add_codewords(matrix, message, version)
    mask, matrix = encoder.find_and_apply_best_mask(matrix, width, width, None)
    encoder.add_format_info(matrix, version, level, mask)
    encoder.add_version_info(matrix, version)
    return matrix
