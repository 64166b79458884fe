"""A report as a page: what the template draws, every value already in words."""

from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.safestring import SafeString

from factory_core.reporting.content import Bars, Content, Figures, Note
from factory_core.reporting.shown import headed, is_number, shown, shown_figure, shown_row
from factory_core.web import charts


@dataclass(frozen=True)
class Shown:
    """One part of the page, by `kind` figures, table, bars or note; the template draws `body`."""

    kind: str
    key: str
    title: str
    body: Any


def as_page(content: Content) -> list[Shown]:
    """The parts of a report in words of its own language."""
    zone = content.place_zone()
    parts = []
    with translation.override(content.language):
        for part in content.parts:
            if isinstance(part, Note):
                parts.append(Shown("note", "", "", part))
            elif isinstance(part, Figures):
                body: Any = [(item.label, shown_figure(item, zone), item.detail) for item in part.items]
                parts.append(Shown("figures", part.key, part.title, body))
            elif isinstance(part, Bars):
                parts.append(Shown("bars", part.key, part.title, _bars(part, content)))
            else:
                numbers = [is_number(column.kind) for column in part.columns]
                rows = [list(zip(shown_row(row, part.columns, zone), numbers, strict=True)) for row in part.rows]
                total = shown_row(part.total, part.columns, zone) if part.total is not None else None
                body = {
                    "heads": list(zip((headed(column) for column in part.columns), numbers, strict=True)),
                    "rows": rows,
                    "total": None if total is None else list(zip(total, numbers, strict=True)),
                    "empty": part.empty,
                }
                parts.append(Shown("table", part.key, part.title, body))
    return parts


def _bars(part: Bars, content: Content) -> list[tuple[charts.Bar, SafeString]]:
    zone = content.place_zone()
    drawn = [charts.Bar(label, float(value), shown(value, part.kind, part.unit, zone)) for label, value in part.bars]
    return charts.pareto(drawn)
