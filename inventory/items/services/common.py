"""What the acts of this room share: refusals, an item locked, a fault beside its field, whose site tells it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import Invalid, Missing, Refused, StaleVersion
from factory_core.events.services import publish
from factory_core.events.types import EventType
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item
from inventory.items.queries import NoSuchItem

MANAGE = "inventory.item.manage"


class BadItem(Invalid):
    """Facts of an item, or of what belongs to it, have faults; `errors` has a sentence for each."""

    code = "bad_item"


class CodeInUse(Refused):
    """Another item has this number, GTIN or barcode already."""

    code = "code_in_use"


class ItemInUse(Refused):
    """There is stock, or a document, that relies on how the item is counted."""

    code = "item_in_use"


class NoSuchPart(Missing):
    """The item has no such unit, barcode, revision, supplier or paper."""

    code = "no_such_part_of_item"


def locked_item(actor: User, item_id: int, capability: str = MANAGE) -> Item:
    """An item to be changed, with what belongs to it. Raises NoSuchItem, Forbidden."""
    found = visible(actor, Item.objects.all()).filter(pk=item_id).exists()
    if not found:
        raise NoSuchItem(_("There is no such item that you may see."))
    require(actor, capability)
    return Item.objects.select_for_update(of=("self",), no_key=True).select_related("unit").get(pk=item_id)


def check_version(record: Any, version: int | None, current: Mapping[str, Any]) -> None:
    """Raises StaleVersion with what stands there now, when somebody changed the record since it was read."""
    if version is not None and version != record.version:
        raise StaleVersion(
            _("Somebody changed %(thing)s meanwhile. Compare both, then save again.") % {"thing": record},
            current={**current, "version": record.version},
        )


def refuse(name: str, sentence: str, code: str = "invalid") -> BadItem:
    """A refusal that stands beside one field."""
    return BadItem(sentence, errors=[{"pointer": f"/{name}", "code": code, "message": sentence}])


def checked(record: models.Model, exclude: Sequence[str] = ()) -> None:
    """Check a record's own fields; what must be unique is checked by the act and the database. Raises BadItem."""
    try:
        record.clean_fields(exclude=exclude)
    except ValidationError as error:
        errors = [
            {"pointer": f"/{name}", "code": one.code or "invalid", "message": sentence}
            for name, faults in error.error_dict.items()
            for one in faults
            for sentence in one.messages
        ]
        raise BadItem(str(errors[0]["message"]), errors=errors) from error


def saved(record: Any, fields: Sequence[str]) -> None:
    """Store some fields of a record, one version further."""
    record.version += 1
    record.save(update_fields=[*fields, "version", "updated_at"])


def readable(value: Any) -> Any:
    """A fact for comparing two versions: words and codes, amounts without trailing zeros."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def tell(kind: EventType, *about: models.Model, at: datetime, actor: User, **payload: Any) -> None:
    """Publish what happened to an item. Items belong to the whole plant: their story is kept at the actor's site."""
    sites = visible(actor, Site.objects.order_by("pk"), "inventory.item.view")
    site = sites.first() or Site.objects.order_by("pk").first()
    publish(kind, about=[*about, *([site] if site else [])], at=at, actor=actor, **payload)
