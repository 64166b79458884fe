"""A file arrives: it is kept, looked into by the caged reader, and what its columns may mean is proposed."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import Invalid
from factory_core.events.services import publish
from factory_core.importing import events
from factory_core.importing.files import Book, EmptyFile, FileTooLarge, Limits, Table, open_book
from factory_core.importing.models import ImportRun
from factory_core.importing.services.moving import move
from factory_core.importing.services.staging import file_of
from factory_core.importing.states import RunStatus
from factory_core.people.models import User
from factory_core.plant.models import Site

RUN = "import.run"


class NoTable(Invalid):
    """No sheet of the file holds anything that looks like a table."""

    code = "no_table"


def take_file(
    *, actor: User, site: Site, name: str, content: Iterable[bytes], at: datetime, kind: str = ""
) -> ImportRun:
    """Keep a file and open a run for it; `read_file` looks into it.

    The name it had stays on the run only; on the disk it has one that says nothing. Raises NotAllowed, FileTooLarge,
    EmptyFile.
    """
    require(actor, RUN, site)
    folder = Path(settings.DATA_DIR) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = folder / secrets.token_hex(16)
    try:
        size, digest = _write(kept, content, name)
        run = ImportRun.objects.create(
            site=site, kind=kind, by=actor, started_at=at, file_name=Path(name).name[:200], path=kept.name, size=size,
            sha256=digest,
        )  # fmt: skip
    except BaseException:
        kept.unlink(missing_ok=True)
        raise
    publish(events.FILE_TAKEN, about=[run], at=at, actor=actor, size=size)
    return run


def read_file(*, run: ImportRun, sheet: str = "") -> Book:
    """Look into the file of a run and choose its first visible table, or that of the sheet named.

    Raises NoTable, and whatever the reader refuses.
    """
    book = open_book(file_of(run), run.file_name)
    run.book = _described(book)
    name, table = _chosen(run, book, sheet)
    run.sheet, run.table = name, msgspec.to_builtins(table)
    move(run, RunStatus.MAPPING, "book", "sheet", "table")
    return book


def _write(kept: Path, content: Iterable[bytes], name: str) -> tuple[int, str]:
    size, digest, most = 0, hashlib.sha256(), Limits().file_bytes
    with kept.open("xb") as file:
        kept.chmod(0o600)
        for piece in content:
            size += len(piece)
            if size > most:
                raise FileTooLarge(
                    _("%(file)s is larger than %(most)d MB. Save it in parts.") % {"file": name, "most": most >> 20}
                )
            digest.update(piece)
            file.write(piece)
    if not size:
        raise EmptyFile(_("%(file)s is empty: it has no bytes at all.") % {"file": name})
    return size, digest.hexdigest()


def _chosen(run: ImportRun, book: Book, wanted: str) -> tuple[str, Table]:
    for sheet in book.sheets:
        if sheet.tables and (sheet.name == wanted if wanted else not sheet.is_hidden):
            return sheet.name, sheet.tables[0]
    raise NoTable(
        _("No table was found on %(where)s of %(file)s: rows under a line of headers were expected.")
        % {"where": wanted or _("any sheet"), "file": run.file_name}
    )


def _described(book: Book) -> dict[str, Any]:
    """The book as the run keeps it: without the first rows, which are read again when somebody looks."""
    described = msgspec.to_builtins(book)
    for sheet in described["sheets"]:
        sheet["preview"] = sheet["preview"][:12]
    return dict(described)
