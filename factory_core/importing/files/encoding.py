"""In which letters a text file is written: UTF-8 where it is, else the best guess, and whether it was one."""

import codecs
import re
from typing import IO

from factory_core.importing.files.cells import Stop
from factory_core.importing.files.sniff import looks_utf16

PIECE = 1 << 18
_SAMPLE = 65_536
# Letters of Western and Central Europe, Cyrillic, Greek, Turkish, old Macintosh and old DOS.
_CANDIDATES = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "mac_roman", "cp850"]
# Another guess must be clearly better than the Western one: short texts hold few letters to judge by.
_MARGIN = 0.1
_NOT_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def encoding_of(file: IO[bytes], wanted: str = "") -> tuple[str, bool]:
    """Name of the encoding and whether it is a guess. Raises Stop for an unknown name that was wished for."""
    if wanted:
        try:
            return codecs.lookup(wanted).name, False
        except LookupError as unknown:
            raise Stop("unreadable", reason="encoding", found=wanted) from unknown
    file.seek(0)
    start = file.read(4096)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", False
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", False
    if looks_utf16(start):
        return ("utf-16-le" if start[1::2].count(0) > start[0::2].count(0) else "utf-16-be"), True
    if _is_utf8(file):
        return "utf-8", False
    return _guess(file), True


def _is_utf8(file: IO[bytes]) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _guess(file: IO[bytes]) -> str:
    """The encoding under which the lines with special letters look most like language."""
    sample = _special_lines(file)
    from charset_normalizer import from_bytes

    # One result stands for all encodings that read the sample alike.
    chaos: dict[str, float] = {}
    for each in from_bytes(sample, cp_isolation=_CANDIDATES, threshold=1.0):
        chaos |= dict.fromkeys(each.could_be_from_charset, each.chaos)
    best = min(_CANDIDATES, key=lambda name: chaos.get(name, 1.0))
    if chaos.get(best, 1.0) + _MARGIN < chaos.get("cp1252", 1.0):
        return best
    return "latin-1" if _NOT_IN_1252.search(sample) else "cp1252"


def _special_lines(file: IO[bytes]) -> bytes:
    file.seek(0)
    lines: list[bytes] = []
    room = _SAMPLE
    while room > 0 and (line := file.readline(8192)):
        if not line.isascii():
            lines.append(line)
            room -= len(line)
    return b"".join(lines)
