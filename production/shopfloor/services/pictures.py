"""Photos of checks: kept on the plant's own disk under their SHA-256, beside the papers of items."""

import base64
import binascii
import hashlib
import os
import tempfile

from django.utils.translation import gettext as _

from factory_core.errors import Invalid
from inventory.items.queries.papers import folder
from inventory.items.rules.papers import place_of

# The first bytes of what browsers draw safely; nothing else is taken, so nothing else is ever shown.
KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"RIFF": "image/webp"}


class NotAPicture(Invalid):
    """The file is no JPEG, PNG or WebP picture."""

    code = "not_a_picture"


def keep_picture(encoded: str) -> str:
    """Keep a photo (base64, a data address is fine) and give its SHA-256. Raises NotAPicture."""
    try:
        content = base64.b64decode(encoded.rpartition(",")[2], validate=True)
    except (ValueError, binascii.Error):
        content = b""
    if not picture_kind(content):
        raise NotAPicture(_("This is no picture. Expected a JPEG, PNG or WebP file."))
    digest = hashlib.sha256(content).hexdigest()
    path = folder() / place_of(digest)
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed into place whole: a file of this name is always complete.
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    return digest


def picture_kind(content: bytes) -> str:
    """The media type by the first bytes; empty for anything else."""
    found = next((kind for start, kind in KINDS.items() if content.startswith(start)), "")
    return "" if found == "image/webp" and content[8:12] != b"WEBP" else found
