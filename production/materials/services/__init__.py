"""Acts on the material and the goods of orders."""

from production.materials.services.alternates import NotAnAlternate, use_alternate
from production.materials.services.backflushing import backflush_step, settle_end, settle_finished
from production.materials.services.common import NoQuantity, NotBookable, NotComponent
from production.materials.services.completing import AlreadyComplete, complete_order
from production.materials.services.issuing import (
    LotExpired,
    MoreThanIssued,
    OverIssue,
    give_back,
    issue_material,
)
from production.materials.services.outputs import (
    BadSerials,
    NothingToPutOut,
    PlaceNeeded,
    put_out,
    put_product,
)
from production.materials.services.undoing import AlreadyTakenBack, undo_booking

__all__ = [
    "AlreadyComplete",
    "AlreadyTakenBack",
    "BadSerials",
    "LotExpired",
    "MoreThanIssued",
    "NoQuantity",
    "NotAnAlternate",
    "NotBookable",
    "NotComponent",
    "NothingToPutOut",
    "OverIssue",
    "PlaceNeeded",
    "backflush_step",
    "complete_order",
    "give_back",
    "issue_material",
    "put_out",
    "put_product",
    "settle_end",
    "settle_finished",
    "undo_booking",
    "use_alternate",
]
