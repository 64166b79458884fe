"""Something else is used instead of what the bill of materials names."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext as _

from factory_core.access.policy import may, require
from factory_core.access.versions import refuse_stale
from factory_core.errors import Refused
from factory_core.events.services import publish
from factory_core.people.models import User
from inventory.items.models import Item
from production.materials import events
from production.materials.queries.booked import booked_on
from production.materials.queries.finding import alternates_of
from production.materials.rules import NOTHING, SMALLEST
from production.materials.services.common import about, because, locked_material
from production.orders.models import OrderMaterial


class NotAnAlternate(Refused):
    """The bill of materials does not name it as an alternate."""

    code = "not_an_alternate"


def use_alternate(
    *,
    actor: User,
    material_id: int,
    item: Item,
    at: datetime,
    factor: Decimal | None = None,
    reason: str = "",
    version: int | None = None,
) -> OrderMaterial:
    """Use another item for what is still open of a material; what was taken already stays as it is.

    Whoever takes material may use what the bill of materials names as an alternate (with its factor: base units of it
    instead of one). Anything else, and any other factor, is for those who manage orders, with a reason. Gives the
    material from now on. Raises NotAnAlternate, NotBookable, StaleVersion.
    """
    material = locked_material(actor, material_id)
    refuse_stale(actor, material, version, ("item", "quantity"))
    if item.pk == material.item_id:
        return material
    listed = {row.item_id: row.factor for row in alternates_of(material)}
    if item.pk not in listed or (factor is not None and factor != listed[item.pk]):
        _refuse_unlisted(actor, material, item, reason)
    factor = factor or listed.get(item.pk, Decimal(1))
    before, used = material.item, sum((row.used for row in booked_on([material.pk])[material.pk]), NOTHING)
    now_used = _split_off(material, used) if used > 0 else material
    now_used.instead_of_id = material.instead_of_id or before.pk
    now_used.item = item
    now_used.each = (now_used.each * factor).quantize(Decimal("0.000000000001"))
    now_used.quantity = (now_used.quantity * factor).quantize(SMALLEST)
    now_used.version += 1
    now_used.save()
    publish(
        events.ALTERNATE_USED, about=about(material.order, now_used, item), at=at, actor=actor, item=item.number,
        before=before.number, why=because(reason),
    )  # fmt: skip
    return now_used


def _refuse_unlisted(actor: User, material: OrderMaterial, item: Item, reason: str) -> None:
    if not may(actor, "production.order.manage", material.order) or not reason.strip():
        raise NotAnAlternate(
            _("%(item)s is no alternate of %(named)s in the bill of materials. Somebody who manages orders may use it "
              "all the same, and says why.")
            % {"item": item.number, "named": material.item.number}
        )  # fmt: skip
    require(actor, "production.order.manage", material.order)


def _split_off(material: OrderMaterial, used: Decimal) -> OrderMaterial:
    """Leave the row with what was taken, and give a new one for the rest."""
    last = material.order.materials.aggregate(last=Max("position"))["last"] or 0
    rest = OrderMaterial(
        order=material.order, operation=material.operation, position=last + 1, kind=material.kind, item=material.item,
        each=material.each, quantity=max(material.quantity - used, SMALLEST), is_fixed=material.is_fixed,
        loss_percent=material.loss_percent, issue=material.issue, designators=material.designators,
    )  # fmt: skip
    # What it needs from now on is what it got: no more will be taken, whatever is made.
    material.each, material.quantity, material.is_fixed, material.loss_percent = used, used, True, NOTHING
    material.version += 1
    material.save(update_fields=["each", "quantity", "is_fixed", "loss_percent", "version", "updated_at"])
    return rest
