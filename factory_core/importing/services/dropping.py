"""Files that other systems leave in a watched folder come in by themselves, or wait for a person, or are refused.

A file is claimed by renaming it: of two workers one gets it. The name it gets is kept on its run in the transaction
that opens the run, so that a worker that was killed in between is followed by one that knows how far it was.
"""

import logging
import os
import secrets
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext as _

from factory_core.access.identity import acting
from factory_core.access.policy import require
from factory_core.errors import Busy, Invalid, Refusal
from factory_core.events.services import publish
from factory_core.importing import events
from factory_core.importing.files import Limits
from factory_core.importing.folder_models import WatchedFolder
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ImportRun
from factory_core.importing.services.checking import counts_of
from factory_core.importing.services.flow import choose, open_run
from factory_core.importing.services.working import carry_out, want
from factory_core.importing.states import RowStatus, RunStatus, Work
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Site

RUN = "import.run"
log = logging.getLogger(__name__)
# So long a file must have looked the same.
SETTLED_S = 10
LONGEST_NAME = 120
MOST_BYTES = Limits().file_bytes
_PIECE = 1 << 20
# How each file looked, and since when; a worker that starts anew looks twice before it takes one.
_seen: dict[Path, tuple[tuple[int, int, int], datetime]] = {}


class NoFolder(Invalid):
    """Files of this kind cannot be left at this site."""

    code = "no_such_folder"


def set_up_folder(*, actor: User, site: Site, kind: str, is_active: bool = True) -> WatchedFolder:
    """Have a folder watched from now on, or no longer, under one's own name and rights.

    Raises NotAllowed, NoFolder for an unknown kind.
    """
    require(actor, RUN, site)
    described = kind_named(kind)
    if described is None:
        raise NoFolder(_("There is no import kind “%(name)s”.") % {"name": kind[:40]})
    require(actor, described.capability, site if described.needs_site else None)
    folder, is_new = WatchedFolder.objects.select_for_update(of=("self",)).get_or_create(
        site=site, kind=kind, defaults={"by": actor, "is_active": is_active}
    )
    if not is_new:
        folder.by, folder.is_active, folder.version = actor, is_active, folder.version + 1
        folder.save(update_fields=["by", "is_active", "version", "updated_at"])
    if is_active:
        _prepare(place_of(folder))
    return folder


def place_of(folder: WatchedFolder) -> Path:
    """Where its files are left."""
    return Path(settings.DATA_DIR) / "inbox" / folder.site.code / folder.kind


def look_into_folders(*, at: datetime) -> None:
    """Go on with what was taken before, then take what has stopped growing, folder by folder."""
    for folder in WatchedFolder.objects.filter(is_active=True).select_related("site", "by"):
        place = place_of(folder)
        _prepare(place)
        for claimed in sorted((place / "taken").iterdir()):
            _bring(folder, place, claimed, at)
        for found in _ready(place, at):
            claimed = place / "taken" / f"{secrets.token_hex(8)}~{found.name}"
            try:
                found.rename(claimed)
            except FileNotFoundError:
                # Another worker was quicker, or whoever left it took it back.
                continue
            _bring(folder, place, claimed, at)


def _prepare(place: Path) -> None:
    for each in (place, place / "taken", place / "done", place / "refused"):
        each.mkdir(mode=0o770, parents=True, exist_ok=True)


def _ready(place: Path, at: datetime) -> Iterator[Path]:
    """The files that looked the same for a while; what begins with a point is still being written."""
    there = [Path(each.path) for each in os.scandir(place) if not each.name.startswith(".")]
    for path in sorted(there):
        try:
            how = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISDIR(how.st_mode):
            continue
        looks = (how.st_size, how.st_mtime_ns, how.st_ino)
        before, since = _seen.setdefault(path, (looks, at))
        if before != looks:
            _seen[path] = (looks, at)
        elif (at - since).total_seconds() >= SETTLED_S:
            del _seen[path]
            yield path
    for gone in [each for each in _seen if each.parent == place and each not in there]:
        del _seen[gone]


def _bring(folder: WatchedFolder, place: Path, claimed: Path, at: datetime) -> None:
    """Take one claimed file as far as it goes without a person."""
    token, _mark, name = claimed.name.partition("~")
    try:
        run = ImportRun.objects.filter(site=folder.site, options__dropped=token).select_related("site").first()
        if run is None:
            run = _opened(folder, claimed, token, name, at)
        if run.status in (RunStatus.MAPPING, RunStatus.CHECKED) and not run.options.get("waits"):
            _go_on(folder, run, at)
    except Busy:
        # Somebody holds the run; it is gone on with at the next look.
        return
    except Refusal as no:
        _refuse(folder, place, claimed, name, no.sentence, at)
        return
    except (DatabaseError, OSError):
        raise
    except Exception as error:
        # What breaks on this file would break on it again, and keep all others waiting.
        log.exception("A file of %s broke off.", folder)
        why = _("It broke off, and nothing came in: %(why)s") % {"why": type(error).__name__}
        _refuse(folder, place, claimed, name, why, at)
        return
    claimed.rename(_free(place / "done", name))


def _opened(folder: WatchedFolder, claimed: Path, token: str, name: str, at: datetime) -> ImportRun:
    how = claimed.lstat()
    if not stat.S_ISREG(how.st_mode) or how.st_nlink != 1:
        raise NoFolder(_("It is a link or no file at all; only files themselves are taken."))
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise NoFolder(_("Its name is longer than %(most)d letters, or has letters that no name has.")
                       % {"most": LONGEST_NAME})  # fmt: skip
    if how.st_size > MOST_BYTES:
        raise NoFolder(_("It is larger than %(most)d MB. Save it in parts.") % {"most": MOST_BYTES >> 20})
    with acting(folder.by, channel="folder"):
        with _readable(claimed) as file:
            content = iter(lambda: file.read(_PIECE), b"")
            run = open_run(actor=folder.by, site=folder.site, name=name, content=content, at=at, kind=folder.kind)
        run.options = {**run.options, "dropped": token}
        run.save(update_fields=["options", "updated_at"])
    return run


def _readable(claimed: Path) -> BinaryIO:
    """The file, never through a link that was put in its place meanwhile."""
    try:
        return os.fdopen(os.open(claimed, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
    except OSError as error:
        raise NoFolder(_("It cannot be read: %(why)s.") % {"why": error.strerror}) from error


def _go_on(folder: WatchedFolder, run: ImportRun, at: datetime) -> None:
    """Choose, check and carry in; at the first question a person is waited for."""
    by = folder.by
    if run.status == RunStatus.MAPPING:
        if why := _unclear(run):
            _wait(folder, run, why, at)
            return
        try:
            with acting(by, channel="folder"):
                choose(actor=by, run_id=run.pk, at=at)
        except Refusal as no:
            _wait(folder, run, no.sentence, at)
            return
        _work(folder, run, Work.CHECK, at)
    if run.status == RunStatus.CHECKED:
        errors, questions = counts_of(run).get(RowStatus.ERROR, 0), run.options.get("questions") or []
        if errors or questions:
            _wait(folder, run, str(questions[0]) if questions else _("%(many)d rows are to be put right.")
                  % {"many": errors}, at)  # fmt: skip
            return
        _work(folder, run, Work.CARRY, at)
    if run.status != RunStatus.IMPORTED:
        _wait(folder, run, run.failure or _("It did not come in."), at)


def _unclear(run: ImportRun) -> str:
    """A column of which a field is only guessed is asked about; one like no field at all stays outside, and is told."""
    for column in run.table["columns"]:
        number = str(column["number"])
        guess, _sure, why = (run.book.get("suggestions") or {}).get(number, ["", 0, ""])
        if not run.mapping.get(number) and guess and why != "learned":
            return _("What is in column “%(header)s”?") % {"header": column["header"]}
    return ""


def _work(folder: WatchedFolder, run: ImportRun, act: Work, at: datetime) -> None:
    with acting(folder.by, channel="folder"):
        work, _is_new = want(actor=folder.by, run_id=run.pk, act=act, at=at)
    carry_out(run_id=run.pk, turn=work.turn, at=at)
    run.refresh_from_db()


def _wait(folder: WatchedFolder, run: ImportRun, why: str, at: datetime) -> None:
    hand = service_user("import")
    with acting(hand, channel="folder"):
        run.refresh_from_db()
        run.options = {**run.options, "waits": why[:400]}
        run.save(update_fields=["options", "updated_at"])
        publish(events.FILE_WAITS, about=[run], at=at, actor=hand, reason=why[:400])


def _refuse(folder: WatchedFolder, place: Path, claimed: Path, name: str, sentence: str, at: datetime) -> None:
    shown = "".join(letter if letter.isprintable() else "?" for letter in name)[:LONGEST_NAME] or "file"
    target = _free(place / "refused", shown)
    target.with_name(f"{target.name}.txt").write_text(f"{sentence}\n", encoding="utf-8")
    claimed.rename(target)
    hand = service_user("import")
    with acting(hand, channel="folder"):
        publish(events.FILE_REFUSED, about=[folder.site], at=at, actor=hand, file=shown, reason=sentence[:400])


def _free(folder: Path, name: str) -> Path:
    """A name of which there is none yet in a folder."""
    target, count = folder / name, 1
    while target.is_symlink() or target.exists():
        count += 1
        target = folder / f"{count}-{name}"
    return target
