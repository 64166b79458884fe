"""Proposals of the latest plans of sites, read out of their parts: by day of release, by item, or by their numbers."""

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from factory_core.plant.models import Site
from inventory.items.models import Item
from production.planning.models import Firming, PlanningRun, PlanPart
from production.planning.queries.columns import fetched, numbers_in
from production.planning.queries.needs import Rows
from production.planning.rules import NOBODY
from production.planning.rules.packing import CAUSE, ITEM, PART, ROW, number_of, part_and_place
from production.planning.states import PlanKind

Ints = NDArray[np.int64]

# So many parts are fetched at first; the more are needed, the more at once.
_AT_FIRST, _FASTER = 2, 8
# Days further from a plan's first day than this are in no plan.
_FAR = 9999
# More parts than any plan has.
_ALL = 10**6
_PARTS = f"""
SELECT part.id, part.items, part.rows,
       (SELECT string_agg(int8send(firming.proposal), '') FROM production_firming firming
         WHERE firming.proposal >= part.id * {PART} AND firming.proposal < (part.id + 1) * {PART})
  FROM production_planpart part
 WHERE part.run_id = %(run)s AND part.last_on >= %(first)s AND part.first_on < %(until)s
 ORDER BY part.first_on, part.id LIMIT %(most)s OFFSET %(skip)s"""  # noqa: S608 - put together from constants only
# Bytes of a column that is neither compressed nor in its row are read without reading the rest of it.
_SOME = f"""
SELECT part.id, wanted.place, substring(part.items FROM wanted.place * {ITEM.itemsize} + 1 FOR {ITEM.itemsize}),
       substring(part.rows FROM wanted.place * {ROW.itemsize} + 1 FOR {ROW.itemsize})
  FROM unnest(%(parts)s::bigint[], %(places)s::int[]) AS wanted(part_id, place)
  JOIN production_planpart part ON part.id = wanted.part_id"""  # noqa: S608 - put together from constants only
_CAUSES = f"""
SELECT wanted.n, substring(cause.rows FROM wanted.place * {CAUSE.itemsize} + 1 FOR {CAUSE.itemsize})
  FROM unnest(%(runs)s::bigint[], %(places)s::int[]) WITH ORDINALITY AS wanted(run_id, place, n)
  JOIN production_plancauses cause ON cause.run_id = wanted.run_id ORDER BY wanted.n"""  # noqa: S608 - put together from constants only


@dataclass
class Proposal:
    """Make or buy so much: what a plan proposes. `release_on` before the run's first day is late.

    `demand` says who wants it: [[kind, id, label, quantity, due on]]; empty: the safety stock.
    """

    pk: int
    run: PlanningRun
    item: Item
    kind: str
    quantity: Decimal
    release_on: date
    due_on: date
    level: int
    demand: list[Any] = field(default_factory=list)
    firming: Firming | None = None

    @property
    def site(self) -> Site:
        """Where it is planned."""
        return self.run.site

    @property
    def is_late(self) -> bool:
        """It should have been released before the plan was made."""
        return self.release_on < self.run.starts_on

    @property
    def firmed_kind(self) -> str:
        """The kind of what came of it; empty while nothing did."""
        return self.firming.made_kind if self.firming else ""

    @property
    def firmed_id(self) -> int | None:
        """The key of what came of it."""
        return self.firming.made_id if self.firming else None

    @property
    def firmed_label(self) -> str:
        """The number of what came of it."""
        return self.firming.made_label if self.firming else ""

    @property
    def firmed_at(self) -> datetime | None:
        """When it was firmed."""
        return self.firming.at if self.firming else None


@dataclass(frozen=True)
class Wish:
    """Which proposals: `since` ≤ day of release < `until`, of some items, of a kind, late or not, firmed or not.

    Where nothing is said all are meant.
    """

    kind: str = ""
    items: Collection[int] | None = None
    since: date | None = None
    until: date | None = None
    late: bool | None = None
    firmed: bool | None = None

    def days(self, run: PlanningRun) -> tuple[int, int]:
        """From which day of release to before which, from the run's first day."""
        low = -_FAR if self.since is None else (self.since - run.starts_on).days
        high = _FAR if self.until is None else (self.until - run.starts_on).days
        if self.late is not None:
            low, high = (low, min(high, 0)) if self.late else (max(low, 0), high)
        return max(low, -_FAR), min(high, _FAR)


@dataclass(frozen=True)
class Batch:
    """Chosen proposals of one part: their numbers, items and rows (`rules.packing.ROW`)."""

    run: PlanningRun
    numbers: Ints
    items: Ints
    rows: NDArray[np.void]


def batches(run: PlanningRun, wish: Wish) -> Iterator[Batch]:
    """What is wished of a run that the asker may see, in the order of release, bit by bit."""
    low, high = wish.days(run)
    only = None if wish.items is None else np.array(sorted(wish.items), dtype=np.int64)
    most, skip = (_AT_FIRST if only is None else _ALL), 0
    asked: dict[str, Any] = {"run": run.pk, "first": day_of(run, low), "until": day_of(run, high)}
    while True:
        parts = fetched(_PARTS, ("int8", "bytea", "bytea", "bytea"), {**asked, "most": most, "skip": skip})
        for part, packed_items, packed_rows, firmed in parts:
            items, rows = np.frombuffer(packed_items, ITEM), np.frombuffer(packed_rows, ROW)
            chosen = (rows["release"] >= low) & (rows["release"] < high)
            if wish.kind:
                chosen &= rows["makes"] == (wish.kind == PlanKind.MAKE)
            if only is not None:
                chosen &= _among(items, only)
            if wish.firmed is not None:
                known = np.zeros(len(rows), dtype=bool)
                known[numbers_in(firmed or b"") % PART] = True
                chosen &= known == wish.firmed
            places = np.flatnonzero(chosen)
            if len(places):
                yield Batch(run, number_of(part, places), items[places], rows[places])
        if len(parts) < most:
            return
        most, skip = most * _FASTER, skip + most


class Proposals:
    """The proposals of some plans as one list in the order of release, read as far as somebody looks."""

    def __init__(self, runs: Iterable[PlanningRun], wish: Wish) -> None:
        """`runs`: those the asker may see, with their sites."""
        self._runs, self._wish = list(runs), wish

    def __getitem__(self, span: slice) -> list[Proposal]:
        """Some of them."""
        streams = [self._one_by_one(run) for run in self._runs]
        found = list(islice(heapq.merge(*streams, key=lambda one: one[:2]), span.start, span.stop))
        return _told([one[2] for one in found], firmed=self._wish.firmed is not False)

    def count(self) -> int:
        """How many there are; looks at them all."""
        return sum(len(batch.numbers) for run in self._runs for batch in batches(run, self._wish))

    def _one_by_one(self, run: PlanningRun) -> Iterator[tuple[date, int, "_Lying"]]:
        for batch in batches(run, self._wish):
            for number, item, row in zip(batch.numbers.tolist(), batch.items.tolist(), batch.rows, strict=True):
                yield day_of(run, int(row["release"])), number, _Lying(run, number, item, row)


@dataclass(frozen=True)
class _Lying:
    """A proposal as it lies in its part."""

    run: PlanningRun
    number: int
    item: int
    row: Any


def proposals_numbered(parts: QuerySet[PlanPart], numbers: Collection[int]) -> dict[int, Proposal]:
    """Proposals by their numbers, of the parts that may be seen; what is not there any more is left out."""
    places: dict[int, list[int]] = {}
    for part, place in map(part_and_place, numbers):
        places.setdefault(part, []).append(place)
    seen = {
        part.pk: part
        for part in parts.filter(pk__in=places).select_related("run__site", "run__by").defer("items", "rows")
    }
    asked = [(key, place) for key, part in seen.items() for place in places[key] if place < part.count]
    rows = fetched(
        _SOME, ("int8", "int4", "bytea", "bytea"), {"parts": [a for a, _b in asked], "places": [b for _a, b in asked]}
    )
    lying = [
        _Lying(seen[part].run, number_of(part, place), int(np.frombuffer(item, ITEM)[0]), np.frombuffer(row, ROW)[0])
        for part, place, item, row in rows
    ]
    return {one.pk: one for one in _told(lying, firmed=True)}


def _told(lying: list[_Lying], *, firmed: bool) -> list[Proposal]:
    """With their items, who stands behind them, and what came of them: a question each, however many there are."""
    items = Item.objects.select_related("unit").in_bulk({one.item for one in lying})
    numbers = [one.number for one in lying]
    known = {one.proposal: one for one in Firming.objects.filter(proposal__in=numbers)} if firmed and lying else {}
    demands = _demands(lying)
    found = []
    for one in lying:
        run, row, firming = one.run, one.row, known.get(one.number)
        found.append(
            Proposal(
                pk=one.number, run=run, item=items[one.item],
                kind=(PlanKind.MAKE if row["makes"] else PlanKind.BUY).value,
                quantity=firming.quantity if firming else Decimal(int(row["quantity"])).scaleb(-6),
                release_on=day_of(run, int(row["release"])),
                due_on=firming.due_on if firming else day_of(run, int(row["due"])),
                level=int(row["level"]), demand=demands.get(one.number, []), firming=firming,
            )
        )  # fmt: skip
    return found


def _demands(lying: list[_Lying]) -> dict[int, list[Any]]:
    """Who stands behind each: the most urgent need, by the number of the proposal."""
    backed = [one for one in lying if int(one.row["cause"]) != NOBODY]
    if not backed:
        return {}
    causes = causes_at([(one.run.pk, int(one.row["cause"])) for one in backed])
    labels = Rows.of(causes["kind"], causes["row"]).labels(np.arange(len(causes)))
    found = {}
    for place, (one, cause) in enumerate(zip(backed, causes, strict=True)):
        quantity = Decimal(int(cause["quantity"])).scaleb(-6).normalize()
        found[one.number] = [[*labels[place], f"{quantity:f}", day_of(one.run, int(cause["day"])).isoformat()]]
    return found


def causes_at(places: Sequence[tuple[int, int]]) -> NDArray[np.void]:
    """The causes (`rules.packing.CAUSE`) at these places: run and place, in this order."""
    wish = {"runs": [run for run, _place in places], "places": [place for _run, place in places]}
    return np.frombuffer(b"".join(row for _n, row in fetched(_CAUSES, ("int8", "bytea"), wish)), CAUSE)


def _among(items: Ints, only: Ints) -> NDArray[np.bool_]:
    """Which of the items are among these (sorted)."""
    if not len(only):
        return np.zeros(len(items), dtype=bool)
    return np.asarray(only[np.minimum(np.searchsorted(only, items), len(only) - 1)] == items)


def day_of(run: PlanningRun, number: int) -> date:
    """A day counted from the first day of a run."""
    return run.starts_on + timedelta(days=number)
