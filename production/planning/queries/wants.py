"""Who wants an item, week by week, and what comes: the figures of a plan with the rows behind each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _

from factory_core.web.links import link_to
from inventory.items.models import Item
from production.planning.models import PlanningRun
from production.planning.queries.items import item_figures
from production.planning.queries.needs import Rows, dated_needs
from production.planning.queries.proposals import Wish, batches, causes_at, day_of
from production.planning.rules import MILLION, NOBODY, WEEK

ZERO = Decimal(0)
# A phantom in a phantom in a phantom …: the books refuse loops, and this ends a question about an old one.
DEEPEST = 20
_FORCE = """bom.status = 'RELEASED' AND (bom.valid_from IS NULL OR bom.valid_from <= %(on)s)
   AND (bom.valid_until IS NULL OR bom.valid_until > %(on)s)"""
_LINE_IN_FORCE = f"""{_FORCE} AND line.kind = 'COMPONENT' AND (line.valid_from IS NULL OR line.valid_from <= %(on)s)
   AND (line.valid_until IS NULL OR line.valid_until > %(on)s)"""
# What items go into; and where that is a phantom what it goes into, and so on up.
_USES = f"""
WITH RECURSIVE used AS (
  SELECT line.id AS line_id, line.item_id AS child, bom.item_id AS parent, bom.is_phantom,
         line.quantity * line.factor AS quantity, bom.quantity AS of, line.loss_percent, line.is_fixed, 0 AS depth
    FROM production_bomline line JOIN production_bom bom ON bom.id = line.bom_id
   WHERE line.item_id = ANY(%(items)s) AND {_LINE_IN_FORCE}
  UNION
  SELECT line.id, line.item_id, bom.item_id, bom.is_phantom, line.quantity * line.factor, bom.quantity,
         line.loss_percent, line.is_fixed, used.depth + 1
    FROM used JOIN production_bomline line ON line.item_id = used.parent AND used.is_phantom AND used.depth < {DEEPEST}
    JOIN production_bom bom ON bom.id = line.bom_id
   WHERE {_LINE_IN_FORCE})
SELECT DISTINCT used.line_id, used.child, used.parent, item.number, used.is_phantom, used.quantity, used.of,
       used.loss_percent, used.is_fixed
  FROM used JOIN inventory_item item ON item.id = used.parent"""  # noqa: S608 - put together from constants only


# Parent, its number, whether it is a phantom, how much each of it needs, and an order of it besides.
_Line = tuple[int, str, bool, Fraction, Fraction]


@dataclass(frozen=True)
class Use:
    """One base unit of a parent needs `each` of the item with loss, and an order of it `fixed` besides."""

    parent: int
    number: str
    each: Fraction
    fixed: Fraction
    # It is made of it, but passes what is wanted of itself on to its own lines.
    is_phantom: bool

    def of(self, quantity: Decimal) -> Decimal:
        """What an order of so much of the parent needs, rounded up to a millionth."""
        return Decimal(ceil((Fraction(quantity) * self.each + self.fixed) * MILLION)).scaleb(-6)


@dataclass(frozen=True)
class Entry:
    """A row behind a figure: somebody wants so much on a day, or so much comes."""

    kind: str
    key: int
    label: str
    quantity: Decimal
    on: date
    # Who stands behind it, where it is a proposal itself.
    behind: str = ""

    @property
    def url(self) -> str:
        """The page of the document, if it has one; a proposal's is its item's."""
        if self.kind == "planned":
            return f"/plan/items/{self.label}/"
        return link_to(self.kind, self.key, self.label.split(" · ")[0])


@dataclass(frozen=True)
class Own:
    """A proposal of an item: make or buy so much."""

    number: int
    item: int
    makes: bool
    quantity: Decimal
    release_on: date
    due_on: date
    is_late: bool
    # The place of its cause in the run, or NOBODY.
    cause: int


@dataclass
class Week:
    """One week of an item: what is wanted, what comes, what is proposed, what is there at its end."""

    number: int
    starts_on: date
    gross: Decimal = ZERO
    scheduled: Decimal = ZERO
    planned: Decimal = ZERO
    available: Decimal = ZERO
    wants: list[Entry] = field(default_factory=list)
    comes: list[Entry] = field(default_factory=list)
    proposals: list[Own] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing happens."""
        return not (self.wants or self.comes or self.proposals)


@dataclass
class NetOfItem:
    """The time-phased plan of one item at a site: the books of now, the proposals of the latest run."""

    on_hand: Decimal
    safety: Decimal
    least: Decimal
    multiple: Decimal
    cover: int
    lead: int
    makes: bool
    buys: bool
    passes: bool
    weeks: list[Week]


def net_of_item(item: Item, run: PlanningRun) -> NetOfItem:
    """Gross needs, receipts, proposals and what is available, for each week of a run.

    By the rule of 04-definitions 4.10: available = before + scheduled + planned - gross. What is overdue counts in the
    first week.
    """
    site, first = run.site, run.starts_on
    figures = item_figures(site, first, [item.pk])
    weeks = [Week(n, first + timedelta(days=n * WEEK)) for n in range(run.weeks)]
    behind = _behind([item.pk], run)
    for entry in behind.wants[item.pk]:
        if (week := _week(weeks, entry.on)) is not None:
            week.wants.append(entry)
            week.gross += entry.quantity
    for entry in behind.comes[item.pk]:
        if (week := _week(weeks, entry.on)) is not None:
            week.comes.append(entry)
            week.scheduled += entry.quantity
    for planned in sorted(behind.proposals[item.pk], key=lambda one: (one.due_on, one.number)):
        if (week := _week(weeks, planned.due_on)) is not None:
            week.proposals.append(planned)
            week.planned += planned.quantity
    left = on_hand = _units(int(figures.on_hand[0]))
    for week in weeks:
        left += week.scheduled + week.planned - week.gross
        week.available = left
    return NetOfItem(
        on_hand=on_hand, safety=_units(int(figures.safety[0])), least=_units(int(figures.least[0])),
        multiple=_units(int(figures.multiple[0])), cover=int(figures.cover[0]), lead=int(figures.lead[0]),
        makes=bool(figures.makes[0]), buys=bool(figures.buys[0]), passes=bool(figures.passes[0]), weeks=weeks,
    )  # fmt: skip


def wants_of(items: Iterable[int], run: PlanningRun) -> dict[int, list[Entry]]:
    """Everything that wants these items, by item: customers, open orders, proposals of what they are part of.

    A handful of questions however many items.
    """
    return _behind(list(items), run).wants


@dataclass(frozen=True)
class _Behind:
    """By item: who wants it, what comes, what is proposed."""

    wants: dict[int, list[Entry]]
    comes: dict[int, list[Entry]]
    proposals: dict[int, list[Own]]


def _behind(wanted: list[int], run: PlanningRun) -> _Behind:
    uses = _uses(wanted, run.starts_on)
    parents = {use.parent for found in uses.values() for use in found}
    needs = dated_needs(run.site, run.starts_on, [*wanted, *parents])
    planned = _planned({*wanted, *parents}, run)
    causes = sorted({one.cause for key in parents for one in planned[key] if one.makes and one.cause != NOBODY})
    at = causes_at([(run.pk, cause) for cause in causes])
    direct, started, comes, named = _entries(
        [needs.wanted, needs.started, needs.coming, Rows.of(at["kind"], at["row"])], run.starts_on
    )
    called = dict(zip(causes, (entry.label for entry in named.get(0, [])), strict=True))
    result: dict[int, list[Entry]] = {}
    for item in wanted:
        entries = list(direct[item])
        for use in uses[item]:
            entries += [
                Entry(one.kind, one.key, one.label, use.of(one.quantity), one.on) for one in started[use.parent]
            ]
            entries += [
                Entry(
                    "planned", one.number, use.number, use.of(one.quantity), one.release_on,
                    called.get(one.cause) or _("safety stock"),
                )
                for one in planned[use.parent]
                if one.makes
            ]  # fmt: skip
            if use.is_phantom:
                entries += [
                    Entry(one.kind, one.key, one.label, use.of(one.quantity), one.on) for one in direct[use.parent]
                ]
        result[item] = sorted(entries, key=lambda entry: (entry.on, entry.kind, entry.key))
    return _Behind(result, comes, planned)


def _planned(items: set[int], run: PlanningRun) -> dict[int, list[Own]]:
    """Open proposals of these items, each item's in the order of release."""
    found: dict[int, list[Own]] = defaultdict(list)
    for batch in batches(run, Wish(items=items, firmed=False)):
        for number, item, row in zip(batch.numbers.tolist(), batch.items.tolist(), batch.rows, strict=True):
            release = int(row["release"])
            found[item].append(
                Own(
                    number, item, bool(row["makes"]), _units(int(row["quantity"])), day_of(run, release),
                    day_of(run, int(row["due"])), release < 0, int(row["cause"]),
                )
            )  # fmt: skip
    return found


def _uses(items: list[int], on: date) -> dict[int, list[Use]]:
    """What these items go into; through phantoms up to what is really made, and into the phantoms themselves."""
    lines: dict[int, list[_Line]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_USES, {"on": on, "items": items})
        for _line, child, parent, number, phantom, quantity, of, loss, fixed in cursor.fetchall():
            each = Fraction(quantity) * (1 + Fraction(loss) / 100)
            per, always = (Fraction(0), each) if fixed else (each / Fraction(of), Fraction(0))
            lines[child].append((parent, number, phantom, per, always))
    return {item: _through(item, lines) for item in items}


def _through(item: int, lines: dict[int, list[_Line]]) -> list[Use]:
    found = []
    waiting = [(*line, 0) for line in lines[item]]
    while waiting:
        parent, number, phantom, per, fixed, depth = waiting.pop()
        found.append(Use(parent, number, per, fixed, phantom))
        if phantom and depth < DEEPEST:
            waiting += [
                (above, called, more, per * each, fixed + per * always, depth + 1)
                for above, called, more, each, always in lines.get(parent, [])
            ]
    return found


def _entries(parts: list[Rows], first: date) -> list[dict[int, list[Entry]]]:
    """Rows with their labels by item; one question for all parts."""
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.and_then(part)
    labels = whole.labels(np.arange(len(whole.row)))
    found: list[dict[int, list[Entry]]] = []
    place = 0
    for part in parts:
        by_item: dict[int, list[Entry]] = defaultdict(list)
        for item, day, quantity in zip(part.item.tolist(), part.day.tolist(), part.quantity.tolist(), strict=True):
            by_item[item].append(Entry(*labels[place], _units(quantity), first + timedelta(days=day)))
            place += 1
        found.append(by_item)
    return found


def _week(weeks: list[Week], on: date) -> Week | None:
    number = max((on - weeks[0].starts_on).days, 0) // WEEK
    return weeks[number] if number < len(weeks) else None


def _units(millionths: int) -> Decimal:
    return Decimal(millionths).scaleb(-6)
