"""Rows of a parts list put together to bills of materials: flat, indented, or all of one product."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from factory_core.importing.kinds import Context, Outcome, Row
from factory_core.importing.models import ImportRun
from inventory.items.models import Item
from inventory.items.rules.conversion import rounded
from production.products.rules.designators import counted, shortened
from production.products.rules.levels import depths, hung
from production.products.services.bringing.parts import Parts
from production.products.services.lines import LARGEST
from production.products.states import LineKind

HEAD = (
    "version", "status", "base_quantity", "is_phantom", "bom_valid_from", "bom_valid_until", "bom_note", "names_some",
)  # fmt: skip
_SAID = ("kind", "issue", "is_fixed", "loss_percent", "cost_share", "valid_from", "note")
_MOST_NUMBER, _LONGEST = 2**31 - 1, 60


@dataclass(slots=True)
class Wanted:
    """One line as a row says it: the component and the columns that the row speaks of."""

    row: Row
    item: Item
    facts: dict[str, Any]


@dataclass(slots=True)
class Document:
    """All rows of one bill of materials."""

    parent: Item
    head: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    lines: list[Wanted] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """Whether one of its rows cannot come in."""
        return any(row.outcome is Outcome.REFUSED for row in self.rows)

    def refuse_rest(self) -> None:
        """Where a row was refused, the others wait with it."""
        wrong = next((row for row in self.rows if row.outcome is Outcome.REFUSED), None)
        for row in self.rows if wrong is not None else ():
            if row.outcome is not Outcome.REFUSED:
                row.refuse(
                    "parent", "document_refused",
                    _("Row %(row)d of the same bill of materials was refused, so this one waits with it.")
                    % {"row": wrong.number if wrong else 0},
                )  # fmt: skip


@dataclass(slots=True)
class _Place:
    """A row and what it hangs below: the number of the parent, and which occurrence of it in the file."""

    row: Row
    parent: str
    occurrence: int


def number_of(row: Row) -> str:
    """What a row calls its component: its number, else its maker's, else its name."""
    said = [str(row.values.get(name) or "").strip() for name in ("component", "manufacturer_part", "component_name")]
    # Longer than a number can be, it is a list of places or a remark that stands in the number's column.
    return next((text for text in said if 0 < len(text) <= _LONGEST), next((text for text in said if text), ""))


def documents_of(rows: Sequence[Row], context: Context) -> tuple[list[Document], Parts]:
    """The bills of materials of a batch, their rows checked one by one; what cannot come has its outcome already."""
    places = _places(rows, context)
    parts = Parts.of(context, [*(place.parent for place in places), *(number_of(row) for row in rows)])
    found: dict[tuple[str, str], Document] = {}
    occurrences: dict[tuple[str, str], dict[int, list[_Place]]] = {}
    for place in places:
        key = (place.parent.upper(), str(place.row.values.get("version") or ""))
        occurrences.setdefault(key, {}).setdefault(place.occurrence, []).append(place)
    parts.ask_idle(_countings(places, parts))
    for key, by_place in occurrences.items():
        first, *others = by_place.values()
        document = _document(first, parts)
        if document is not None:
            found[key] = document
            _same_again(first, others)
    for document in found.values():
        document.refuse_rest()
    return list(found.values()), parts


def _places(rows: Sequence[Row], context: Context) -> list[_Place]:
    levels = [str(row.values.get("level") or "").strip() for row in rows]
    run = ImportRun.objects.filter(pk=context.run_id).values_list("mapping", flat=True).first() if any(levels) else None
    if run is not None and "parent" not in run.values():
        return _indented(rows, levels)
    found = []
    for row, level in zip(rows, levels, strict=True):
        parent = str(row.values.get("parent") or "").strip()
        if not parent or level == "0":
            row.outcome = Outcome.SKIPPED
            row.warn(
                "parent", "no_parent",
                _("“%(item)s” goes into nothing by this row, so it is no line of a parts list and was left out.")
                % {"item": number_of(row)[:60]},
            )  # fmt: skip
        else:
            found.append(_Place(row, parent, 0))
    return found


def _indented(rows: Sequence[Row], levels: Sequence[str]) -> list[_Place]:
    depth = depths(levels)
    above, found, used = hung(depth), [], set()
    for place, row in enumerate(rows):
        root, up = str(row.values.get("parent") or "").strip(), above[place]
        if (here := depth[place]) is None:
            row.refuse(
                "level", "level_unreadable", _("“%(level)s” is no level.") % {"level": levels[place][:40]},
                _("A number (1, 2, 3), a place in an outline (1.2.1) or leading dots."),
            )  # fmt: skip
        elif up is not None:
            used.add(up)
            if here > (depth[up] or 0) + 1:
                row.refuse(
                    "level", "level_left_out",
                    _("Level %(here)s follows level %(above)s: a level between them is missing.")
                    % {"here": levels[place], "above": levels[up]},
                    _("Each row at most one level below the one it belongs to."),
                )  # fmt: skip
            elif not number_of(rows[up]):
                row.refuse("parent", "no_parent", _("Row %d, which it hangs below, names no item.") % rows[up].number)
            else:
                found.append(_Place(row, number_of(rows[up]), up + 1))
        elif root and root.upper() != number_of(row).upper():
            found.append(_Place(row, root, 0))
        else:
            row.outcome = Outcome.UNCHANGED
    for place, row in enumerate(rows):
        if row.outcome is Outcome.UNCHANGED and place not in used:
            row.outcome = Outcome.SKIPPED
            row.warn(
                "level", "no_parent",
                _("“%(item)s” stands on top and nothing hangs below it, so it was left out.")
                % {"item": number_of(row)[:60]},
            )  # fmt: skip
    return found


def _countings(places: Iterable[_Place], parts: Parts) -> list[tuple[Item, Any]]:
    found = []
    for place in places:
        item, unit = parts.item(number_of(place.row)), parts.unit(place.row.values.get("unit"))
        if item is not None and unit is not None:
            found.append((item, unit))
    return found


def _document(places: Sequence[_Place], parts: Parts) -> Document | None:
    first = places[0]
    parent = parts.named(first.row, "parent", first.parent, {"is_made": True})
    if parent is None:
        for place in places[1:]:
            parts.named(place.row, "parent", first.parent)
        return None
    head = {name: first.row.values.get(name) for name in HEAD}
    document = Document(parent, head, [place.row for place in places])
    for place in places:
        _check_head(document, place.row)
        line = _line(place.row, parts)
        if line is not None:
            document.lines.append(line)
    return document


def _check_head(document: Document, row: Row) -> None:
    for name in HEAD:
        said = row.values.get(name)
        if said is not None and document.head[name] is None:
            document.head[name] = said
        elif said is not None and said != document.head[name]:
            row.refuse(
                name, "head_differs",
                _("“%(said)s” differs from “%(first)s” in the first row of this bill of materials.")
                % {"said": said, "first": document.head[name]},
            )  # fmt: skip


def _line(row: Row, parts: Parts) -> Wanted | None:
    number, values = number_of(row), row.values
    if not number:
        row.refuse("component", "value_missing", _("The row names no component: neither by number nor by name."))
        return None
    if number != str(values.get("component") or "").strip() and parts.item(number) is None:
        sentence = _("The row has no number that fits; “%s” became the component's number.") % number
        row.warn("component", "named_by_name", sentence)
    item = parts.named(row, "component", number, _facts_of_item(row, parts))
    quantity = _quantity(row)
    if item is None or quantity is None:
        return None
    said_unit = parts.unit(values.get("unit"))
    if values.get("unit") and said_unit is None:
        row.refuse("unit", "unknown_reference", _("There is no unit “%s”.") % values["unit"])
        return None
    counted_in = parts.factor(row, item, said_unit or item.unit)
    if counted_in is None or not _fits(row):
        return None
    facts: dict[str, Any] = {name: values[name] for name in _SAID if values.get(name) is not None}
    facts |= {"quantity": quantity, "unit": counted_in[0], "factor": counted_in[1]}
    for name, column in (("position", "position"), ("operation", "operation_number")):
        if values.get(name) is not None:
            facts[column] = int(str(values[name]))
    if (until := _until(row)) is not None:
        facts["valid_until"] = until
    if values.get("designators") is not None:
        facts["designators"] = _designators(row, quantity)
    return None if row.outcome is Outcome.REFUSED else Wanted(row, item, facts)


def _facts_of_item(row: Row, parts: Parts) -> dict[str, Any]:
    values = row.values
    maker = " ".join(str(values[name]) for name in ("manufacturer", "manufacturer_part") if values.get(name))
    text = "\n".join(str(one) for one in (values.get("description"), maker) if one)
    name = str(values.get("component_name") or values.get("description") or "")[:200]
    return {"name": name, "description": text, "is_bought": True, "unit": parts.unit(values.get("unit"))}


def _quantity(row: Row) -> Decimal | None:
    said = row.values.get("quantity")
    if said is None:
        row.refuse("quantity", "value_missing", _("A line needs a quantity."))
        return None
    exact = Decimal(str(said))
    kept = rounded(exact) if abs(exact) <= LARGEST else exact
    if not 0 < kept <= LARGEST:
        row.refuse(
            "quantity", "out_of_bounds", _("Enter a quantity above zero and up to %(most)s.") % {"most": LARGEST}
        )
        return None
    if kept != exact:
        row.warn("quantity", "rounded", _("%(said)s is kept as %(kept)s.") % {"said": exact, "kept": kept})
    return kept


def _fits(row: Row) -> bool:
    values = row.values
    loss, share, kind = values.get("loss_percent"), values.get("cost_share"), values.get("kind")
    if isinstance(loss, Decimal | int) and not 0 <= loss < 100:
        row.refuse("loss_percent", "out_of_bounds", _("The loss is zero or more and below 100 percent."))
    if kind in (LineKind.CO_PRODUCT, LineKind.BY_PRODUCT) and loss:
        row.refuse(
            "loss_percent", "invalid", _("What comes out has no loss; enter the quantity that really comes out.")
        )
    if share and kind != LineKind.CO_PRODUCT:
        row.refuse("cost_share", "invalid", _("Only a co-product takes a share of the cost."))
    if isinstance(share, Decimal | int) and not 0 <= share <= 100:
        row.refuse("cost_share", "out_of_bounds", _("A share is from 0 to 100 percent."))
    for name in ("position", "operation"):
        if (number := values.get(name)) is not None and not 0 < int(str(number)) <= _MOST_NUMBER:
            row.refuse(name, "out_of_bounds", _("Numbers begin with 1."))
    since, until = values.get("valid_from"), _until(row)
    if isinstance(since, date) and until is not None and until <= since:
        row.refuse(
            "valid_until", "invalid", _("It must hold for a day at least: end it after %(day)s.") % {"day": since}
        )
    return row.outcome is not Outcome.REFUSED


def _until(row: Row) -> date | None:
    """The day before which a line ends; files often name the last day instead."""
    until, last = row.values.get("valid_until"), row.values.get("last_on")
    if isinstance(until, date):
        return until
    return last + timedelta(days=1) if isinstance(last, date) else None


def _designators(row: Row, quantity: Decimal) -> str:
    text = " ".join(str(row.values["designators"]).split())
    short = shortened(text, 400)
    if short is None:
        row.refuse("designators", "too_long", _("The places are more than 400 letters even where ranges are drawn."))
        return ""
    if text and counted(text) != quantity:
        row.warn(
            "designators", "places_differ",
            _("%(places)d places are named for a quantity of %(quantity)s.")
            % {"places": counted(text), "quantity": f"{quantity.normalize():f}"},
        )  # fmt: skip
    return short


def _same_again(first: Sequence[_Place], others: Sequence[Sequence[_Place]]) -> None:
    """An indented list tells a subassembly again wherever it is used; it must be the same each time."""
    said = [_signature(place.row) for place in first]
    for other in others:
        same = [_signature(place.row) for place in other] == said
        for place in other:
            if same:
                place.row.outcome = Outcome.UNCHANGED
            else:
                place.row.refuse(
                    "parent", "told_twice",
                    _("%(parent)s is told in row %(row)d already, with other lines.")
                    % {"parent": place.parent, "row": first[0].row.number},
                    _("The same lines wherever it stands, or a number of its own."),
                )  # fmt: skip


def _signature(row: Row) -> tuple[Any, ...]:
    names = ("quantity", "unit", "designators", "loss_percent", "valid_from", "valid_until", "last_on")
    return number_of(row).upper(), *(row.values.get(name) for name in names)
