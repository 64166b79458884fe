"""What the acts on products share: refusals, locking, checking, saving and telling."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.access.versions import refuse_stale
from factory_core.errors import Invalid, Refused
from factory_core.events.types import EventType
from factory_core.people.models import User
from factory_core.tables import Record
from inventory.items.services.common import tell
from production.products.events import STATUS_WORDS
from production.products.models import Bom, Routing
from production.products.queries import NoSuchDesign
from production.products.states import DesignStatus

MANAGE, RELEASE = "production.product.manage", "production.product.release"
_STRUCTURE = "SELECT pg_advisory_xact_lock(hashtext('production.products.structure'))"

_UNSET = object()

Design = TypeVar("Design", Bom, Routing)
Part = TypeVar("Part", bound=Record)


class BadDesign(Invalid):
    """Facts of a bill of materials, routing or work centre have faults; `errors` has a sentence for each."""

    code = "bad_design"


class DesignStands(Refused):
    """The status forbids it: only a draft changes, only a draft is released."""

    code = "design_stands"


class NothingInIt(Refused):
    """A bill of materials without lines, or a routing without operations, cannot be released."""

    code = "nothing_in_it"


class OneReleasedADay(Refused):
    """Another version of the item is released for some of these days."""

    code = "one_released_a_day"


def lock_structure() -> None:
    """Let one act at a time change what is made of what, so that no two together close a ring. Ends with the act.

    Taken before any row is locked, so that nobody waits crosswise.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STRUCTURE)


def locked_design(
    kind: type[Design], actor: User, key: int, version: int | None = None, *, capability: str = MANAGE
) -> Design:
    """A bill of materials or routing under a row lock. Raises NoSuchDesign, Forbidden, StaleVersion."""
    if not visible(actor, kind._default_manager.filter(pk=key)).exists():
        raise NoSuchDesign(_("There is no such version that you may see."))
    require(actor, capability)
    found: Design = kind._default_manager.select_for_update(of=("self",)).select_related("item__unit").get(pk=key)
    refuse_stale(actor, found, version, ("status", "valid_from", "valid_until", "note"))
    return found


def must_be_draft(design: Bom | Routing) -> None:
    """Raises DesignStands: what was released is never changed, a new version is drafted."""
    if design.status != DesignStatus.DRAFT:
        raise DesignStands(
            _("%(design)s is %(status)s and no longer changes. Copy it to a new version and change that.")
            % {"design": design, "status": word(design.status)}
        )


def part_of(kind: type[Part], actor: User, key: int, version: int | None, fields: Sequence[str]) -> Part:
    """A line, operation or part of one whose design is locked already. Raises NoSuchDesign, StaleVersion."""
    found = kind._default_manager.filter(pk=key).first()
    if found is None:
        raise NoSuchDesign(_("Somebody took this out meanwhile. Load the page again."))
    refuse_stale(actor, found, version, fields)
    part: Part = found
    return part


def design_of_part(kind: type[Record], actor: User, key: int, path: str) -> int:
    """To which bill of materials or routing a part belongs. Raises NoSuchDesign."""
    rows = kind._default_manager.filter(pk=key)
    owner: int | None = visible(actor, rows).values_list(path, flat=True).first()
    if owner is None:
        raise NoSuchDesign(_("There is no such line or operation that you may see."))
    return owner


def refuse(name: str, sentence: str, code: str = "invalid") -> BadDesign:
    """A refusal that stands beside one field."""
    return BadDesign(sentence, errors=[{"pointer": f"/{name}", "code": code, "message": sentence}])


def checked(record: models.Model, exclude: Sequence[str] = ()) -> None:
    """Check a record's own fields; what must be unique is checked by the act and the database. Raises BadDesign."""
    try:
        record.clean_fields(exclude=exclude)
    except ValidationError as error:
        errors = [
            {"pointer": f"/{name}", "code": one.code or "invalid", "message": sentence}
            for name, faults in error.error_dict.items()
            for one in faults
            for sentence in one.messages
        ]
        raise BadDesign(str(errors[0]["message"]), errors=errors) from error


def check_days(record: Any) -> None:
    """Raises BadDesign unless the day it ends is after the day it begins."""
    since, until = record.valid_from, record.valid_until
    if since is not None and until is not None and until <= since:
        raise refuse("valid_until", _("It must hold for a day at least: end it after %(day)s.") % {"day": since})


def take(record: Record, wish: Mapping[str, Any], allowed: Sequence[str]) -> list[str]:
    """Set facts on a record without storing them; gives the names of those that differ. TypeError for unknown ones."""
    if unknown := set(wish) - set(allowed):
        raise TypeError(f"{type(record).__name__} has no changeable {sorted(unknown)}")
    # A new row has no item, unit or work centre yet; asking for one raises.
    changed = [name for name in wish if getattr(record, name, _UNSET) != wish[name]]
    for name in changed:
        setattr(record, name, wish[name])
    return changed


def saved(record: Record, fields: Sequence[str]) -> None:
    """Store some fields, one version further."""
    record.version += 1
    record.save(update_fields=[*fields, "version", "updated_at"])


def labels(record: Record, names: Sequence[str]) -> str:
    """What changed, by the names people know."""
    return ", ".join(str(record._meta.get_field(name).verbose_name) for name in names)  # type: ignore[union-attr]  # columns have names


def told(kind: EventType, design: Bom | Routing, *, at: datetime, actor: User, **payload: Any) -> None:
    """Publish what happened to a design: it stands in its own story and in the item's."""
    tell(kind, design, design.item, at=at, actor=actor, **payload)


def word(status: str) -> str:
    """A status in the reader's language."""
    return str(STATUS_WORDS[DesignStatus(status)])
