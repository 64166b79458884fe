"""Builders of reports: one content in which every kind of value stands, and texts that would like to be formulas."""

from datetime import UTC, date, datetime
from decimal import Decimal

from factory_core.reporting.content import Bars, Column, Content, Figure, Figures, Kind, Note, Table

NASTY = ("=1+1", "+49 421 1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "  =1+1")
LETTERS = "Zażółć gęślą jaźń · Příliš žluťoučký kůň · Größe Ü"


def a_content(language: str = "en", **more: object) -> Content:
    """A report of everything."""
    columns = [
        Column("text", "Text"),
        Column("made", "Made", Kind.QUANTITY, "pcs"),
        Column("ran", "Ran", Kind.DURATION),
        Column("share", "Share", Kind.PERCENT),
        Column("cost", "Cost", Kind.MONEY, "EUR", needs="production.cost.view"),
        Column("began", "Began", Kind.TIME),
        Column("on", "Day", Kind.DAY),
    ]
    began = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
    first = [LETTERS, Decimal("1234.5"), Decimal(3725), Decimal("66.7"), Decimal("98765.43"), began, date(2026, 11, 20)]
    rows: list[list[object]] = [first, *([text, None, None, None, None, None, None] for text in NASTY)]
    total = ["Sum", Decimal("1234.5"), Decimal(3725), None, Decimal("98765.43"), None, None]
    parts = [
        Figures("figures", "Figures", [Figure("good", "Good", Decimal(464), Kind.QUANTITY, "pcs", "made − scrap")]),
        Bars("stops", "Stops by reason", [("Tool change", Decimal(4320)), ("Jam", Decimal(90))]),
        Table("rows", "Rows", columns, rows, total),  # type: ignore[arg-type]
        Note("Press 1 ran faster than its ideal.", is_finding=True),
    ]
    head: dict[str, object] = {
        "title": "Shift report",
        "subtitle": "Line A · Early · 20 Nov",
        "site": "bremen",
        "site_name": "Bremen",
        "zone": "Europe/Berlin",
        "language": language,
        "parts": tuple(parts),
    }
    return Content(**{**head, **more})  # type: ignore[arg-type]
