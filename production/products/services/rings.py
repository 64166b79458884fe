"""Nothing is made of itself: the check that names the way."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from production.products.models import Bom, BomLine
from production.products.queries import ProductRing
from production.products.queries.rings import numbers_of, uses_below
from production.products.rules.rings import narrowed, way_back
from production.products.states import LineKind


def refuse_ring(bom: Bom, components: Iterable[tuple[int, date | None, date | None]]) -> None:
    """Refuse components that are made of the item itself on a day on which the bill of materials would use them.

    `components`: item and the days of its line. Call under `lock_structure`. Raises ProductRing with the way.
    """
    wanted = list(components)
    uses = uses_below({item for item, _since, _until in wanted})
    for item, since, until in wanted:
        days = narrowed((bom.valid_from, bom.valid_until), since, until)
        way = way_back(item, bom.item_id, days, uses) if days is not None else []
        if way:
            numbers = numbers_of({bom.item_id, *way})
            path = " › ".join(numbers[one] for one in (bom.item_id, *way))
            raise ProductRing(
                _("%(item)s would be made of itself: %(path)s. Use another component, or change one of these first.")
                % {"item": numbers[bom.item_id], "path": path},
                path=[numbers[one] for one in (bom.item_id, *way)],
            )


def used_by(lines: Iterable[BomLine]) -> list[tuple[int, date | None, date | None]]:
    """The components of lines and their alternates, with their days."""
    return [
        (item, line.valid_from, line.valid_until)
        for line in lines
        if line.kind == LineKind.COMPONENT
        for item in (line.item_id, *(one.item_id for one in line.alternates.all()))
    ]
