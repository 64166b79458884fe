"""What of a plan changes seldom: how items are planned, and the lines of the bills in force; read, or kept packed."""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from factory_core.plant.models import Site
from production.planning.queries.columns import fetched
from production.planning.queries.items import Figures, standing_figures
from production.planning.queries.structure import Boms, lines_in_force
from production.planning.rules import Levels, Lines, as_planned, levels_of
from production.planning.rules.packing import packed_columns, unpacked_columns

_KEPT = """
SELECT base.rows FROM production_planbase base
 WHERE base.site_id = %(site)s AND (base.first_on IS NULL OR base.first_on <= %(on)s)
   AND (base.until_on IS NULL OR base.until_on > %(on)s) AND NOT EXISTS (SELECT FROM production_planbasechange)"""
# The days on which something comes into force or ends, around a day.
_DAYS = """
SELECT max(day) FILTER (WHERE day <= %(on)s), min(day) FILTER (WHERE day > %(on)s) FROM (
  SELECT unnest(ARRAY[valid_from, valid_until]) FROM production_bom
   WHERE valid_from IS NOT NULL OR valid_until IS NOT NULL UNION ALL
  SELECT unnest(ARRAY[valid_from, valid_until]) FROM production_bomline
   WHERE valid_from IS NOT NULL OR valid_until IS NOT NULL UNION ALL
  SELECT unnest(ARRAY[valid_from, valid_until]) FROM production_routing
   WHERE valid_from IS NOT NULL OR valid_until IS NOT NULL) AS dated(day)"""
_LINES = tuple(one.name for one in fields(Lines))
_LEVELS = {"of": np.int64, "followed": np.bool_, "loop": np.int64}
_FIGURES = tuple(one.name for one in fields(Figures) if one.name not in ("boms", "on_hand"))


@dataclass(frozen=True)
class Base:
    """How every item is planned (without its stock), what is made of what, and so how deep each item stands."""

    figures: Figures
    lines: Lines
    levels: Levels


def read_base(site: Site, on: date) -> Base:
    """The base of a day from the books. Raises rules.TooMuch for absurd quantities per piece."""
    figures = standing_figures(site, on)
    lines = lines_in_force(on, figures.ids, figures.boms)
    # What is bought is bought whole, whatever it is made of elsewhere.
    made = figures.makes[lines.parent]
    lines = lines if made.all() else lines.among(made)
    levels = levels_of(len(figures.ids), lines.parent, lines.child)
    order = as_planned(lines.parent, levels.of)
    return Base(figures, lines.among(order), replace(levels, followed=levels.followed[order]))


def kept_base(site: Site, on: date) -> Base | None:
    """The base of a day as it was kept; None when there is none, or something it was read from changed since."""
    rows = fetched(_KEPT, ("bytea",), {"site": site.pk, "on": on})
    return unpacked(rows[0][0]) if rows else None


def days_of_base(on: date) -> tuple[date | None, date | None]:
    """From which day, and until before which, the books are what they are on this one; empty: without end."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, {"on": on})
        first, until = cursor.fetchone()
    return first, until


def packed(base: Base) -> bytes:
    """A base as bytes; the bills themselves are in its lines."""
    columns = {f"line.{name}": getattr(base.lines, name) for name in _LINES}
    columns |= {name: np.asarray(getattr(base.figures, name)) for name in _FIGURES}
    columns |= {f"level.{name}": np.asarray(getattr(base.levels, name), dtype=kind) for name, kind in _LEVELS.items()}
    return packed_columns(columns)


def unpacked(rows: bytes) -> Base | None:
    """What `packed` made; None for what it made before the levels were kept."""
    columns = unpacked_columns(rows)
    if "level.of" not in columns:
        return None
    none = np.zeros(0, dtype=np.int64)
    given: dict[str, Any] = {name: columns[name] for name in _FIGURES}
    given |= {"lotless": given["lotless"].tolist(), "on_hand": np.zeros(len(given["ids"]), dtype=np.int64)}
    figures = Figures(**given, boms=Boms(none, none, none))
    levels = Levels(columns["level.of"], columns["level.followed"], columns["level.loop"].tolist())
    return Base(figures, Lines(*(columns[f"line.{name}"] for name in _LINES)), levels)
