"""What orders need, what they were given, what they made, and where material lies."""

from production.materials.queries.booked import (
    issue_cost_each,
    lots_made,
    lots_used,
    put_out_of,
    put_out_of_orders,
    used_on,
)
from production.materials.queries.due import made_at
from production.materials.queries.finding import (
    NoSuchBooking,
    NoSuchMaterial,
    alternates_of,
    material_or_missing,
    move_or_missing,
)
from production.materials.queries.rows import MaterialRow, TakenLot, issued_of
from production.materials.queries.supply import goods_place, supply_of

__all__ = [
    "MaterialRow",
    "NoSuchBooking",
    "NoSuchMaterial",
    "TakenLot",
    "alternates_of",
    "goods_place",
    "issue_cost_each",
    "issued_of",
    "lots_made",
    "lots_used",
    "made_at",
    "material_or_missing",
    "move_or_missing",
    "put_out_of",
    "put_out_of_orders",
    "supply_of",
    "used_on",
]
