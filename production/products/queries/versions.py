"""Two versions of a bill of materials or of a routing, compared."""

from collections.abc import Hashable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.versions import readable
from factory_core.errors import Invalid
from production.products.models import Bom, BomLine, Routing, RoutingOperation
from production.products.queries.designs import lines_of, operations_of
from production.products.queries.shapes import Compared
from production.products.rules.comparing import differences

_LINE = (
    "position", "quantity", "unit", "is_fixed", "loss_percent", "designators", "issue", "operation_number",
    "cost_share", "valid_from", "valid_until",
)  # fmt: skip
_OPERATION = (
    "name", "work_centre", "machine", "setup_s", "run_s", "setup_crew", "run_crew", "loss_percent", "wait_s",
    "count_by", "time_rule",
)  # fmt: skip


class NotComparable(Invalid):
    """The two are versions of different items, or the same version twice."""

    code = "not_comparable"


def compare(before: Bom, after: Bom) -> Compared:
    """What the second bill of materials has beside, lacks, and has otherwise than the first. Raises NotComparable.

    Lines are the same when kind and component are; where a component stands twice, by their order.
    """
    _same_item(before, after)
    found = differences(_lines(before), _lines(after))
    head = _head(before, after, ("quantity", "is_phantom"))
    return Compared(before, after, head, found.added, found.removed, found.changed)


def compare_routings(before: Routing, after: Routing) -> Compared:
    """What the second routing has beside, lacks, and has otherwise; operations are the same when their numbers are.

    Raises NotComparable.
    """
    _same_item(before, after)
    found = differences(_operations(before), _operations(after))
    head = _head(before, after, ("lead_time_days",))
    return Compared(before, after, head, found.added, found.removed, found.changed)


def _same_item(before: Any, after: Any) -> None:
    if before.item_id != after.item_id or before.pk == after.pk:
        raise NotComparable(_("Choose two versions of one item to compare."))


def _head(before: Any, after: Any, names: tuple[str, ...]) -> dict[str, tuple[Any, Any]]:
    both = {name: (readable(getattr(before, name)), readable(getattr(after, name))) for name in names}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}


def _lines(bom: Bom) -> dict[Hashable, Mapping[str, Any]]:
    found: dict[Hashable, Mapping[str, Any]] = {}
    seen: dict[tuple[str, int], int] = {}
    for line in lines_of(bom):
        same = (line.kind, line.item_id)
        seen[same] = seen.get(same, 0) + 1
        found[(*same, seen[same])] = _line(line)
    return found


def _line(line: BomLine) -> dict[str, Any]:
    facts = {name: readable(getattr(line, name)) for name in _LINE}
    alternates = ", ".join(
        f"{one.priority} {one.item.number} × {readable(one.factor)}" for one in line.alternates.all()
    )
    return {"item": line.item.number, "kind": line.kind, **facts, "alternates": alternates}


def _operations(routing: Routing) -> dict[Hashable, Mapping[str, Any]]:
    return {one.number: _operation(one) for one in operations_of(routing)}


def _operation(operation: RoutingOperation) -> dict[str, Any]:
    facts = {name: readable(getattr(operation, name)) for name in _OPERATION}
    instructions = [f"{one.text}{' ✓' if one.must_confirm else ''}" for one in operation.instructions.all()]
    checks = [_check(one) for one in operation.checks.all()]
    return {
        "number": operation.number,
        **facts,
        "instructions": "\n".join(instructions),
        "checks": "\n".join(checks),
    }


def _check(check: Any) -> str:
    limits = " … ".join("–" if one is None else str(readable(one)) for one in (check.lower, check.upper))
    return f"{check.name} {check.kind} {limits} {check.unit} {check.when}{' ✓' if check.is_required else ''}"
