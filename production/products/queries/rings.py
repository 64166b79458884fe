"""What is used below an item by released bills of materials, for finding rings before they close."""

from collections.abc import Iterable

from django.db import connection

from inventory.items.models import Item
from production.products.rules.rings import Use

_USES = """
SELECT bom.item_id, line.item_id, alternate.item_id, GREATEST(bom.valid_from, line.valid_from),
       LEAST(bom.valid_until, line.valid_until)
  FROM production_bom bom JOIN production_bomline line ON line.bom_id = bom.id AND line.kind = 'COMPONENT'
  LEFT JOIN production_bomalternate alternate ON alternate.line_id = line.id
 WHERE bom.item_id = ANY(%s) AND bom.status = 'RELEASED'
"""


def uses_below(items: Iterable[int]) -> dict[int, list[Use]]:
    """What each item below these uses, itself or as an alternate, with the days on which it does."""
    uses: dict[int, list[Use]] = {}
    waiting = list(items)
    with connection.cursor() as cursor:
        while waiting:
            uses.update({item: [] for item in waiting})
            cursor.execute(_USES, [waiting])
            reached: set[int] = set()
            for parent, component, alternate, since, until in cursor.fetchall():
                children = [component] if alternate is None else [component, alternate]
                uses[parent] += [Use(child, since, until) for child in children]
                reached.update(children)
            waiting = [item for item in reached if item not in uses]
    return uses


def numbers_of(items: Iterable[int]) -> dict[int, str]:
    """The numbers of items."""
    return dict(Item.objects.filter(pk__in=list(items)).values_list("pk", "number"))
