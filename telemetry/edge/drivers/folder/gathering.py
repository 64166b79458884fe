"""Gathering files: the settled ones in the order of their names, each content once, bad rows named, nothing lost.

A file counts as read only when its last row has been in the gateway's hands for a while. Killed before, the gateway
reads it again from the start: the rows it had sent come a second time with the same time and value.
"""

from __future__ import annotations

import csv
import logging
import os
import time
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from telemetry.edge.devices import Folder
from telemetry.edge.drivers.folder import tables
from telemetry.edge.drivers.folder.moments import Times
from telemetry.edge.drivers.folder.remembering import Remembered
from telemetry.edge.drivers.session import Out, Trouble
from telemetry.edge.questions import LARGEST_FOUND, Answer, Found, Question

log = logging.getLogger("millwright.edge.driver")

HANDED_OVER_S = 2.0
"""How long values need at most from here to the gateway's disk."""
MOST_SENTENCES = 1000
_ALIVE_EVERY = 1000


class _Bad:
    """Counts all sentences, keeps the first: a file of nonsense must not fill the memory."""

    def __init__(self) -> None:
        self.count = 0
        self.sentences: list[str] = []

    def add(self, sentence: str) -> None:
        self.count += 1
        if len(self.sentences) < MOST_SENTENCES:
            self.sentences.append(sentence)


class _Look(NamedTuple):
    size: int
    changed_ns: int


class _Finished(NamedTuple):
    path: Path
    fingerprint: str
    at: float
    bad: list[str]


def session(device: Folder, out: Out) -> None:
    """Watches one folder until `out.stopping`. Raises Trouble when the folder cannot be read or written."""
    gathering = _Gathering(device, out)
    pause = min(max(min((tag.period_s for tag in device.tags), default=1.0), 0.1), 2.0)
    while not out.stopping:
        gathering.look()
        gathering.put_away(time.monotonic() - HANDED_OVER_S)
        out.heard()
        out.wait(pause)
    # A gateway that ends politely hands everything over first.
    gathering.put_away(time.monotonic())


def ask(device: Folder, question: Question) -> Answer:
    """The headings of the first file in the folder, with the values of its first row."""
    folder = Path(device.path)
    for path in _files(folder, device.pattern) + _files(folder / "done", device.pattern):
        try:
            headings, first = tables.sample(path, device, lambda: None)
        except (tables.Unreadable, csv.Error, OSError) as error:
            raise Trouble(f"{path.name}: {error}") from error
        found = []
        for index, heading in enumerate(headings):
            text = first[index].strip() if index < len(first) else ""
            value = tables.value_in(text, device.decimal, "") if text else None
            each = Found(address=heading, name=heading, path=path.name, value=value)
            if value is not None:
                each.kind = "text" if isinstance(value, str) else "number"
            found.append(each)
        if question.kind == "read":
            found = [each for each in found if each.address in question.addresses]
        return Answer(id=question.id, found=found[:LARGEST_FOUND], more=len(found) > LARGEST_FOUND)
    raise Trouble(f"There is no file {device.pattern!r} in {folder} to look at. Drop one there first.")


def _files(folder: Path, pattern: str) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            # A link could lead to any file of this computer.
            names = [each.name for each in entries if each.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    return [folder / name for name in sorted(names) if fnmatch(name, pattern) and not name.startswith(".")]


class _Gathering:
    def __init__(self, device: Folder, out: Out) -> None:
        self._device = device
        self._out = out
        self._folder = Path(device.path)
        if not self._folder.is_dir():
            raise Trouble(
                f"The folder {device.path!r} of {device.code} is not there. Expected a folder on this computer."
            )
        for name in ("done", "refused"):
            try:
                (self._folder / name).mkdir(exist_ok=True)
            except OSError as error:
                raise Trouble(
                    f"{self._folder / name} cannot be made: {error}. This gateway must write there."
                ) from error
        self._remembered = Remembered(self._folder)
        self._times = Times(device.time_format, device.time_zone)
        self._seen: dict[Path, tuple[_Look, float]] = {}
        self._left: dict[Path, _Look] = {}
        self._finished: list[_Finished] = []

    def look(self) -> None:
        """Reads every settled file that is not read yet."""
        if not self._folder.is_dir():
            raise Trouble(f"The folder {self._folder} is gone. Expected it to come back.")
        waiting = {each.path for each in self._finished}
        present = [path for path in _files(self._folder, self._device.pattern) if path not in waiting]
        self._seen = {path: self._seen[path] for path in present if path in self._seen}
        self._left = {path: self._left[path] for path in present if path in self._left}
        for path in present:
            if self._out.stopping:
                return
            try:
                if self._settled(path):
                    self._take(path)
            except FileNotFoundError:
                log.info("%s: %s went away before it was read.", self._device.code, path.name)
            except OSError as error:
                self._leave(path, f"{path.name} cannot be read: {error}.")
            self._out.heard()

    def put_away(self, before: float) -> None:
        """Files finished before that moment count as read: remembered, moved to `done`."""
        while self._finished and self._finished[0].at <= before:
            done = self._finished.pop(0)
            self._remembered.add(done.fingerprint, done.path.name)
            target = self._move(done.path, "done")
            if target is not None and done.bad:
                self._explain(target, done.bad)

    def _settled(self, path: Path) -> bool:
        status = path.stat()
        look = _Look(status.st_size, status.st_mtime_ns)
        if self._left.get(path) == look:
            return False
        before, since = self._seen.get(path, (None, 0.0))
        now = time.monotonic()
        if before != look:
            self._seen[path] = (look, now)
            return self._device.settle_s == 0
        return now - since >= self._device.settle_s

    def _take(self, path: Path) -> None:
        before = path.stat()
        try:
            fingerprint, encoding = tables.fingerprint(path, self._device.encoding, self._out.heard)
            if fingerprint in self._remembered or any(fingerprint == each.fingerprint for each in self._finished):
                log.info("%s: %s has been stored already; nothing is stored twice.", self._device.code, path.name)
                self._move(path, "done")
                return
            found = tables.shape(path, encoding, self._device)
            missing = sorted({tag.address for tag in self._device.tags} - set(found.headings))
            if missing:
                self._out.fault(
                    f"{path.name} has no column {missing[0]!r}; {len(missing)} of the tags' columns are missing."
                )
            began = time.monotonic()
            good, bad = self._hand_over(path, found)
        except (ValueError, csv.Error) as error:
            # Unreadable, or something nobody thought of: one file must not stop the folder for ever.
            self._refuse(path, [str(error)])
            return
        after = path.stat()
        if self._out.stopping:
            return
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            self._out.fault(f"{path.name} was written to while it was read; it is read again. Expected finished files.")
            return
        if bad.count and not good:
            self._refuse(path, bad.sentences)
            return
        if bad.count:
            first = bad.sentences[0]
            self._out.fault(f"{path.name}: {good} rows were read, {bad.count} rows or cells were not. {first}")
        self._out.polled(time.monotonic() - began)
        self._finished.append(_Finished(path, fingerprint, time.monotonic(), bad.sentences))

    def _hand_over(self, path: Path, found: tables.Shape) -> tuple[int, _Bad]:
        good, bad = 0, _Bad()
        for number, each in enumerate(tables.rows(path, self._device, found, self._times)):
            if number % _ALIVE_EVERY == 0:
                self._out.heard()
                if self._out.stopping:
                    break
            if isinstance(each, tables.Bad):
                bad.add(f"Row {each.row}: {each.sentence}.")
                continue
            good += bool(each)
            for tag, value, at_us in each:
                self._out.value(tag, value, at_us=at_us)
        return good, bad

    def _refuse(self, path: Path, why: list[str]) -> None:
        self._out.fault(f"{path.name} was refused: {why[0]}")
        target = self._move(path, "refused")
        if target is not None:
            self._explain(target, why)

    def _leave(self, path: Path, sentence: str) -> None:
        # Until it changes; otherwise it would be said again every second.
        self._out.fault(sentence)
        if path in self._seen:
            self._left[path] = self._seen[path][0]

    def _move(self, path: Path, place: str) -> Path | None:
        target = self._folder / place / path.name
        number = 1
        while target.exists():
            number += 1
            target = self._folder / place / f"{path.stem}-{number}{path.suffix}"
        try:
            path.rename(target)
        except OSError as error:
            self._leave(path, f"{path.name} cannot be moved to {place!r}: {error}. This gateway must write there.")
            return None
        return target

    def _explain(self, path: Path, why: list[str]) -> None:
        try:
            path.with_name(f"{path.name}.why.txt").write_text("\n".join(why) + "\n", encoding="utf-8")
        except OSError as error:
            self._out.fault(f"The reasons for {path.name} cannot be written: {error}.")
