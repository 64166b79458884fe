"""Where a scan begins and ends: characters in, whole scans and sentences for broken ones out."""

from __future__ import annotations

from collections.abc import Callable

from telemetry.edge.devices import Scanner

LONGEST = 4000
HALF_AFTER_S = 0.5
_ENDS = {"any": ("\r", "\n"), "cr": ("\r",), "lf": ("\n",), "crlf": ("\r\n",)}


class Scans:
    """Collects characters into scans.

    What stands between the terminators is kept as it came: AIM identifiers (`]C1`), GS1 group separators (0x1D).
    `readable` makes the final text of it.
    """

    def __init__(self, device: Scanner, readable: Callable[[str], str] = str, terminator: str = "") -> None:
        self._ends = _ENDS[terminator or device.terminator]
        self._prefix, self._suffix = device.prefix, device.suffix
        self._readable = readable
        self._open = ""
        self._last_at = 0.0
        self._too_long = False
        self.faults: list[str] = []

    def put(self, characters: str, at: float) -> list[str]:
        """Takes characters heard at a moment of the monotonic clock; gives the scans they complete."""
        self.rest(at)
        done = []
        for character in characters:
            self._open += character
            self._last_at = at
            end = next((end for end in self._ends if self._open.endswith(end)), None)
            if end is None:
                self._limit()
                continue
            text, self._open = self._open.removesuffix(end), ""
            too_long, self._too_long = self._too_long, False
            if text and not too_long and (scan := self._framed(text)):
                done.append(scan)
        return done

    def rest(self, at: float) -> None:
        """Drops half a scan whose other half did not come in time."""
        if (self._open or self._too_long) and at - self._last_at >= HALF_AFTER_S:
            if not self._too_long:
                self.faults.append(
                    f"Half a scan of {len(self._open)} characters was dropped: no end came within {HALF_AFTER_S:g} s. "
                    "Expected the scanner to end each code with its terminator."
                )
            self.drop()

    def drop(self) -> None:
        """Forgets what was begun."""
        self._open, self._too_long = "", False

    def _limit(self) -> None:
        if self._too_long:
            # Only a possible first half of the terminator is of interest now.
            self._open = self._open[-1:]
        elif len(self._open) > LONGEST + len(self._prefix) + len(self._suffix) + 1:
            self.faults.append(f"A scan longer than {LONGEST} characters was dropped. Is the speed of the line right?")
            self._too_long, self._open = True, ""

    def _framed(self, text: str) -> str:
        if not (text.startswith(self._prefix) and text.endswith(self._suffix)) or (
            len(text) < len(self._prefix) + len(self._suffix)
        ):
            self.faults.append(
                f"A scan of {len(text)} characters was dropped: it is not between {self._prefix!r} and "
                f"{self._suffix!r}, which this scanner was told to send."
            )
            return ""
        text = text[len(self._prefix) : len(text) - len(self._suffix)]
        if len(text) > LONGEST:
            self.faults.append(f"A scan longer than {LONGEST} characters was dropped. Is the speed of the line right?")
            return ""
        return self._readable(text)


def utf8_or_latin1(text: str) -> str:
    """Bytes kept as characters 0 to 255 become the text they are: UTF-8, or Latin-1 where they are not UTF-8."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text
