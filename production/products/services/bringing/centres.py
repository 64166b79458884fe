"""Work centres come over: many at a time, on the line that is said or the only one of the site."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.importing.kinds import Context, Outcome, Row
from factory_core.plant.models import Line
from inventory.stock.models import Location
from production.products.models import RoutingOperation, WorkCentre
from production.products.services.common import MANAGE
from production.products.states import DesignStatus

FACTS = ("name", "line", "places", "supply", "output", "is_active")


class Centres:
    """The work centres that rows name, and where new ones stand; `keep` stores what was added or changed."""

    def __init__(self, context: Context, codes: Iterable[object]) -> None:
        self.context = context
        asked = {str(code) for code in codes if code is not None}
        rows = WorkCentre.objects.filter(code__in=asked).select_related("line__area__site", "supply", "output")
        self.there = {one.code: one for one in rows.select_for_update(of=("self",), no_key=True)}
        lines = Line.objects.filter(area__site=context.site).select_related("area__site").order_by("code")
        self._lines = {line.code: line for line in lines}
        self._places = {place.code: place for place in Location.objects.filter(site=context.site)}
        used = RoutingOperation.objects.filter(routing__status=DesignStatus.RELEASED, work_centre__code__in=asked)
        self._used = set(used.values_list("work_centre__code", flat=True).distinct())
        self._added: list[WorkCentre] = []
        self._changed: dict[int, WorkCentre] = {}

    def take(self, row: Row) -> WorkCentre | None:
        """The work centre of a row, with what the row says of it; None where the row is refused or left out."""
        code = str(row.values["code"])
        centre = self.there.get(code)
        if centre is not None and self.context.leaves(row, "code"):
            return None
        wish = self._wish(row, centre)
        return None if wish is None else self._put(row, code, centre, wish)

    def named(self, row: Row, name: str, code: str) -> WorkCentre | None:
        """The work centre a row refers to; made from its code where that is wished, else the row is refused."""
        if code in self.there:
            return self.there[code]
        if self.context.creates_missing:
            line = self._line(row, None)
            return None if line is None else self._put(row, code, None, {"name": code, "line": line})
        row.refuse(
            name, "unknown_reference", _("There is no work centre “%(code)s”.") % {"code": code[:40]},
            _("One that exists: import work centres first, pick another, or let it be created."),
        )  # fmt: skip
        return None

    def keep(self, needed: Iterable[WorkCentre] | None = None) -> None:
        """Store what was added and changed; `needed`: of the added ones only these."""
        wanted = {id(one) for one in (self._added if needed is None else needed)}
        WorkCentre.objects.bulk_create([one for one in self._added if id(one) in wanted], batch_size=1000)
        for centre in self._changed.values():
            centre.version += 1
        if self._changed:
            WorkCentre.objects.bulk_update(self._changed.values(), [*FACTS, "version"], batch_size=500)
        self._added, self._changed = [], {}

    def _wish(self, row: Row, centre: WorkCentre | None) -> dict[str, Any] | None:
        values = row.values
        line = self._line(row, centre)
        if line is None:
            return None
        wish: dict[str, Any] = {"line": line}
        for name in ("name", "places", "is_active"):
            if values.get(name) is not None:
                wish[name] = values[name]
        for name in ("supply", "output"):
            if values.get(name) is not None:
                place = self._places.get(str(values[name]))
                if place is None:
                    row.refuse(
                        name, "unknown_reference",
                        _("There is no place of stock “%s” at this site.") % str(values[name])[:60],
                    )  # fmt: skip
                    return None
                wish[name] = place
        return wish

    def _line(self, row: Row, centre: WorkCentre | None) -> Line | None:
        code = row.values.get("line")
        if code is None and centre is not None:
            return centre.line
        if code is None and len(self._lines) == 1:
            return next(iter(self._lines.values()))
        line = self._lines.get(str(code)) if code is not None else None
        if line is None:
            sentence = _("There is no line “%s” at this site.") % code if code else _("The site has several lines.")
            row.refuse("line", "unknown_reference", sentence, ", ".join(self._lines) or _("A line set up first."))
        elif not may(self.context.actor, MANAGE, line):
            row.refuse("line", "not_allowed", _("You may not set up work centres on %s.") % line)
        else:
            return line
        return None

    def _put(self, row: Row, code: str, centre: WorkCentre | None, wish: dict[str, Any]) -> WorkCentre | None:
        made = centre is None
        centre = centre or WorkCentre(code=code)
        before = {name: getattr(centre, name, None) if not made or name != "line" else None for name in wish}
        differ = [name for name in wish if before[name] != wish[name]]
        for name in differ:
            setattr(centre, name, wish[name])
        if (made or differ) and not self._fits(row, centre, differ, made):
            for name, value in () if made else before.items():
                setattr(centre, name, value)
            return None
        if made:
            self.there[code] = centre
            self._added.append(centre)
            row.outcome = row.outcome or Outcome.CREATED
        elif differ:
            if centre.pk:
                self._changed[centre.pk] = centre
            row.outcome = Outcome.CHANGED
            row.changes = {name: (str(before[name] or ""), str(wish[name] or "")) for name in sorted(differ)}
        else:
            row.outcome = row.outcome or Outcome.UNCHANGED
        return centre

    def _fits(self, row: Row, centre: WorkCentre, differ: Sequence[str], made: bool) -> bool:
        try:
            centre.clean_fields(exclude=["line", "supply", "output"])
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                row.refuse(name, "invalid", " ".join(sentences))
            return False
        if not centre.places:
            row.refuse("places", "out_of_bounds", _("A work centre has one place at least."))
        elif not made and "is_active" in differ and not centre.is_active and centre.code in self._used:
            row.refuse("is_active", "work_centre_in_use", _("A released routing still does an operation here."))
        else:
            return True
        return False
