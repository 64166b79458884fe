"""How the rows of a closed account are written down for good, and read again. Plain Python."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from production.oee.rules.rows import Made, Row
from production.oee.states import TimeClass


def written(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as JSON: numbers as text, so that nothing is lost; what is nothing is left out."""
    return [_written(row) for row in rows]


def read(document: Sequence[dict[str, Any]]) -> list[Row]:
    """The rows of `written`."""
    return [
        Row(
            TimeClass(one["class"]),
            one.get("reason"),
            one.get("order"),
            one.get("item"),
            Decimal(one.get("seconds", 0)),
            one.get("stops", 0),
            one.get("unexplained", 0),
            Made(*(Decimal(one.get(name, 0)) for name in _PIECES)),
            Decimal(one["energy_kwh"]) if "energy_kwh" in one else None,
        )
        for one in document
    ]


_PIECES = ("good", "scrap", "rework", "ideal_s", "produced_with_ideal")


def _written(row: Row) -> dict[str, Any]:
    numbers = {"seconds": row.seconds, **{name: getattr(row.made, name) for name in _PIECES}}
    found: dict[str, Any] = {
        "class": row.time_class.value,
        "reason": row.reason_id,
        "order": row.order_id,
        "item": row.item_id,
        "stops": row.stops,
        "unexplained": row.unexplained,
        **{name: f"{value.normalize():f}" for name, value in numbers.items() if value},
    }
    if row.energy_kwh is not None:
        found["energy_kwh"] = f"{row.energy_kwh.normalize():f}"
    return {name: value for name, value in found.items() if value not in (None, 0)}
