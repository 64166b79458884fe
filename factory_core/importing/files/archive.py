"""Archives are measured before they are opened: members counted, sizes summed, then unpacked for the count alone.

A size written in the archive is a claim. The measuring pass inflates every member once, piece by piece, and keeps
nothing but counts; what it learns on the way (rows, formulas, merged ranges) makes the preview quick.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO

from factory_core.importing.files.cells import Limits, Stop

PIECE = 1 << 18
_LOCAL_HEADER = 30
_ENCRYPTED = 0x1
_MACROS = re.compile(
    r"vbaproject|/macrosheets/|/embeddings/|/activex/|/ctrlprops/.*\.bin|^basic/|^scripts/", re.IGNORECASE
)
_OUTSIDE = re.compile(r"/externallinks/|/connections\.xml$|/querytables/", re.IGNORECASE)
_XML = re.compile(r"\.(xml|rels|vml|rdf)$", re.IGNORECASE)


def opened(file: IO[bytes], size: int, limits: Limits) -> zipfile.ZipFile:
    """The archive, its directory checked. Raises Stop for what should not be unpacked at all."""
    try:
        archive = zipfile.ZipFile(file)
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeDecodeError) as broken:
        raise Stop("unreadable", reason="archive") from broken
    if len(members) > limits.members:
        raise Stop("archive_bomb", reason="members", found=str(len(members)), limit=str(limits.members))
    claimed = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    _refuse_size(claimed, size, limits)
    if packed > size:
        # Members that lie over each other: the same bytes unpacked again and again.
        raise Stop("archive_bomb", reason="overlap")
    for member in members:
        _refuse_member(member)
    return archive


def _refuse_size(unpacked: int, size: int, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes:
        raise Stop("archive_bomb", reason="size", found=_mb(unpacked), limit=_mb(limits.unpacked_bytes))
    if unpacked > limits.ratio_from_bytes and unpacked > size * limits.ratio:
        raise Stop("archive_bomb", reason="ratio", found=str(unpacked // max(size, 1)), limit=str(limits.ratio))


def _mb(count: int) -> str:
    return str(max(count >> 20, 1))


def _refuse_member(member: zipfile.ZipInfo) -> None:
    name = member.filename.replace("\\", "/")
    is_link = member.external_attr >> 16 & 0o170000 == 0o120000
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":" or is_link:
        raise Stop("unreadable", reason="path", found=member.filename[:80])
    if member.flag_bits & _ENCRYPTED:
        raise Stop("password_protected")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Stop("unreadable", reason="archive")
    if _MACROS.search(name):
        raise Stop("macro_file", found=member.filename[:80])
    if _OUTSIDE.search(name):
        raise Stop("external_references", reason="links", found=member.filename[:80])
    if name.lower().endswith((".zip", ".xlsx", ".7z", ".rar", ".gz")):
        raise Stop("archive_bomb", reason="nested", found=member.filename[:80])


def measured(
    file: IO[bytes], archive: zipfile.ZipFile, size: int, limits: Limits, look: Callable[[str, bytes], None]
) -> None:
    """Unpack every member once for its true size; `look(name, piece)` sees the pieces. Raises Stop for a lie."""
    total = 0
    for member in archive.infolist():
        true = 0
        for piece in _pieces(file, member):
            if not true and _XML.search(member.filename):
                _refuse_entities(piece)
            true += len(piece)
            if true > member.file_size:
                raise Stop("archive_bomb", reason="lie", found=member.filename[:80])
            look(member.filename, piece)
        if true != member.file_size:
            raise Stop("archive_bomb", reason="lie", found=member.filename[:80])
        total += true
        _refuse_size(total, size, limits)


def _pieces(file: IO[bytes], member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The unpacked bytes of a member, whatever size its entry claims."""
    file.seek(member.header_offset)
    header = file.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or header[:4] != b"PK\x03\x04":
        raise Stop("unreadable", reason="archive")
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = member.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0 and (packed := file.read(min(left, PIECE))):
        left -= len(packed)
        if inflate is None:
            yield packed
            continue
        try:
            while packed and not inflate.eof:
                if piece := inflate.decompress(packed, PIECE):
                    yield piece
                packed = inflate.unconsumed_tail
        except zlib.error as broken:
            raise Stop("unreadable", reason="archive") from broken
    if inflate is not None and (rest := inflate.flush()):
        yield rest


def _refuse_entities(piece: bytes) -> None:
    """A document type stands at the top or nowhere; in two-byte text its letters are parted by zeros."""
    top = piece[:65_536].replace(b"\0", b"").upper()
    if b"<!DOCTYPE" in top or b"<!ENTITY" in top:
        raise Stop("external_references", reason="entities")
