"""Turn suggestions into orders, once; or say that one is not wanted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import Invalid, Refused, StaleVersion
from factory_core.events.services import publish
from factory_core.people.models import User
from inventory.purchasing.models import PurchaseOrder
from inventory.purchasing.services import order_from
from inventory.replenishment import events
from inventory.replenishment.models import Suggestion
from inventory.replenishment.queries import NoSuchSuggestion
from inventory.replenishment.states import SuggestionStatus

MANAGE = "inventory.purchasing.manage"
MOST_AT_ONCE = 500


class AlreadyTaken(Refused):
    """The suggestion was ordered already."""

    code = "already_taken"


class SuggestionOver(Refused):
    """The suggestion was dismissed or is no longer needed."""

    code = "suggestion_over"


class NoSupplier(Refused):
    """Nobody is known to deliver the item."""

    code = "no_supplier"


class NothingChosen(Invalid):
    """An order needs at least one suggestion."""

    code = "nothing_chosen"


class ReasonMissing(Invalid):
    """Whoever dismisses a suggestion says why."""

    code = "reason_needed"


def take(
    *, actor: User, suggestion_ids: Sequence[int], at: datetime, versions: Mapping[int, int] | None = None
) -> list[PurchaseOrder]:
    """Draft one order a supplier (and site) for open suggestions; all of them or none.

    `versions`: what the person read, by suggestion. Raises AlreadyTaken, SuggestionOver, NoSupplier, StaleVersion.
    """
    chosen = _locked(actor, suggestion_ids)
    groups: dict[tuple[int, int], list[Suggestion]] = {}
    for one in chosen:
        require(actor, MANAGE, one)
        _refuse_stale(one, (versions or {}).get(one.pk))
        if one.supplier_id is None:
            raise NoSupplier(
                _("Nobody is known to deliver %(item)s. Give the item a supplier, then look again.")
                % {"item": one.item.number}
            )
        groups.setdefault((one.site_id, one.supplier_id), []).append(one)
    return [_ordered(actor, rows, at) for rows in groups.values()]


def dismiss(*, actor: User, suggestion_id: int, reason: str, at: datetime, version: int | None = None) -> Suggestion:
    """Say why a suggestion is not followed; it keeps quiet until more is needed.

    Raises SuggestionOver, AlreadyTaken, StaleVersion.
    """
    (one,) = _locked(actor, [suggestion_id])
    require(actor, MANAGE, one)
    _refuse_stale(one, version)
    why = reason.strip()[:200]
    if not why:
        raise ReasonMissing(
            _("Say why %(item)s is not ordered: the next one who looks wants to know.") % {"item": one.item.number}
        )
    one.status, one.reason = SuggestionStatus.DISMISSED, {**one.reason, "dismissed": why}
    one.version += 1
    one.save(update_fields=["status", "reason", "version", "updated_at"])
    publish(events.SUGGESTION_DISMISSED, about=[one, one.item], at=at, actor=actor, reason=why, **_amount(one))
    return one


def _ordered(actor: User, rows: list[Suggestion], at: datetime) -> PurchaseOrder:
    supplier = rows[0].supplier
    if supplier is None:
        raise ValueError("suggestions are grouped by supplier before they are ordered")
    wishes = [(one.item, one.quantity, one.wanted_on) for one in rows]
    order = order_from(actor=actor, supplier=supplier, site=rows[0].site, wishes=wishes, at=at)
    for one, line in zip(rows, order.lines.order_by("position"), strict=True):
        one.status, one.order_line = SuggestionStatus.TAKEN, line
        one.version += 1
        one.save(update_fields=["status", "order_line", "version", "updated_at"])
        publish(events.SUGGESTION_TAKEN, about=[one, one.item, order], at=at, actor=actor, **_amount(one))
    return order


def _locked(actor: User, ids: Sequence[int]) -> list[Suggestion]:
    """Open suggestions, held still: of two clicks one waits here and then reads what the other made."""
    wanted = sorted(set(ids))
    if not wanted:
        raise NothingChosen(_("Choose at least one suggestion."))
    if len(wanted) > MOST_AT_ONCE:
        raise NothingChosen(_("Choose at most %(most)d suggestions at once.") % {"most": MOST_AT_ONCE})
    seen = visible(actor, Suggestion.objects.filter(pk__in=wanted)).select_for_update(of=("self",)).order_by("id")
    # Locked first and read afterwards: what another click has joined to them meanwhile is read with them.
    rows = Suggestion.objects.select_related("item__unit", "site", "supplier", "order_line__order").order_by("id")
    found = list(rows.filter(pk__in=list(seen.values_list("pk", flat=True))))
    if len(found) != len(wanted):
        raise NoSuchSuggestion(_("There is no such suggestion that you may see."))
    for one in found:
        _refuse_over(one)
    return found


def _refuse_over(one: Suggestion) -> None:
    if one.status == SuggestionStatus.TAKEN and one.order_line is not None:
        raise AlreadyTaken(
            _("The suggestion for %(item)s was ordered already with %(order)s.")
            % {"item": one.item.number, "order": one.order_line.order.number},
            order=one.order_line.order.number,
        )
    if one.status != SuggestionStatus.OPEN:
        raise SuggestionOver(
            _("The suggestion for %(item)s is %(status)s.")
            % {"item": one.item.number, "status": events.STATUS_WORDS[SuggestionStatus(one.status)]}
        )


def _refuse_stale(one: Suggestion, version: int | None) -> None:
    if version is not None and version != one.version:
        raise StaleVersion(
            _("The suggestion for %(item)s changed: it is %(quantity)s %(unit)s now. Look again, then decide.")
            % {"item": one.item.number, **_amount(one)},
            current={
                "version": one.version,
                "quantity": f"{one.quantity.normalize():f}",
                "wanted_on": one.wanted_on.isoformat(),
            },
        )


def _amount(one: Suggestion) -> dict[str, Any]:
    return {"quantity": f"{one.quantity.normalize():f}", "unit": one.item.unit.code}
