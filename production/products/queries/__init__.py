"""What items are made of and how: in force on a day, exploded, used where, compared."""

from production.products.queries.designs import (
    NoSuchDesign,
    NoSuchWorkCentre,
    bom_on,
    bom_or_missing,
    boms_seen,
    centre_or_missing,
    centres_seen,
    in_force,
    lines_of,
    operations_of,
    routing_on,
    routing_or_missing,
    routings_seen,
)
from production.products.queries.explosion import ProductRing, TooMuchToExplode, explode
from production.products.queries.needs import LotNeed, lines_of_order, needs_of_lots, steps_of
from production.products.queries.shapes import (
    Beside,
    Compared,
    ExplodedRow,
    Explosion,
    ItemFacts,
    Need,
    Stand,
    Step,
    Used,
    Uses,
)
from production.products.queries.uses import where_used
from production.products.queries.versions import NotComparable, compare, compare_routings

__all__ = [
    "Beside", "Compared", "ExplodedRow", "Explosion", "ItemFacts", "LotNeed", "Need", "NoSuchDesign",
    "NoSuchWorkCentre", "NotComparable", "ProductRing", "Stand", "Step", "TooMuchToExplode", "Used", "Uses", "bom_on",
    "bom_or_missing", "boms_seen", "centre_or_missing", "centres_seen", "compare", "compare_routings", "explode",
    "in_force", "lines_of", "lines_of_order", "needs_of_lots", "operations_of", "routing_on", "routing_or_missing",
    "routings_seen", "steps_of", "where_used",
]  # fmt: skip
