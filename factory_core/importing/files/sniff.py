"""What a file is by its content, not by its name."""

import re
import zipfile

from factory_core.importing.files.cells import Stop

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TEXT_NAMES = ("csv", "tsv", "txt", "tab")
# Extensions that promise each kind of content.
PROMISES = {
    "xlsx": ("xlsx",), "xlsm": ("xlsm", "xltm"), "xltx": ("xltx",), "xls": ("xls", "xlt"), "ods": ("ods",),
    "text": TEXT_NAMES,
}  # fmt: skip
# What people call each kind of content; the words are translated where the sentence is made.
_FOREIGN = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"\x1f\x8b", "packed"),
    (b"BZh", "packed"),
    (b"\xfd7zXZ", "packed"),
    (b"7z\xbc\xaf", "packed"),
    (b"Rar!", "packed"),
)


def content_of(start: bytes) -> str:
    """ "zip", "compound", "text", or the name of something that no importer reads."""
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return "zip"
    if start.startswith(COMPOUND):
        return "compound"
    if start[:2] == b"\x09\x08" or start[:4] in (b"\x09\x04\x06\x00", b"\x09\x02\x06\x00", b"\x09\x00\x04\x00"):
        return "xls"
    for magic, name in _FOREIGN:
        if start.startswith(magic):
            return name
    head = start[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.match(rb"<!doctype html|<html|<head|<table|<meta", head):
        return "html"
    if head.startswith((b"<?xml", b"<workbook")):
        return "xml"
    if head.startswith(b"{\\rtf"):
        return "rtf"
    return "text" if is_text(start) else "binary"


def is_text(start: bytes) -> bool:
    """Whether these bytes are text: control characters are rare, and zeros come in pairs of UTF-16 alone."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if looks_utf16(start):
        return True
    odd = sum(start.count(byte) for byte in (*range(9), *range(14, 27), *range(28, 32)))
    return odd * 100 <= len(start)


def looks_utf16(start: bytes) -> bool:
    """Two-byte text without its mark: every second byte of Western text is zero."""
    sample = start[:4096]
    return len(sample) > 8 and max(sample[0::2].count(0), sample[1::2].count(0)) * 2 > len(sample) * 0.7


def archive_kind(archive: zipfile.ZipFile) -> str:
    """Which office document an archive is: "xlsx", "xlsm", "xltx", "xlsb", "ods", or "zip" for any other."""
    names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
        kind = archive.read("mimetype")
        if kind.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
            return "ods"
    if "[Content_Types].xml" in names and archive.getinfo("[Content_Types].xml").file_size < 1 << 20:
        types = archive.read("[Content_Types].xml")
        if b"macroEnabled" in types:
            return "xlsm"
        if b"spreadsheetml.template" in types:
            return "xltx"
        if b"spreadsheetml" in types:
            return "xlsx"
    return "zip"


def agree(name: str, content: str) -> None:
    """Raise Stop where the name promises another content than the file has."""
    extension = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if content in ("xlsm",) or extension in ("xlsm", "xltm", "xlam", "xla"):
        raise Stop("macro_file", found=name[:80])
    if content not in PROMISES:
        if extension and any(extension in promised for promised in PROMISES.values()):
            raise Stop("wrong_extension", found=content, extension=extension)
        raise Stop("unreadable", reason="kind", found=content)
    if extension in PROMISES[content]:
        return
    if not extension or all(extension not in promised for promised in PROMISES.values()):
        # A name that promises nothing is believed by its content.
        return
    raise Stop("wrong_extension", found=content, extension=extension)
