"""What bills of materials and routings have in common: versions that are drafted, released and made obsolete."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.events.types import EventType
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.items.queries import NoSuchItem
from production.products.models import Bom, Routing
from production.products.services.common import (
    MANAGE,
    Design,
    DesignStands,
    OneReleasedADay,
    check_days,
    checked,
    labels,
    must_be_draft,
    refuse,
    saved,
    take,
    told,
    word,
)
from production.products.states import DesignStatus, can_move

_NEVER_CHANGED = ("created_at", "updated_at", "id", "version")


def drafted(kind: type[Design], actor: User, item: Item, code: str, facts: Mapping[str, Any]) -> Design:
    """A new draft of an item; an empty code becomes the next number. Raises BadDesign, NoSuchItem, Forbidden."""
    require(actor, MANAGE)
    if not visible(actor, Item.objects.filter(pk=item.pk)).exists():
        raise NoSuchItem(_("There is no such item that you may see."))
    # The item's row keeps two people from drafting the same version at once.
    item = Item.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=item.pk)
    if not item.is_active:
        raise refuse("item", _("%(item)s is no longer in use.") % {"item": item.number})
    made = kind(item=item, code=code.strip() or next_code(kind, item), **facts)
    checked(made)
    check_days(made)
    if kind._default_manager.filter(item=item, code=made.code).exists():
        raise refuse("code", _("%(item)s has a version %(code)s already.") % {"item": item.number, "code": made.code})
    return made


def next_code(kind: type[Design], item: Item) -> str:
    """The number after the highest one used as a version of the item."""
    codes = kind._default_manager.filter(item=item).values_list("code", flat=True)
    return str(max((int(code) for code in codes if code.isdecimal()), default=0) + 1)


def changed(design: Bom | Routing, wish: Mapping[str, Any], allowed: tuple[str, ...]) -> list[str]:
    """Store facts of a draft; gives what differs. Raises DesignStands, BadDesign."""
    must_be_draft(design)
    names = take(design, wish, allowed)
    checked(design)
    check_days(design)
    if "code" in names and type(design)._default_manager.filter(item=design.item, code=design.code).exists():
        raise refuse(
            "code", _("%(item)s has a version %(code)s already.") % {"item": design.item.number, "code": design.code}
        )
    if names:
        saved(design, names)
    return names


def released(
    design: Design, actor: User, at: datetime, since: date | None, ends_former: bool, said: EventType, ended: EventType
) -> None:
    """A draft becomes the one in force from a day on; the version before it ends that day if wished.

    Raises DesignStands, OneReleasedADay where the database finds another one released for some of these days.
    """
    _must_move(design, DesignStatus.RELEASED)
    if since is not None:
        design.valid_from = since
    check_days(design)
    if ends_former:
        _end_former(design, actor, at, ended)
    design.status = DesignStatus.RELEASED
    try:
        with transaction.atomic():
            saved(design, ["status", "valid_from"])
    except IntegrityError as error:
        if "one_released_a_day" not in str(error):
            raise
        raise _taken(design) from error
    told(said, design, at=at, actor=actor, since=design.valid_from.isoformat() if design.valid_from else "–")


def retired(design: Bom | Routing, actor: User, reason: str, at: datetime, said: EventType) -> None:
    """A released one is used no more. Raises DesignStands, BadDesign without a reason."""
    _must_move(design, DesignStatus.OBSOLETE)
    why = reason.strip()[:200]
    if not why:
        raise refuse("reason", _("Say why: the reason stands in the story of the item."))
    design.status = DesignStatus.OBSOLETE
    saved(design, ["status"])
    told(said, design, at=at, actor=actor, reason=why)


def tell_change(said: EventType, design: Bom | Routing, names: list[str], at: datetime, actor: User) -> None:
    """Publish what changed, if something did."""
    if names:
        told(said, design, at=at, actor=actor, what=labels(design, names))


def copied_facts(record: Any, *besides: str) -> dict[str, Any]:
    """The facts of a record a copy takes over; `besides` names what the copy has its own of."""
    names = [field.name for field in record._meta.concrete_fields]
    return {name: getattr(record, name) for name in names if name not in _NEVER_CHANGED and name not in besides}


def _end_former(design: Design, actor: User, at: datetime, ended: EventType) -> None:
    others = type(design)._default_manager.select_for_update(of=("self",)).select_related("item")
    rows = others.filter(item=design.item, status=DesignStatus.RELEASED)
    if design.valid_from is None and rows.exists():
        # Without a day the new one would also be what was in force all the time before.
        design.valid_from = timezone.localdate(at)
    if design.valid_from is None:
        return
    began, goes_on = Q(valid_from=None) | Q(valid_from__lt=design.valid_from), Q(valid_until=None)
    for former in rows.filter(began, goes_on | Q(valid_until__gt=design.valid_from)):
        former.valid_until = design.valid_from
        saved(former, ["valid_until"])
        told(ended, former, at=at, actor=actor, until=design.valid_from.isoformat())


def _taken(design: Design) -> OneReleasedADay:
    others = type(design)._default_manager.filter(item=design.item, status=DesignStatus.RELEASED)
    if design.valid_from is not None:
        others = others.filter(Q(valid_until=None) | Q(valid_until__gt=design.valid_from))
    if design.valid_until is not None:
        others = others.filter(Q(valid_from=None) | Q(valid_from__lt=design.valid_until))
    other = others.exclude(pk=design.pk).order_by("valid_from").first()
    since, until = (other.valid_from, other.valid_until) if other else (None, None)
    return OneReleasedADay(
        _("%(other)s is released from %(since)s until before %(until)s, and an item has one version a day. "
          "Release this one from a later day, or end or retire the other one first.")
        % {"other": other or "–", "since": since or "…", "until": until or "…"}
    )  # fmt: skip


def _must_move(design: Bom | Routing, there: DesignStatus) -> None:
    if not can_move(design.status, there):
        raise DesignStands(
            _("%(design)s is %(here)s and cannot become %(there)s.")
            % {"design": design, "here": word(design.status), "there": word(there)}
        )
