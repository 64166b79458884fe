"""Drawings made on the server as SVG: shift timeline, Pareto bars, sparkline, progress.

One <path> per state and row, because a row of 300 bands drawn as 300 rectangles costs
a tablet thirty times the nodes. Colours come from CSS classes (`s-run` …), so both
themes and forced colours work; widths are attributes, since the policy forbids inline style.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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


def _seconds(start: datetime, end: datetime) -> float:
    """Seconds that really pass; plain subtraction in one zone ignores the hour a clock change adds or takes."""
    return (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds()


def _inside(band: Band, start: datetime, end: datetime, open_until: datetime) -> tuple[datetime, datetime]:
    """The part of a band between start and end, in UTC, where times can be compared."""
    ended_at = (band.ended_at or open_until).astimezone(UTC)
    return max(band.started_at.astimezone(UTC), start.astimezone(UTC)), min(ended_at, end.astimezone(UTC))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _svg(body: str, *, width: float, height: float, css: str, label: str = "") -> SafeString:
    hidden = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    # The body is built here from numbers and known keys; the label is escaped.
    return SafeString(
        f'<svg class="{css}" viewBox="0 0 {_number(width)} {_number(height)}" preserveAspectRatio="none" {hidden}>'
        f"{body}</svg>"
    )


def merged(bands: Iterable[Band], end: datetime) -> list[Band]:
    """Neighbours of one family joined, so that equal bands are one drawing and one tap."""
    out: list[Band] = []
    for band in sorted(bands, key=lambda one: one.started_at.timestamp()):
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
        first, last = _inside(band, start, end, end)
        if _seconds(first, last) > 0:
            sums[band.state] = sums.get(band.state, 0.0) + _seconds(first, last)
    return sums


def timeline(
    bands: Iterable[Band], start: datetime, end: datetime, *, now: datetime | None = None, label: str = ""
) -> SafeString:
    """One row of a timeline from start to end. An open band ends at `now` (or at the end)."""
    span = _seconds(start, end)
    until = min(now or end, end)
    subpaths: dict[str, list[str]] = {}
    for band in merged(bands, until):
        first, last = _inside(band, start, until, until)
        if _seconds(first, last) <= 0:
            continue
        x = WIDTH * _seconds(start, first) / span
        w = WIDTH * _seconds(first, last) / span
        subpaths.setdefault(band.state, []).append(f"M{_number(x)} 0h{_number(w)}v{HEIGHT}h-{_number(w)}z")
    body = "".join(_state_path(state, "".join(parts)) for state, parts in subpaths.items())
    if now and start < now < end:
        body += f'<path class="now" d="M{_number(WIDTH * _seconds(start, now) / span)} 0v{HEIGHT}"/>'
    return _svg(body, width=WIDTH, height=HEIGHT, css="timeline", label=label)


def _state_path(state: str, d: str) -> str:
    fill = f' fill="url(#pattern-{state})"' if state in PATTERNED else ""
    css = f"b b-{state}" if fill else f"b b-{state} s-{state}"
    return f'<path class="{css}"{fill} d="{d}"/>'


def hours(start: datetime, end: datetime) -> list[tuple[float, datetime]]:
    """The full hours of a shift with their place in percent; a clock-change shift has one more or less.

    Steps in absolute time, so the hour that happens twice is drawn twice; the hours named are those of `start`'s zone.
    """
    span = _seconds(start, end)
    into = timedelta(minutes=start.minute, seconds=start.second, microseconds=start.microsecond)
    tick = start.astimezone(UTC) + (timedelta(hours=1) - into if into else timedelta())
    ticks = []
    while tick < end:
        ticks.append((round(100 * _seconds(start, tick) / span, 3), tick.astimezone(start.tzinfo)))
        tick += timedelta(hours=1)
    return ticks


def axis(start: datetime, end: datetime) -> SafeString:
    """The hours under a timeline. Places are percentages, so the text is not stretched with the bands."""
    texts = "".join(f'<text x="{_number(at)}%" y="14">{tick:%H}</text>' for at, tick in hours(start, end))
    return mark_safe(f'<svg class="axis" height="18" aria-hidden="true">{texts}</svg>')  # noqa: S308 - built from numbers


def pareto(bars: Sequence[Bar]) -> list[tuple[Bar, SafeString]]:
    """Each bar with its drawing, the longest filling the width."""
    most = max((bar.value for bar in bars), default=0) or 1
    return [
        (
            bar,
            _svg(
                f'<rect class="s-{bar.state}" width="{_number(100 * bar.value / most)}" height="1"/>',
                width=100,
                height=1,
                css="bar",
            ),
        )
        for bar in bars
    ]


def columns(counts: Sequence[int], *, label: str = "") -> SafeString:
    """A histogram: a column for each bin, the highest filling the height."""
    most = max(counts, default=0) or 1
    d = "".join(f"M{number} 40h1v-{_number(40 * count / most)}h-1z" for number, count in enumerate(counts) if count)
    return _svg(f'<path d="{d}"/>', width=len(counts) or 1, height=40, css="columns", label=label)


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
    body = '<rect class="track" width="100" height="8"/>'
    body += f'<rect class="done" width="{_number(100 * done / whole)}" height="8"/>'
    if expected is not None:
        body += f'<path class="mark" d="M{_number(100 * min(expected, whole) / whole)} 0v8"/>'
    return _svg(body, width=100, height=8, css="progress", label=label)
