"""Keys of a keyboard wedge become characters: kernel key codes in the layouts US and German.

The scanner types as a person would on that layout; the computer's own layout plays no part. Control characters come
as Ctrl with a key (Ctrl+] is the GS1 separator) or as Alt with digits of the number block (Alt 029), both known here.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

SHIFTS, CONTROLS, ALT, ALT_GR, CAPS = {42, 54}, {29, 97}, 56, 100, 58
ENDS = {28, 96, 15}
"""Enter, Enter of the number block, Tab."""
_NUMBER_BLOCK = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"}
_SAME = {**_NUMBER_BLOCK, 57: " ", 55: "*", 74: "-", 78: "+", 98: "/"}


def _row(first: int, characters: str) -> dict[int, str]:
    return {first + index: character for index, character in enumerate(characters)}


_Layer = dict[int, str]
_US: tuple[_Layer, _Layer, _Layer] = (
    {**_row(2, "1234567890-="), **_row(16, "qwertyuiop[]"), **_row(30, "asdfghjkl;'`"), **_row(43, "\\zxcvbnm,./")},
    {**_row(2, "!@#$%^&*()_+"), **_row(16, "QWERTYUIOP{}"), **_row(30, 'ASDFGHJKL:"~'), **_row(43, "|ZXCVBNM<>?")},
    {},
)
_DE: tuple[_Layer, _Layer, _Layer] = (
    {**_row(2, "1234567890ß´"), **_row(16, "qwertzuiopü+"), **_row(30, "asdfghjklöä^"), **_row(43, "#yxcvbnm,.-")},
    {**_row(2, '!"§$%&/()=?`'), **_row(16, "QWERTZUIOPÜ*"), **_row(30, "ASDFGHJKLÖÄ°"), **_row(43, "'YXCVBNM;:_")},
    {3: "²", 4: "³", 8: "{", 9: "[", 10: "]", 11: "}", 12: "\\", 16: "@", 18: "€", 27: "~", 50: "µ", 86: "|"},
)
_DE[0][86], _DE[1][86] = "<", ">"
_POINT = {"us": ".", "de": ","}
_DEAD: dict[str, dict[str, str]] = {"us": {}, "de": {"´": "\u0301", "`": "\u0300", "^": "\u0302"}}


class Keys:
    """The state of a keyboard: which modifiers are held, and what was begun."""

    def __init__(self, layout: Literal["us", "de"]) -> None:
        self._plain, self._shifted, self._third = _US if layout == "us" else _DE
        self._point = _POINT[layout]
        self._dead: dict[str, str] = _DEAD[layout]
        self._held: set[int] = set()
        self._caps = False
        self._digits = ""
        self._waiting = ""

    def forget(self) -> None:
        """After lost key strokes nobody knows what is held."""
        self._held.clear()
        self._digits = self._waiting = ""

    def key(self, code: int, value: int) -> str:
        """The characters a key stroke adds; "\\r" for the end of a scan. `value`: 1 pressed, 0 let go, 2 repeated."""
        if value == 0:
            self._held.discard(code)
            digits, self._digits = (self._digits, "") if code == ALT else ("", self._digits)
            return _by_number(digits)
        if code in SHIFTS | CONTROLS or code in (ALT, ALT_GR):
            self._held.add(code)
            return ""
        if value == 2:
            # A scanner does not hold keys down: a repetition is a late reading of ours.
            return ""
        if code == CAPS:
            self._caps = not self._caps
            return ""
        if ALT in self._held and code in _NUMBER_BLOCK:
            self._digits = (self._digits + _NUMBER_BLOCK[code])[-5:]
            return ""
        if code in ENDS:
            waiting, self._waiting = self._waiting, ""
            return waiting + "\r"
        return self._composed(self._character(code))

    def _character(self, code: int) -> str:
        if code in _SAME:
            return _SAME[code]
        if code == 83:
            return self._point
        if ALT_GR in self._held:
            return self._third.get(code, "")
        shifted = bool(SHIFTS & self._held)
        plain = self._plain.get(code, "")
        if self._caps and plain.isalpha():
            shifted = not shifted
        character = self._shifted.get(code, "") if shifted else plain
        if CONTROLS & self._held:
            return chr(ord(character.upper()) & 0x1F) if len(character) == 1 and "@" <= character <= "\x7f" else ""
        return character

    def _composed(self, character: str) -> str:
        if not character:
            return ""
        waiting, self._waiting = self._waiting, ""
        if waiting:
            if character == " ":
                return waiting
            both = unicodedata.normalize("NFC", character + self._dead[waiting])
            return both if len(both) == 1 else waiting + character
        if character in self._dead:
            self._waiting = character
            return ""
        return character


def _by_number(digits: str) -> str:
    if not digits:
        return ""
    number = int(digits) & 0xFF
    # With a leading zero the code page of Windows is meant, which differs from Latin-1 between 128 and 159.
    return bytes([number]).decode("cp1252", "replace") if digits[0] == "0" else chr(number)
