"""Acts on bills of materials: drafted, copied, changed, released, made obsolete."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from factory_core.people.models import User
from inventory.items.models import Item
from inventory.items.queries import factor_of
from inventory.items.services.common import tell
from production.products import events
from production.products.models import Bom, BomAlternate, BomLine
from production.products.queries import lines_of
from production.products.services.common import (
    RELEASE,
    NothingInIt,
    lock_structure,
    locked_design,
    must_be_draft,
    refuse,
    saved,
    told,
)
from production.products.services.designs import changed, copied_facts, drafted, released, retired, tell_change
from production.products.services.rings import refuse_ring, used_by
from production.products.states import LineKind

CHANGEABLE = ("code", "quantity", "is_phantom", "valid_from", "valid_until", "note")


def draft_bom(
    *,
    actor: User,
    item: Item,
    at: datetime,
    code: str = "",
    quantity: Decimal = Decimal(1),
    is_phantom: bool = False,
    valid_from: date | None = None,
    valid_until: date | None = None,
    note: str = "",
) -> Bom:
    """A bill of materials without lines; `quantity` base units of the item are what its lines make.

    Raises NoSuchItem, BadDesign, Forbidden.
    """
    facts = {"quantity": quantity, "is_phantom": is_phantom, "valid_from": valid_from, "valid_until": valid_until}
    bom = drafted(Bom, actor, item, code, {**facts, "note": note.strip()})
    _check_quantity(bom)
    bom.save()
    told(events.BOM_DRAFTED, bom, at=at, actor=actor)
    return bom


def copy_bom(*, actor: User, bom_id: int, at: datetime, code: str = "") -> Bom:
    """A new draft with the lines and alternates of another version; it has no days yet. Raises NoSuchDesign."""
    former = locked_design(Bom, actor, bom_id)
    facts = {"quantity": former.quantity, "is_phantom": former.is_phantom}
    bom = drafted(Bom, actor, former.item, code, facts)
    bom.save()
    for line in lines_of(former):
        copy = BomLine.objects.create(bom=bom, **copied_facts(line, "bom"))
        for one in line.alternates.all():
            BomAlternate.objects.create(line=copy, **copied_facts(one, "line"))
    told(events.BOM_COPIED, bom, at=at, actor=actor, copied=str(former))
    return bom


def change_bom(*, actor: User, bom_id: int, wish: dict[str, Any], at: datetime, version: int | None = None) -> Bom:
    """Change facts of a draft (CHANGEABLE). Raises NoSuchDesign, StaleVersion, DesignStands, BadDesign, Forbidden."""
    bom = locked_design(Bom, actor, bom_id, version)
    if "quantity" in wish and wish["quantity"] is not None:
        _check_quantity(Bom(item=bom.item, quantity=wish["quantity"]))
    names = changed(bom, wish, CHANGEABLE)
    tell_change(events.BOM_CHANGED, bom, names, at, actor)
    return bom


def release_bom(
    *,
    actor: User,
    bom_id: int,
    at: datetime,
    valid_from: date | None = None,
    ends_former: bool = True,
    version: int | None = None,
) -> Bom:
    """Let a draft be in force from a day on (`valid_from`, else the draft's own; none: always).

    The version before it ends that day with `ends_former`; where there is one and no day was said, the new one begins
    on the day of the act. How much of the base unit each unit is, is read afresh. Raises NoSuchDesign, StaleVersion,
    DesignStands, NothingInIt, ProductRing, OneReleasedADay, BadDesign, NoConversion, Forbidden.
    """
    lock_structure()
    bom = locked_design(Bom, actor, bom_id, version, capability=RELEASE)
    must_be_draft(bom)
    lines = list(lines_of(bom))
    if not any(line.kind == LineKind.COMPONENT for line in lines):
        raise NothingInIt(_("%(bom)s has no component. Add what it is made of, then release it.") % {"bom": bom})
    for line in lines:
        if not line.item.is_active:
            raise refuse("lines", _("%(item)s is no longer in use. Take it out first.") % {"item": line.item.number})
        factor = factor_of(line.item, line.unit)
        if factor != line.factor:
            line.factor = factor
            saved(line, ["factor"])
    released(bom, actor, at, valid_from, ends_former, events.BOM_RELEASED, events.BOM_ENDED)
    refuse_ring(bom, used_by(lines))
    return bom


def retire_bom(*, actor: User, bom_id: int, reason: str, at: datetime, version: int | None = None) -> Bom:
    """Use a released one no more; orders keep what they froze. Raises NoSuchDesign, StaleVersion, DesignStands."""
    bom = locked_design(Bom, actor, bom_id, version, capability=RELEASE)
    retired(bom, actor, reason, at, events.BOM_RETIRED)
    return bom


def remove_bom(*, actor: User, bom_id: int, at: datetime, version: int | None = None) -> Item:
    """Throw a draft away; gives its item. Raises NoSuchDesign, StaleVersion, DesignStands, Forbidden."""
    bom = locked_design(Bom, actor, bom_id, version)
    must_be_draft(bom)
    item, code = bom.item, bom.code
    bom.delete()
    tell(events.BOM_REMOVED, item, at=at, actor=actor, code=code)
    return item


def _check_quantity(bom: Bom) -> None:
    if not (bom.quantity.is_finite() and bom.quantity > 0):
        raise refuse("quantity", _("Say for how many %(unit)s the lines are, above zero.") % {"unit": bom.item.unit})
