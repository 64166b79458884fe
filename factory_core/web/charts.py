"""Drawings made on the server as SVG: shift timeline, Pareto bars, sparkline, progress.

One <path> per state and row, because a row of 300 bands drawn as 300 rectangles costs
a tablet thirty times the nodes. Colours come from CSS classes (`s-run` …), so both
themes and forced colours work; widths are attributes, since the policy forbids inline style.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from django.utils.safestring import SafeString, mark_safe

from factory_core.web.display import FAMILIES

WIDTH = 1000
HEIGHT = 24
PATTERNED = {key for key, family in FAMILIES.items() if family.pattern != "none"}


@dataclass(frozen=True)
class Band:
    """A machine was drawn as `state` (a display family) from start to end; `ended_at` None = still."""

    state: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Bar:
    """One line of a Pareto: a label, its size, and the text that says the size."""

    label: str
    value: float
    text: str
    state: str = "stop"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _svg(body: str, *, width: float, height: float, css: str, label: str = "") -> SafeString:
    hidden = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return mark_safe(  # noqa: S308 - the body is built here from numbers and known keys; the label is escaped
        f'<svg class="{css}" viewBox="0 0 {_number(width)} {_number(height)}" preserveAspectRatio="none" {hidden}>{body}</svg>'
    )


def merged(bands: Iterable[Band], end: datetime) -> list[Band]:
    """Neighbours of one family joined, so that equal bands are one drawing and one tap."""
    out: list[Band] = []
    for band in sorted(bands, key=lambda one: one.started_at):
        last = out[-1] if out else None
        if last and last.state == band.state and (last.ended_at or end) >= band.started_at:
            out[-1] = Band(last.state, last.started_at, band.ended_at)
        else:
            out.append(band)
    return out


def totals(bands: Iterable[Band], start: datetime, end: datetime) -> dict[str, float]:
    """Seconds per display family between start and end."""
    sums: dict[str, float] = {}
    for band in bands:
        first, last = max(band.started_at, start), min(band.ended_at or end, end)
        if last > first:
            sums[band.state] = sums.get(band.state, 0.0) + (last - first).total_seconds()
    return sums


def timeline(bands: Iterable[Band], start: datetime, end: datetime, *, now: datetime | None = None, label: str = "") -> SafeString:
    """One row of a timeline from start to end. An open band ends at `now` (or at the end)."""
    span = (end - start).total_seconds()
    until = min(now or end, end)
    subpaths: dict[str, list[str]] = {}
    for band in merged(bands, until):
        first, last = max(band.started_at, start), min(band.ended_at or until, until)
        if last <= first:
            continue
        x = WIDTH * (first - start).total_seconds() / span
        w = WIDTH * (last - first).total_seconds() / span
        subpaths.setdefault(band.state, []).append(f"M{_number(x)} 0h{_number(w)}v{HEIGHT}h-{_number(w)}z")
    body = "".join(_state_path(state, "".join(parts)) for state, parts in subpaths.items())
    if now and start < now < end:
        body += f'<path class="now" d="M{_number(WIDTH * (now - start).total_seconds() / span)} 0v{HEIGHT}"/>'
    return _svg(body, width=WIDTH, height=HEIGHT, css="timeline", label=label)


def _state_path(state: str, d: str) -> str:
    fill = f' fill="url(#pattern-{state})"' if state in PATTERNED else ""
    css = f"b b-{state}" if fill else f"b b-{state} s-{state}"
    return f'<path class="{css}"{fill} d="{d}"/>'


def hours(start: datetime, end: datetime) -> list[tuple[float, datetime]]:
    """The full hours of a shift with their place in percent; a clock-change shift has one more or less.

    Steps in absolute time, so the hour that happens twice is drawn twice.
    """
    span = (end - start).total_seconds()
    offset = timedelta(minutes=start.minute, seconds=start.second, microseconds=start.microsecond)
    tick = start - offset + (timedelta(hours=1) if offset else timedelta())
    ticks = []
    while tick < end:
        ticks.append((round(100 * (tick - start).total_seconds() / span, 3), tick))
        tick = tick + timedelta(hours=1)
    return ticks


def axis(start: datetime, end: datetime) -> SafeString:
    """The hours under a timeline. Places are percentages, so the text is not stretched with the bands."""
    texts = "".join(f'<text x="{_number(at)}%" y="14">{tick:%H}</text>' for at, tick in hours(start, end))
    return mark_safe(f'<svg class="axis" height="18" aria-hidden="true">{texts}</svg>')  # noqa: S308 - built from numbers


def pareto(bars: Sequence[Bar]) -> list[tuple[Bar, SafeString]]:
    """Each bar with its drawing, the longest filling the width."""
    most = max((bar.value for bar in bars), default=0) or 1
    return [
        (bar, _svg(f'<rect class="s-{bar.state}" width="{_number(100 * bar.value / most)}" height="1"/>', width=100, height=1, css="bar"))
        for bar in bars
    ]


def sparkline(values: Sequence[float | None], *, label: str = "") -> SafeString:
    """A small line over evenly spaced values; None leaves a hole instead of a zero."""
    known = [value for value in values if value is not None]
    if not known:
        return _svg("", width=100, height=24, css="spark", label=label)
    low, high = min(known), max(known)
    span, step = (high - low) or 1, 100 / max(1, len(values) - 1)
    d, pen_up = "", True
    for index, value in enumerate(values):
        if value is None:
            pen_up = True
            continue
        d += f"{'M' if pen_up else 'L'}{_number(index * step)} {_number(22 - 20 * (value - low) / span)}"
        pen_up = False
    return _svg(f'<path d="{d}"/>', width=100, height=24, css="spark", label=label)


def progress(done: float, target: float, expected: float | None = None, *, label: str = "") -> SafeString:
    """How far an order is, with a mark where it should be by now."""
    whole = max(target, done) or 1
    body = f'<rect class="track" width="100" height="8"/><rect class="done" width="{_number(100 * done / whole)}" height="8"/>'
    if expected is not None:
        body += f'<path class="mark" d="M{_number(100 * min(expected, whole) / whole)} 0v8"/>'
    return _svg(body, width=100, height=8, css="progress", label=label)
