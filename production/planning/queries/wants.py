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
from production.planning.models import PlannedOrder, PlanningRun
from production.planning.queries.items import item_figures
from production.planning.queries.needs import Rows, dated_needs
from production.planning.rules import MILLION, WEEK

ZERO = Decimal(0)
# A phantom in a phantom in a phantom …: the books refuse loops, and this ends a question about an old one.
DEEPEST = 20
_FORCE = """bom.status = 'RELEASED' AND (bom.valid_from IS NULL OR bom.valid_from <= %(on)s)
   AND (bom.valid_until IS NULL OR bom.valid_until > %(on)s)"""
_USES = f"""
SELECT line.item_id, bom.item_id, bom.is_phantom, line.quantity * line.factor, bom.quantity, line.loss_percent,
       line.is_fixed
  FROM production_bomline line JOIN production_bom bom ON bom.id = line.bom_id
 WHERE {_FORCE} AND line.kind = 'COMPONENT' AND line.item_id = ANY(%(items)s)
   AND (line.valid_from IS NULL OR line.valid_from <= %(on)s)
   AND (line.valid_until IS NULL OR line.valid_until > %(on)s)"""  # noqa: S608 - put together from constants only


@dataclass(frozen=True)
class Use:
    """One base unit of a parent needs `each` of the item with loss, and an order of it `fixed` besides."""

    parent: int
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
    proposals: list[PlannedOrder] = field(default_factory=list)

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
    wants, comes = _wants_and_receipts([item.pk], run)
    for entry in wants[item.pk]:
        if (week := _week(weeks, entry.on)) is not None:
            week.wants.append(entry)
            week.gross += entry.quantity
    for entry in comes[item.pk]:
        if (week := _week(weeks, entry.on)) is not None:
            week.comes.append(entry)
            week.scheduled += entry.quantity
    for planned in run.planned.filter(item=item, firmed_at=None).order_by("due_on", "id"):
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
    return _wants_and_receipts(list(items), run)[0]


def _wants_and_receipts(wanted: list[int], run: PlanningRun) -> tuple[dict[int, list[Entry]], dict[int, list[Entry]]]:
    uses = _uses(wanted, run.starts_on)
    parents = sorted({use.parent for found in uses.values() for use in found})
    needs = dated_needs(run.site, run.starts_on, [*wanted, *parents])
    direct, started, comes = _entries([needs.wanted, needs.started, needs.coming], run.starts_on)
    planned: dict[int, list[PlannedOrder]] = defaultdict(list)
    rows = run.planned.filter(item__in=parents, kind="MAKE", firmed_at=None).select_related("item")
    for row in rows.order_by("release_on", "id"):
        planned[row.item_id].append(row)
    result: dict[int, list[Entry]] = {}
    for item in wanted:
        entries = list(direct[item])
        for use in uses[item]:
            entries += [
                Entry(one.kind, one.key, one.label, use.of(one.quantity), one.on) for one in started[use.parent]
            ]
            entries += [
                Entry("planned", one.pk, one.item.number, use.of(one.quantity), one.release_on, behind_of(one))
                for one in planned[use.parent]
            ]
            if use.is_phantom:
                entries += [
                    Entry(one.kind, one.key, one.label, use.of(one.quantity), one.on) for one in direct[use.parent]
                ]
        result[item] = sorted(entries, key=lambda entry: (entry.on, entry.kind, entry.key))
    return result, comes


def behind_of(planned: PlannedOrder) -> str:
    """Who stands behind a proposal, in one short text; nobody: the safety stock."""
    if not planned.demand:
        return _("safety stock")
    return str(planned.demand[0][2])


def _uses(items: list[int], on: date) -> dict[int, list[Use]]:
    """What these items go into; through phantoms up to what is really made, and into the phantoms themselves."""
    lines: dict[int, list[tuple[int, bool, Fraction, Fraction]]] = {}
    asked = set(items)
    for _level in range(DEEPEST):
        todo = asked - lines.keys()
        if not todo:
            break
        lines |= {one: [] for one in todo}
        with connection.cursor() as cursor:
            cursor.execute(_USES, {"on": on, "items": list(todo)})
            for child, parent, phantom, quantity, of, loss, fixed in cursor.fetchall():
                each = Fraction(quantity) * (1 + Fraction(loss) / 100)
                per, always = (Fraction(0), each) if fixed else (each / Fraction(of), Fraction(0))
                lines[child].append((parent, phantom, per, always))
                if phantom:
                    asked.add(parent)
    return {item: _through(item, lines) for item in items}


def _through(item: int, lines: dict[int, list[tuple[int, bool, Fraction, Fraction]]]) -> list[Use]:
    found = []
    waiting = [(*line, 0) for line in lines[item]]
    while waiting:
        parent, phantom, per, fixed, depth = waiting.pop()
        found.append(Use(parent, per, fixed, phantom))
        if phantom and depth < DEEPEST:
            waiting += [
                (above, more, per * each, fixed + per * always, depth + 1)
                for above, more, each, always in lines.get(parent, [])
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
