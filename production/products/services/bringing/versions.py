"""Which version of a design rows mean, and how a changed one follows the one before it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Generic

from django.utils import timezone
from django.utils.translation import gettext as _

from factory_core.importing.kinds import Context
from factory_core.importing.models import ImportTrace
from factory_core.importing.states import Act
from inventory.items.models import Item
from production.products.rules.rings import narrowed
from production.products.services.common import Design
from production.products.states import DesignStatus


@dataclass(slots=True)
class Versions(Generic[Design]):
    """All versions of the items of a batch, with those that the batch adds; `ended` are those that end by another."""

    kind: type[Design]
    today: date
    tomorrow: date
    by_item: dict[int, list[Design]]
    # Versions that this very run brought: nobody worked by them yet, so they are completed in place.
    own: set[int]
    ended: dict[int, list[Design]] = field(default_factory=dict)

    @classmethod
    def of(cls, kind: type[Design], items: Iterable[Item], context: Context) -> "Versions[Design]":
        """The versions of these items, locked, the oldest first."""
        keys = [item.pk for item in items if item.pk]
        rows = kind._default_manager.filter(item__in=keys).select_for_update(of=("self",), no_key=True).order_by("pk")
        by_item: dict[int, list[Design]] = defaultdict(list)
        for design in rows:
            by_item[design.item_id].append(design)
        traced = ImportTrace.objects.filter(run=context.run_id, table=kind._meta.db_table, act=Act.INSERT)
        today = timezone.localdate(context.at)
        return cls(kind, today, today + timedelta(days=1), by_item, set(traced.values_list("key", flat=True)))

    def meant(self, item: int, code: str) -> Design | None:
        """The version of this code; without one the released one of today, else the last released, else a draft."""
        there = self.by_item.get(item, [])
        if code:
            return next((one for one in there if one.code == code), None)
        found: Design | None = None
        for one in there:
            is_later = one.status == DesignStatus.RELEASED and not (found is not None and self._is_in_force(found))
            is_draft = one.status == DesignStatus.DRAFT and (found is None or found.status == DesignStatus.DRAFT)
            if is_later or is_draft:
                found = one
        return found

    def next_code(self, item: int) -> str:
        """The number after the highest one used as a version of the item."""
        codes = [one.code for one in self.by_item.get(item, ())]
        return str(max((int(code) for code in codes if code.isdecimal()), default=0) + 1)

    def enter(self, item: int, design: Design, *, begins: date | None) -> str:
        """Put a new version beside the others; the one before it ends when it begins. A sentence where that fails.

        `begins`: the day it begins at the latest where another is in force; None: it holds from its own day on only.
        """
        others = [
            one for one in self.by_item.get(item, ()) if one.status == DesignStatus.RELEASED and one is not design
        ]
        if design.status == DesignStatus.RELEASED and others:
            if design.valid_from is None and design.valid_until is None:
                design.valid_from = begins
            if design.valid_until is None and design.valid_from is not None:
                self._end(design, others)
            for other in others:
                days = (other.valid_from, other.valid_until)
                if other.status == DesignStatus.RELEASED and narrowed(days, design.valid_from, design.valid_until):
                    return _("Version %(other)s is released for some of these days, and an item has one a day.") % {
                        "other": other.code
                    }
        if design.pk is None:
            self.by_item.setdefault(item, []).append(design)
        return ""

    def keep_ended(self, accepted: Iterable[Design]) -> None:
        """Store the versions that end because these begin."""
        moved = {one.pk: one for design in accepted for one in self.ended.get(id(design), ()) if one.pk}.values()
        for one in moved:
            one.version += 1
        if moved:
            self.kind._default_manager.bulk_update(moved, ["status", "valid_until", "version"], batch_size=500)

    def _is_in_force(self, design: Design) -> bool:
        days = (design.valid_from, design.valid_until)
        return design.status == DesignStatus.RELEASED and narrowed((self.today, self.tomorrow), *days) is not None

    def _end(self, design: Design, others: list[Design]) -> None:
        since = design.valid_from
        for other in others:
            if since is None or (other.valid_until is not None and other.valid_until <= since):
                continue
            if other.valid_from is None or other.valid_from < since:
                other.valid_until = since
            elif other.valid_from == since:
                # Both began on one day: the later word counts, the former is kept for what was made by it.
                other.status = DesignStatus.OBSOLETE
            else:
                design.valid_until = min(one for one in (design.valid_until, other.valid_from) if one is not None)
                continue
            self.ended.setdefault(id(design), []).append(other)


def head_of(design: Any, said: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What the rows say of the whole otherwise than it stands: column → (before, after)."""
    return {name: (getattr(design, name), value) for name, value in said.items() if getattr(design, name) != value}
