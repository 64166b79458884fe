"""Counting stock: one freezes what is expected, others count, and somebody who did not count accepts."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.db import connection
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import StaleVersion
from factory_core.events.services import publish
from factory_core.numbering.services import next_number
from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.sources import SourceRef
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.stock import events
from inventory.stock.models import CountLine, Location, StockCount
from inventory.stock.queries.counting import NoSuchCount, count_covering, counters_of, told_lines
from inventory.stock.queries.places import below
from inventory.stock.rules.moving import LARGEST, SMALLEST
from inventory.stock.services.acts import adjust
from inventory.stock.services.allowing import require_any
from inventory.stock.services.ledger import lock_items, refuse_tracking
from inventory.stock.services.place_refusals import (
    BadPlace,
    CountedAlready,
    CountUnderWay,
    NotAllCounted,
    NotInCount,
    TwoPeopleNeeded,
    WrongCountStatus,
)
from inventory.stock.services.refusals import BadQuantity
from inventory.stock.services.telling import told, what
from inventory.stock.states import COUNT_MOVES, CountStatus

COUNT, ACCEPT = "inventory.stock.count", "inventory.stock.adjust"

# The lines of a count in one statement: whatever moves meanwhile is wholly in it or wholly not.
_FREEZE = """
INSERT INTO inventory_countline (version, created_at, updated_at, count_id, item_id, lot_id, location_id, expected,
                                 counted, counted_by_id, counted_at, reason)
SELECT 1, %(at)s, %(at)s, %(count)s, item_id, lot_id, location_id, quantity, NULL, NULL, NULL, ''
FROM inventory_stockbalance WHERE location_id = ANY(%(places)s) AND quantity > 0
"""


class Again(StrEnum):
    """What to do where a line was counted before: refuse, count anew, or add a second heap to it."""

    REFUSE = "refuse"
    REPLACE = "replace"
    ADD = "add"


def start_count(*, actor: User, location: Location, at: datetime, is_blind: bool = True) -> StockCount:
    """Begin to count everything at a place and inside it. Raises CountUnderWay, BadPlace."""
    require(actor, COUNT, location.site)
    if location.is_outside:
        raise BadPlace(_("What is outside the stock cannot be counted."))
    # Two counts of overlapping places begun at once must end as one.
    Site.objects.select_for_update(no_key=True).get(pk=location.site_id)
    other = count_covering(location)
    if other is not None:
        raise CountUnderWay(
            _("%(place)s is part of count %(count)s, which is not over. End that one first.")
            % {"place": location.code, "count": other.number}
        )
    count = StockCount.objects.create(
        number=next_number("stock_count", prefix="CNT-"), location=location, started_by=actor, is_blind=is_blind
    )
    with connection.cursor() as cursor:
        cursor.execute(_FREEZE, {"at": count.created_at, "count": count.pk, "places": below(location)})
        lines = cursor.rowcount
    publish(events.COUNT_STARTED, about=[count, location], at=at, actor=actor, place=location.code, lines=lines)
    return count


def note_counted(
    *,
    actor: User,
    count_id: int,
    location: Location,
    item: Item,
    quantity: Decimal,
    at: datetime,
    lot: Lot | None = None,
    again: str = Again.REFUSE,
    reason: str = "",
) -> CountLine:
    """So much of an item or lot was found at a place, in base units; also what nobody expected there.

    Raises WrongCountStatus, NotInCount, CountedAlready, BadQuantity, LotNeeded, LotOfOther, SerialIsOne.
    """
    count = _locked(actor, count_id, COUNT)
    _refuse_status(count, CountStatus.OPEN)
    if location.pk not in below(count.location):
        raise NotInCount(
            _("%(place)s is no part of count %(count)s, which counts %(whole)s and what is inside it.")
            % {"place": location.code, "count": count.number, "whole": count.location.code}
        )
    if not quantity.is_finite() or not 0 <= quantity < LARGEST or quantity != quantity.quantize(SMALLEST):
        raise BadQuantity(
            _("%(quantity)s cannot have been counted: enter zero or more, with at most six digits behind the point.")
            % {"quantity": quantity}
        )
    refuse_tracking(item, lot, quantity or Decimal(1))
    line = CountLine.objects.filter(count=count, item=item, location=location, lot=lot).first()
    if line is None:
        line = CountLine.objects.create(count=count, item=item, location=location, lot=lot, expected=Decimal(0))
    quantity = _with_what_was(line, quantity, Again(again))
    line.counted, line.counted_by, line.counted_at = quantity, actor, at
    line.reason = reason.strip()[:200] or line.reason
    line.version += 1
    line.save(update_fields=["counted", "counted_by", "counted_at", "reason", "version", "updated_at"])
    publish(
        events.LINE_COUNTED,
        about=[count, location],
        at=at,
        actor=actor,
        what=what(item, lot, quantity),
        place=location.code,
        item=item.pk,
    )
    return line


def finish_count(
    *, actor: User, count_id: int, at: datetime, version: int | None = None, rest_is_nothing: bool = False
) -> StockCount:
    """The counting is over and somebody else may accept it. `rest_is_nothing`: what nobody counted was not found.

    Raises NotAllCounted, WrongCountStatus, StaleVersion.
    """
    count = _locked(actor, count_id, COUNT, version=version)
    _refuse_status(count, CountStatus.OPEN)
    rest = CountLine.objects.filter(count=count, counted=None).select_related("item__unit", "lot", "location")
    if rest and not rest_is_nothing:
        raise NotAllCounted(
            _(
                "%(lines)d lines of %(count)s are not counted, the first in %(place)s. Count them, or say that the "
                "rest was not found."
            )
            % {"lines": len(rest), "count": count.number, "place": rest[0].location.code}
        )
    for line in list(rest):
        note_counted(
            actor=actor,
            count_id=count_id,
            location=line.location,
            item=line.item,
            lot=line.lot,
            quantity=Decimal(0),
            at=at,
        )
    _move(count, CountStatus.COUNTED)
    publish(events.COUNT_FINISHED, about=[count, count.location], at=at, actor=actor, place=count.location.code)
    return count


def count_again(*, actor: User, line_id: int, at: datetime, count_id: int | None = None) -> CountLine:
    """Have a line (of `count_id`, where it is said) counted once more; the count is open again. Whoever counts or
    accepts may wish it.

    Raises NotInCount, WrongCountStatus.
    """
    line = visible(actor, CountLine.objects.select_related("count")).filter(pk=line_id).first()
    if line is None or count_id not in (None, line.count_id):
        raise NotInCount(_("There is no such line of a count that you may see."))
    count = _locked(actor, line.count_id, COUNT, ACCEPT)
    _refuse_status(count, CountStatus.OPEN, CountStatus.COUNTED)
    line = CountLine.objects.select_related("item", "location").get(pk=line_id)
    line.counted = line.counted_by = line.counted_at = None
    line.version += 1
    line.save(update_fields=["counted", "counted_by", "counted_at", "version", "updated_at"])
    if count.status == CountStatus.COUNTED:
        _move(count, CountStatus.OPEN)
    publish(
        events.LINE_AGAIN,
        about=[count, line.location],
        at=at,
        actor=actor,
        item=str(line.item),
        place=line.location.code,
    )
    return line


def accept_count(
    *,
    actor: User,
    count_id: int,
    at: datetime,
    version: int | None = None,
    reasons: Mapping[int, str] | None = None,
) -> StockCount:
    """Accept the differences of a count and put the books right. Who began it or counted in it may not.

    `reasons`: why a line differs, by line id. Raises TwoPeopleNeeded, WrongCountStatus, StaleVersion, and whatever the
    ledger refuses, NotEnough where what is missing is reserved.
    """
    count = _locked(actor, count_id, ACCEPT, version=version)
    _refuse_status(count, CountStatus.COUNTED)
    if actor.pk in counters_of(count):
        raise TwoPeopleNeeded(
            _("You began %(count)s or counted in it, so somebody else must accept it: four eyes see more than two.")
            % {"count": count.number}
        )
    lines = list(CountLine.objects.filter(count=count).select_related("item"))
    lock_items({line.item_id: line.item for line in lines}.values())
    differing = [one for one in told_lines(count) if one.difference]
    usual, source = _("Stock count %(number)s") % {"number": count.number}, SourceRef.of(count)
    for one in differing:
        line, given = one.line, (reasons or {}).get(one.line.pk, "").strip()[:200]
        if given and given != line.reason:
            line.reason = given
            line.version += 1
            line.save(update_fields=["reason", "version", "updated_at"])
        adjust(
            actor=actor,
            item=line.item,
            lot=line.lot,
            location=line.location,
            difference=one.difference or Decimal(0),
            at=at,
            reason=line.reason or usual,
            source=source,
            key=f"{count.number}:{line.pk}",
        )
    count.accepted_by = actor
    _move(count, CountStatus.POSTED, "accepted_by")
    publish(
        events.COUNT_ACCEPTED,
        about=[count, count.location],
        at=at,
        actor=actor,
        place=count.location.code,
        differences=len(differing),
    )
    return count


def cancel_count(*, actor: User, count_id: int, at: datetime, version: int | None = None) -> StockCount:
    """Give a count up; nothing changes. Raises WrongCountStatus, StaleVersion."""
    count = _locked(actor, count_id, COUNT, ACCEPT, version=version)
    _refuse_status(count, CountStatus.OPEN, CountStatus.COUNTED)
    _move(count, CountStatus.CANCELLED)
    publish(events.COUNT_CANCELLED, about=[count, count.location], at=at, actor=actor, place=count.location.code)
    return count


def _with_what_was(line: CountLine, quantity: Decimal, again: Again) -> Decimal:
    if line.counted is None or again is Again.REPLACE:
        return quantity
    if again is Again.ADD:
        return line.counted + quantity
    raise CountedAlready(
        _("%(who)s counted %(quantity)s %(unit)s of %(item)s here. Say whether yours replaces that or is added to it.")
        % {
            "who": line.counted_by.name if line.counted_by else "–",
            "quantity": told(line.counted),
            "unit": line.item.unit.code,
            "item": line.item.number,
        },
        counted=str(line.counted),
    )


def _locked(actor: User, count_id: int, *rights: str, version: int | None = None) -> StockCount:
    count = visible(actor, StockCount.objects.select_related("location__site")).filter(pk=count_id).first()
    if count is None:
        raise NoSuchCount(_("There is no such stock count that you may see."))
    require_any(actor, rights, count.location.site)
    locked = StockCount.objects.select_for_update(of=("self",), no_key=True).select_related("location__site")
    count = locked.get(pk=count_id)
    if version is not None and version != count.version:
        raise StaleVersion(
            _("%(count)s is %(status)s meanwhile. Look again, then decide.")
            % {"count": count.number, "status": events.COUNT_WORDS[CountStatus(count.status)]},
            current={"version": count.version, "status": count.status},
        )
    return count


def _refuse_status(count: StockCount, *allowed: CountStatus) -> None:
    if count.status not in allowed:
        raise WrongCountStatus(
            _("%(count)s is %(status)s, so this is not possible any more or not yet.")
            % {"count": count.number, "status": events.COUNT_WORDS[CountStatus(count.status)]}
        )


def _move(count: StockCount, there: CountStatus, *fields: str) -> None:
    if there not in COUNT_MOVES[CountStatus(count.status)]:
        raise WrongCountStatus(
            _("%(count)s is %(here)s and cannot become %(there)s.")
            % {
                "count": count.number,
                "here": events.COUNT_WORDS[CountStatus(count.status)],
                "there": events.COUNT_WORDS[there],
            }
        )
    count.status = there
    count.version += 1
    count.save(update_fields=["status", *fields, "version", "updated_at"])
