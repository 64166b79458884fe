"""Acts on files attached to items. Content lies on the plant's own disk under its SHA-256, once, and never changes."""

import hashlib
import mimetypes
import os
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from factory_core.errors import Refused
from factory_core.people.models import User
from inventory.items import events
from inventory.items.models import ItemPaper
from inventory.items.queries.papers import folder
from inventory.items.rules.papers import LARGEST, place_of, plain_name
from inventory.items.services.common import NoSuchPart, checked, locked_item, refuse, saved, tell


class PaperTooLarge(Refused):
    """The file is larger than an attachment may be."""

    code, status = "paper_too_large", 413


def add_paper(*, actor: User, item_id: int, name: str, content: Iterable[bytes], at: datetime) -> ItemPaper:
    """Attach a file to an item; what it is follows from its name. `content`: the bytes, piece by piece.

    Raises NoSuchItem, BadItem for an empty or nameless file or one that is attached already, PaperTooLarge, Forbidden.
    """
    item = locked_item(actor, item_id)
    called = plain_name(name)
    if not called:
        raise refuse("file", _("The file has no name."))
    sha256, size = _kept(content)
    if item.papers.filter(sha256=sha256, is_active=True).exists():
        raise refuse("file", _("This file is attached to %(item)s already.") % {"item": item.number})
    kind = mimetypes.guess_type(called)[0] or "application/octet-stream"
    paper = ItemPaper(item=item, name=called, media_type=kind, size=size, sha256=sha256, added_by=actor)
    checked(paper)
    paper.save()
    tell(events.PAPER_ADDED, item, at=at, actor=actor, paper=paper.name)
    return paper


def retire_paper(*, actor: User, item_id: int, paper_id: int, at: datetime) -> ItemPaper:
    """Take a file off an item; its content stays on the disk. Raises NoSuchPart, Forbidden."""
    item = locked_item(actor, item_id)
    paper = item.papers.filter(pk=paper_id, is_active=True).first()
    if paper is None:
        raise NoSuchPart(_("%(item)s has no such attachment.") % {"item": item.number})
    paper.is_active = False
    saved(paper, ["is_active"])
    tell(events.PAPER_RETIRED, item, at=at, actor=actor, paper=paper.name)
    return paper


def _kept(content: Iterable[bytes]) -> tuple[str, int]:
    """Write content below its SHA-256; a half-written file never gets that name."""
    root = folder()
    root.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, temporary = tempfile.mkstemp(dir=root, prefix="coming-")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in content:
                size += len(piece)
                if size > LARGEST:
                    limit = LARGEST // (1024 * 1024)
                    raise PaperTooLarge(_("The file is larger than %(limit)d MiB.") % {"limit": limit})
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if not size:
            raise refuse("file", _("The file is empty."))
        place = root / place_of(digest.hexdigest())
        place.parent.mkdir(exist_ok=True)
        Path(temporary).replace(place)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return digest.hexdigest(), size
