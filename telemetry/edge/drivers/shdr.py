"""Reading recorded machine logs: lines `time|key|value` as MTConnect adapters write them (SHDR).

What becomes of a line, in the order of the file and with nothing left out:
* one or several `key|value` pairs: one reading each, all with the line's time;
* a condition (`key|NORMAL||||`): the level as one reading, and a second `<key>.detail` if anything stands behind it;
* a message (`key|code|text`): one reading `code|text`;
* an asset line (`@ASSET@|…`), its `--multiline--` block included, or another `@…@` command: one text reading;
* a line of the adapter's own protocol (`*…`): one text reading with the key `@ADAPTER@`;
* a line that is none of these (broken records): one text reading with the key `@UNREADABLE@`, quality uncertain,
  at the time of the line before it.

Times have up to seven decimals; digits beyond the microsecond are cut off, never rounded, so that no reading is
dated later than the machine said. Numbers become numbers only if nothing is lost by it: `00123` stays text.
"""

from __future__ import annotations

import calendar
import hashlib
import lzma
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from telemetry.edge.reading import Reading
from telemetry.wire import Quality, Value

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):?(\d\d))?(?:@[\d.]+)?\Z")
_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?\Z")
_LEVELS = {"NORMAL", "WARNING", "FAULT"}
_EXACT = 2**53


def open_log(path: Path) -> IO[bytes]:
    """The log's bytes, unpacked if the name ends in .xz."""
    return lzma.open(path) if path.suffix == ".xz" else path.open("rb")


def epoch_of(prefix: str, path: Path) -> str:
    """The stream number of a log: the first 16 digits of SHA-256 over the tag prefix and the unpacked log.

    The same log played again, by whichever agent and in whichever order, is the same stream and is stored once.
    """
    digest = hashlib.sha256(prefix.encode())
    with open_log(path) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:16]


def read_log(path: Path, prefix: str = "") -> Iterator[Reading]:
    """The log's readings, numbered from 1 in the order of the file."""
    with open_log(path) as file:
        lines = (raw.decode("utf-8", "replace").rstrip("\r\n") for raw in file)
        yield from parse(lines, prefix)


def parse(lines: Iterable[str], prefix: str = "") -> Iterator[Reading]:
    """The readings of these lines, numbered from 1."""
    for seq, (at_us, key, value, quality) in enumerate(_with_times(_records(iter(lines))), start=1):
        yield Reading(prefix + key, at_us, value, quality, seq=seq)


def entries(text: str) -> Iterator[tuple[str, Value, int]]:
    """What a line says behind its time: key, value, quality. A block it opens goes on in the next lines of `text`."""
    first, *more = text.split("\n")
    records = [_command(0, first, iter(more))] if first.startswith("@") else _readings(0, first.split("|"))
    for _at_us, key, value, quality in records:
        yield key, value, quality


_Record = tuple[int | None, str, Value, int]


def _with_times(records: Iterator[_Record]) -> Iterator[tuple[int, str, Value, int]]:
    """Gives records without a time the one before them, and those at the very beginning the first one after."""
    waiting: list[_Record] = []
    last: int | None = None
    for at_us, key, value, quality in records:
        if at_us is None and last is None:
            waiting.append((at_us, key, value, quality))
            continue
        if last is None and at_us is not None:
            yield from ((at_us, *rest) for _, *rest in waiting)  # type: ignore[misc]  # the tail has three known types
        last = at_us if at_us is not None else last
        if last is not None:
            yield last, key, value, quality


def _records(lines: Iterator[str]) -> Iterator[_Record]:
    for line in lines:
        if not line.strip():
            continue
        stamp, bar, rest = line.partition("|")
        at_us = time_us(stamp) if bar else None
        if line.startswith("*"):
            yield None, "@ADAPTER@", line[1:].strip(), Quality.GOOD
        elif at_us is None:
            yield None, "@UNREADABLE@", line, Quality.UNCERTAIN
        elif rest.startswith("@"):
            yield _command(at_us, rest, lines)
        else:
            yield from _readings(at_us, rest.split("|"))


def _command(at_us: int, rest: str, lines: Iterator[str]) -> _Record:
    key, _, text = rest.partition("|")
    head, mark, tag = text.partition("--multiline--")
    if not mark:
        return at_us, key, text, Quality.GOOD
    block: list[str] = []
    for line in lines:
        if line == mark + tag:
            return at_us, key, head + "\n".join(block), Quality.GOOD
        block.append(line)
    return at_us, key, head + "\n".join(block), Quality.UNCERTAIN


def _readings(at_us: int, fields: list[str]) -> Iterator[_Record]:
    if _is_condition(fields):
        key, level, *details = fields
        yield at_us, key, level, Quality.GOOD
        if any(details):
            yield at_us, f"{key}.detail", "|".join(details), Quality.GOOD
    elif len(fields) == 3:
        yield at_us, fields[0], f"{fields[1]}|{fields[2]}", Quality.GOOD
    else:
        for index in range(0, len(fields), 2):
            key = fields[index].strip()
            value = fields[index + 1] if index + 1 < len(fields) else ""
            yield at_us, key or "@UNREADABLE@", value_of(value), Quality.GOOD if key else Quality.UNCERTAIN


def _is_condition(fields: list[str]) -> bool:
    if len(fields) != 6:
        return False
    return fields[1].upper() in _LEVELS or (fields[1] == "UNAVAILABLE" and not fields[2])


def value_of(text: str) -> Value:
    """A number if the text is one and stays exactly what it was; else the text. `UNAVAILABLE` stays a word."""
    if not _NUMBER.match(text):
        return text
    if any(letter in text for letter in ".eE"):
        return float(text)
    number = int(text)
    return number if abs(number) <= _EXACT else text


def time_us(text: str) -> int | None:
    """An ISO time as microseconds since 1970 UTC, None if it is none. Without a zone it is UTC."""
    match = _TIME.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[index]) for index in range(1, 7))
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61):
        return None
    seconds = calendar.timegm((year, month, day, hour, minute, second))
    if match[8]:
        shift = int(match[9]) * 3600 + int(match[10]) * 60
        seconds -= shift if match[8] == "+" else -shift
    return seconds * 1_000_000 + int((match[7] or "").ljust(6, "0")[:6])
