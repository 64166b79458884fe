"""On which line an order of the old system belongs: the one it names, the one its item is made on, or the only one."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.importing.kinds import Context, Row
from factory_core.plant.models import Line
from inventory.items.models import Item
from production.orders.queries.past import lines_of_items
from production.orders.services.common import MANAGE


class Places:
    """The lines of the site on which the person may manage orders, asked for once a batch."""

    def __init__(self, context: Context) -> None:
        self._context = context
        lines = visible(context.actor, Line.objects.select_related("area__site"), MANAGE)
        if context.site is not None:
            lines = lines.filter(area__site=context.site)
        self._lines = {line.code.casefold(): line for line in lines}

    def of_items(self, items: Iterable[Item]) -> Mapping[int, Line]:
        """The line on which each of these items is made, where a routing says it."""
        return lines_of_items(self._context.site, list(items))

    def line(self, row: Row, made_on: Line | None, *, wanted: bool) -> Line | None:
        """The line of a row; refuses it where that is unknown, or where nothing says it and it is `wanted`."""
        code: Any = row.values.get("line")
        if code is not None:
            found = self._lines.get(str(code).casefold())
            if found is None:
                row.refuse("line", "unknown_line", _("There is no line “%(line)s” here.") % {"line": code}, self._known)
            return found
        if not wanted:
            return None
        if made_on is not None and made_on.code.casefold() in self._lines:
            return made_on
        if len(self._lines) == 1:
            return next(iter(self._lines.values()))
        row.refuse("line", "line_needed", _("Nothing says on which line it is made."), self._known)
        return None

    @property
    def _known(self) -> str:
        codes = sorted(line.code for line in self._lines.values())
        return _("One of %(lines)s; one line can be said for all rows.") % {"lines": ", ".join(codes[:12]) or "–"}
