"""Stock counts: their lines, what the books said when something was counted, and who counted."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.events.models import Event
from factory_core.people.models import User
from inventory.stock import events
from inventory.stock.models import CountLine, Location, StockCount, StockMove
from inventory.stock.queries.places import below, trail_of
from inventory.stock.states import CountStatus, MoveKind

UNDER_WAY = (CountStatus.OPEN, CountStatus.COUNTED)
# Clocks of tablets differ, and an act takes its time; but never this much.
LONGEST_ACT = timedelta(hours=1)
NOTHING = Decimal(0)

# What the books say now of each line, and how much moved in (less what moved out) after it was counted. Moves are told
# by when they happened, not by when they were written down: what left before the counting and was entered after it is
# no difference.
_BOOKS = """
SELECT line.id, COALESCE(balance.quantity, 0), COALESCE(after.net, 0)
FROM inventory_countline line
LEFT JOIN inventory_stockbalance balance
  ON balance.item_id = line.item_id AND balance.location_id = line.location_id
 AND balance.lot_id IS NOT DISTINCT FROM line.lot_id
LEFT JOIN (
    SELECT counted.id, SUM(CASE WHEN move.to_location_id = counted.location_id THEN move.quantity
                                ELSE -move.quantity END) AS net
    FROM inventory_stockmove move
    JOIN inventory_countline counted
      ON counted.item_id = move.item_id AND counted.lot_id IS NOT DISTINCT FROM move.lot_id
     AND counted.location_id IN (move.from_location_id, move.to_location_id)
    WHERE counted.count_id = %(count)s AND move.id > %(before)s AND move.at > counted.counted_at
    GROUP BY counted.id
) after ON after.id = line.id
WHERE line.count_id = %(count)s
"""


class NoSuchCount(Missing):
    """The stock count does not exist, or the asker may not see it."""

    code = "no_such_stock_count"


@dataclass(frozen=True)
class CountedPlace:
    """One place of a count: how many of its lines are counted."""

    place: Location
    lines: int
    counted: int


@dataclass(frozen=True)
class Told:
    """A line with what the books say: `expected` at the moment of the counting (now, where nobody counted yet),
    `moved` since the count began, and the difference found."""

    line: CountLine
    expected: Decimal
    moved: Decimal
    difference: Decimal | None


def counts_seen(actor: User) -> QuerySet[StockCount]:
    """The counts one may see, newest first, with their progress."""
    rows = StockCount.objects.select_related("location__site", "started_by", "accepted_by")
    return (
        visible(actor, rows)
        .annotate(all_lines=Count("lines"), counted_lines=Count("lines", filter=Q(lines__counted__isnull=False)))
        .order_by("-id")
    )


def counts_found(actor: User, text: str) -> QuerySet[StockCount]:
    """Counts whose number begins with a text, newest first."""
    rows = StockCount.objects.select_related("location").filter(number__istartswith=text.strip())
    return visible(actor, rows).order_by("-id")


def count_or_missing(actor: User, number: str) -> StockCount:
    """A count by its number. Raises NoSuchCount."""
    found = counts_seen(actor).filter(number=number).first()
    if found is None:
        raise NoSuchCount(_("There is no stock count '%(number)s' that you may see.") % {"number": number[:30]})
    return found


def count_covering(
    place: Location, trail: list[tuple[str, str]] | None = None, inside: list[int] | None = None
) -> StockCount | None:
    """A count under way that covers a place, or part of what is inside it. Where the place stands, and what is inside
    it, may be given by whoever knows it."""
    codes = [code for code, _name in (trail_of(place) if trail is None else trail)]
    return (
        StockCount.objects.filter(status__in=UNDER_WAY)
        .filter(Q(location__code__in=codes) | Q(location__in=below(place) if inside is None else inside))
        .select_related("location")
        .first()
    )


def places_of(count: StockCount) -> list[CountedPlace]:
    """The places of a count in order, with their progress."""
    rows = (
        CountLine.objects.filter(count=count)
        .values("location")
        .annotate(all=Count("id"), done=Count("id", filter=Q(counted__isnull=False)))
    )
    totals = {row["location"]: (row["all"], row["done"]) for row in rows}
    places = Location.objects.filter(pk__in=totals).order_by("code")
    return [CountedPlace(place, *totals[place.pk]) for place in places]


def lines_at(count: StockCount, place: Location) -> list[CountLine]:
    """The lines of one place."""
    rows = CountLine.objects.filter(count=count, location=place).select_related("item__unit", "lot", "counted_by")
    return list(rows.order_by("item__number", "lot__number", "id"))


def told_lines(count: StockCount, place: Location | None = None) -> list[Told]:
    """The lines of a count with what the books say of them: two questions, however many lines."""
    lines = CountLine.objects.filter(count=count).select_related("item__unit", "lot", "location", "counted_by")
    if place is not None:
        lines = lines.filter(location=place)
    if count.status in UNDER_WAY:
        books = _books(count)
        return [_told(line, *books[line.pk]) for line in lines]
    posted = _posted(count)
    return [_as_posted(line, posted.get((line.item_id, line.location_id, line.lot_id), NOTHING)) for line in lines]


def counters_of(count: StockCount) -> set[int]:
    """Everybody who began the count or ever counted one of its lines, also where somebody else counted again."""
    told = Event.objects.filter(
        name__in=[events.COUNT_STARTED.name, events.LINE_COUNTED.name],
        subjects__kind=count._meta.label_lower,
        subjects__key=count.pk,
    )
    stand = CountLine.objects.filter(count=count, counted_by__isnull=False).values_list("counted_by", flat=True)
    return {count.started_by_id, *told.values_list("actor", flat=True), *stand}


def _books(count: StockCount) -> dict[int, tuple[Decimal, Decimal]]:
    first = CountLine.objects.filter(count=count).aggregate(first=Min("counted_at"))["first"]
    # What happened after the first line was counted was not written down long before it.
    older = StockMove.objects.filter(recorded_at__lt=first - LONGEST_ACT) if first else StockMove.objects.all()
    before = older.order_by("-id").values_list("pk", flat=True).first() or 0
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, {"count": count.pk, "before": before})
        return {key: (now, after) for key, now, after in cursor.fetchall()}


def _told(line: CountLine, now: Decimal, after: Decimal) -> Told:
    expected = now - after
    difference = None if line.counted is None else line.counted - expected
    return Told(line, expected, expected - line.expected, difference)


def _posted(count: StockCount) -> dict[tuple[int, int, int | None], Decimal]:
    moves = StockMove.objects.filter(
        source_kind=count._meta.label_lower, source_id=count.pk, kind=MoveKind.ADJUST, corrects=None
    ).select_related("to_location", "from_location")
    differences = {}
    for move in moves:
        came = move.from_location.is_outside
        place = move.to_location_id if came else move.from_location_id
        differences[move.item_id, place, move.lot_id] = move.quantity if came else -move.quantity
    return differences


def _as_posted(line: CountLine, difference: Decimal) -> Told:
    if line.counted is None:
        return Told(line, line.expected, NOTHING, None)
    expected = line.counted - difference
    return Told(line, expected, expected - line.expected, difference)
