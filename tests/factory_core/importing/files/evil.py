"""Files that nobody should open: built here, byte by byte, and never kept."""

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)


def relations(*targets: tuple[str, str, str]) -> str:
    """A .rels part of (id, kind, target)."""
    inside = "".join(f'<Relationship Id="{rid}" Type="{OFFICE}/{kind}" Target="{to}"/>' for rid, kind, to in targets)
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inside}</Relationships>'
    )


def parts(rows: str = "", **more: str) -> dict[str, str | bytes]:
    """The parts of a small xlsx with these rows; `more` replaces or adds parts, with __ for / and ___ for a dot."""
    plain: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Parts" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(("r1", "worksheet", "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": sheet(rows or row(1, "Part", "Pieces") + row(2, "A-1", 3)),
    }
    return plain | more


def sheet(rows: str, after: str = "") -> str:
    """A worksheet part."""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def row(number: int, *values: str | int) -> str:
    """A row of inline texts and numbers."""
    cells = ""
    for place, value in enumerate(values):
        at = f"{chr(65 + place)}{number}"
        cells += (
            f'<c r="{at}"><v>{value}</v></c>'
            if isinstance(value, int)
            else f'<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>'
        )
    return f'<row r="{number}">{cells}</row>'


def packed(path: Path, members: Mapping[str, str | bytes]) -> Path:
    """An archive of these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def lying(path: Path, name: str, claimed: int) -> Path:
    """Write another unpacked size for a member into the archive's directory and into its own head."""
    raw = bytearray(path.read_bytes())
    for magic, size_at, name_at in ((b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30)):
        place = -1
        while (place := raw.find(magic, place + 1)) >= 0:
            if raw[place + name_at : place + name_at + len(name)] == name.encode():
                raw[place + size_at : place + size_at + 4] = struct.pack("<I", claimed)
    path.write_bytes(bytes(raw))
    return path


def flagged(path: Path) -> Path:
    """Set the mark of encryption on every member."""
    raw = bytearray(path.read_bytes())
    for magic, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = -1
        while (place := raw.find(magic, place + 1)) >= 0:
            raw[place + at] |= 1
    path.write_bytes(bytes(raw))
    return path


def compound(*streams: str) -> bytes:
    """A compound file (the container of old workbooks and of encrypted new ones) with these empty streams."""
    names = ["Root Entry", *streams]
    entries = b""
    for number, name in enumerate(names):
        raw = name.encode("utf-16-le")
        follower = number + 1 if 0 < number < len(names) - 1 else -1
        child = 1 if number == 0 and streams else -1
        kind = 5 if number == 0 else 2
        entries += raw.ljust(64, b"\0") + struct.pack("<HBBiii", len(raw) + 2, kind, 1, -1, follower, child)
        entries += b"\0" * 36 + struct.pack("<iII", -2, 0, 0)
    entries = entries.ljust(-(-len(entries) // 512) * 512, b"\0")
    sectors = len(entries) // 512
    chain = [-3, *(number + 2 for number in range(sectors - 1)), -2]
    table = struct.pack("<128i", *chain, *[-1] * (128 - len(chain)))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack("<IIiIIiIiI", 0, 1, 1, 0, 4096, -2, 0, -2, 0) + struct.pack("<109i", 0, *[-1] * 108)
    return head + table + entries


def sixteen(text: str) -> bytes:
    """Two-byte text with its mark."""
    return text.encode("utf-16")


def inner_zip() -> bytes:
    """A small archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a", "b")
    return target.getvalue()
