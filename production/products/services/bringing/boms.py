"""Bills of materials come over: new ones released or drafted, changed ones as a new version, equal ones untouched."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.importing.kinds import Context, Existing, Outcome, Row
from production.products.models import Bom, BomAlternate, BomLine
from production.products.queries import lines_of
from production.products.rules.pairing import paired
from production.products.rules.rings import Use, narrowed
from production.products.services.bringing.loops import Structure, closing
from production.products.services.bringing.parts import Parts
from production.products.services.bringing.structures import Document, Wanted, documents_of
from production.products.services.bringing.versions import Versions, head_of
from production.products.services.common import RELEASE, lock_structure
from production.products.services.lines import STEP
from production.products.states import DesignStatus, LineKind, can_move

_ASIDE = 1_000_000_000
LINE = (
    "position", "kind", "item", "quantity", "unit", "factor", "is_fixed", "loss_percent", "designators", "issue",
    "operation_number", "cost_share", "valid_from", "valid_until", "note",
)  # fmt: skip
_HEAD = {
    "status": "status", "base_quantity": "quantity", "is_phantom": "is_phantom", "bom_valid_from": "valid_from",
    "bom_valid_until": "valid_until", "bom_note": "note",
}  # fmt: skip
_OWN_FACTS = ("quantity", "is_phantom", "valid_from", "valid_until", "note")


@dataclass(slots=True)
class Plan:
    """What becomes of one bill of materials: `bom` as it will stand with `lines`; `base` is what stands now."""

    document: Document
    bom: Bom
    base: Bom | None
    lines: list[BomLine] = field(default_factory=list)
    changed: list[BomLine] = field(default_factory=list)
    dropped: list[BomLine] = field(default_factory=list)
    alternates: list[tuple[BomLine, BomAlternate]] = field(default_factory=list)
    head: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.bom is not self.base


def take_boms(rows: Sequence[Row], context: Context) -> None:
    """Bring rows of bills of materials in; see `factory_core.importing.kinds.Take`."""
    lock_structure()
    documents, parts = documents_of(rows, context)
    ready = [one for one in documents if not one.is_refused]
    versions = Versions.of(Bom, [one.parent for one in ready], context)
    bases = {
        id(one): base
        for one in ready
        if (base := versions.meant(parts.key(one.parent), str(one.head["version"] or ""))) is not None
    }
    there: dict[int, list[BomLine]] = defaultdict(list)
    for line in lines_of(*bases.values()):
        there[line.bom_id].append(line)
    plans = []
    for document in ready:
        base = bases.get(id(document))
        if base is not None and _stands(document, context):
            continue
        plan = _planned(document, base, there.get(base.pk, []) if base else [], versions, parts, context)
        if plan is not None and not document.is_refused:
            plans.append(plan)
    _store(_without_rings(plans, parts), versions, parts)


def _stands(document: Document, context: Context) -> bool:
    """Whether the person wished that what is there stays as it is."""
    for row in document.rows:
        context.leaves(row, "parent", document.parent.number)
    return context.existing is not Existing.CHANGE


def _planned(
    document: Document, base: Bom | None, there: list[BomLine], versions: Versions[Bom], parts: Parts, context: Context
) -> Plan | None:
    said = {column: document.head[name] for name, column in _HEAD.items()}
    if not _may_be(document, base, said, context):
        return None
    if base is None:
        return _fresh(document, said, versions, parts)
    plan = Plan(document, base, base, head=head_of(base, _fitting(base, said, document)))
    _merge(plan, there, parts, context)
    touched = bool(plan.head or plan.dropped or any(row.outcome is not Outcome.UNCHANGED for row in document.rows))
    if not touched:
        return None
    is_moved_only = set(plan.head) <= {"status"} and not _lines_touched(plan)
    if is_moved_only or base.status == DesignStatus.DRAFT or base.pk in versions.own:
        for name, (_before, after) in plan.head.items():
            setattr(base, name, after)
        return _told(plan) if "status" not in plan.head or _entered(plan, versions, parts) else None
    if document.head["version"]:
        _refuse(
            document, "version", "design_stands",
            _("Version %(code)s of %(item)s is %(status)s and no longer changes.")
            % {"code": base.code, "item": document.parent.number, "status": base.status.lower()},
            _("Another version, or none: then the next one is made."),
        )  # fmt: skip
        return None
    return _following(plan, there, said, versions, parts)


def _may_be(document: Document, base: Bom | None, said: Mapping[str, Any], context: Context) -> bool:
    quantity, since, until = said["quantity"], said["valid_from"], said["valid_until"]
    status = said["status"] or (base.status if base is not None else DesignStatus.RELEASED)
    if status != DesignStatus.DRAFT and not may(context.actor, RELEASE):
        _refuse(document, "status", "not_allowed", _("You may not release bills of materials; bring them as drafts."))
    elif quantity is not None and not 0 < Decimal(str(quantity)) < Decimal(10) ** 12:
        _refuse(document, "base_quantity", "out_of_bounds", _("Say for how many pieces the lines are, above zero."))
    elif since is not None and until is not None and until <= since:
        _refuse(
            document, "bom_valid_until", "invalid",
            _("It must hold for a day at least: end it after %(day)s.") % {"day": since},
        )  # fmt: skip
    elif not any(line.facts.get("kind", LineKind.COMPONENT) == LineKind.COMPONENT for line in document.lines):
        _refuse(document, "component", "nothing_in_it", _("It has no component: only what comes out is named."))
    else:
        return True
    return False


def _fitting(base: Bom, said: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """What is said of the whole, apart from what has no meaning for the version that stands."""
    facts = {name: value for name, value in said.items() if name != "status" and value is not None}
    if not document.head["version"] and base.status == DesignStatus.RELEASED:
        # The days said are those of the version to come, if one comes.
        facts.pop("valid_from", None)
        facts.pop("valid_until", None)
    if said["status"] and said["status"] != base.status and can_move(base.status, said["status"]):
        facts["status"] = said["status"]
    return facts


def _fresh(document: Document, said: Mapping[str, Any], versions: Versions[Bom], parts: Parts) -> Plan | None:
    item = parts.key(document.parent)
    facts = {name: said[name] for name in _OWN_FACTS if said[name] is not None}
    code = str(document.head["version"] or versions.next_code(item))
    bom = Bom(item=document.parent, code=code, status=said["status"] or DesignStatus.RELEASED, **facts)
    plan = Plan(document, bom, None)
    if not _entered(plan, versions, parts):
        return None
    places = _Places({one.facts["position"] for one in document.lines if "position" in one.facts})
    plan.lines = [BomLine(bom=bom, item=one.item, **places.placed(one.facts)) for one in document.lines]
    _name_positions(plan)
    for row in document.rows:
        row.outcome = Outcome.CREATED
    return plan


def _merge(plan: Plan, there: list[BomLine], parts: Parts, context: Context) -> None:
    """Pair the wanted lines with those that are there; outcomes stand in the rows."""
    wanted = plan.document.lines
    named = [{**line.facts, "item": parts.key(line.item)} for line in wanted]
    pairs = paired(named, [{**_facts(line), "item": line.item_id} for line in there])
    kept = {place for place in pairs if place is not None}
    if not plan.document.head["names_some"]:
        plan.dropped = [line for place, line in enumerate(there) if place not in kept]
    others = [line for place, line in enumerate(there) if place not in kept and plan.document.head["names_some"]]
    stay = [*(there[place] for place in sorted(kept)), *others]
    places = _Places({one["position"] for one in named if "position" in one}, (line.position for line in stay))
    for one, place in zip(wanted, pairs, strict=True):
        if place is None:
            one.row.outcome = Outcome.CREATED
            plan.lines.append(BomLine(bom=plan.bom, item=one.item, **places.placed(one.facts)))
            continue
        line = there[place]
        _change(line, one, context)
        plan.lines.append(line)
        if one.row.outcome is Outcome.CHANGED:
            plan.changed.append(line)
    plan.lines += others
    _name_positions(plan)


def _change(line: BomLine, wanted: Wanted, context: Context) -> None:
    wish = {"item": wanted.item, **wanted.facts}
    if context.clears:
        fields = {one.name: one for one in BomLine._meta.concrete_fields}
        # An empty cell of a column that the file has empties what is there.
        emptied = {"loss_percent", "designators", "valid_from", "note", "operation_number"} & wanted.row.values.keys()
        wish = {**{name: fields[name].get_default() for name in emptied}, **wish}
    before = {name: getattr(line, name) for name in wish}
    differ = [name for name in wish if before[name] != wish[name] and name != "factor"]
    if not differ:
        wanted.row.outcome = Outcome.UNCHANGED
        return
    for name, value in wish.items():
        setattr(line, name, value)
    wanted.row.outcome = Outcome.CHANGED
    wanted.row.changes = {name: (_shown(before[name]), _shown(wish[name])) for name in sorted(differ)}


def _following(
    plan: Plan, there: list[BomLine], said: Mapping[str, Any], versions: Versions[Bom], parts: Parts
) -> Plan | None:
    """The version after a released one: a copy with the changes, from the day said or today."""
    base = plan.bom
    item = parts.key(plan.document.parent)
    facts = {name: said[name] if said[name] is not None else getattr(base, name) for name in ("quantity", "is_phantom")}
    days = {"valid_from": said["valid_from"], "valid_until": said["valid_until"], "note": said["note"] or ""}
    new = Bom(
        item=plan.document.parent, code=versions.next_code(item), status=said["status"] or base.status, **facts, **days
    )
    follows = Plan(plan.document, new, base, head=plan.head, dropped=plan.dropped)
    if not _entered(follows, versions, parts):
        return None
    for line in plan.lines:
        copy = BomLine(bom=new, **{name: getattr(line, name) for name in LINE})
        follows.lines.append(copy)
        follows.alternates += [(copy, one) for one in line.alternates.all()] if line.pk else []
    return _told(follows)


def _entered(plan: Plan, versions: Versions[Bom], parts: Parts) -> bool:
    item = parts.key(plan.document.parent)
    sentence = versions.enter(item, plan.bom, begins=versions.today)
    if sentence:
        expected = _("Days that do not overlap, or the version as a draft.")
        _refuse(plan.document, "bom_valid_from", "one_released_a_day", sentence, expected)
    return not sentence


def _without_rings(plans: list[Plan], parts: Parts) -> list[Plan]:
    """The plans that close no ring; the rows of the others are refused, with the way named."""
    names = {parts.key(item): item.number for item in parts.missing.values()}
    closed = closing([_structure(plan, parts) for plan in plans], names)
    for place, (index, way) in closed.items():
        document = plans[place].document
        lines = [line for line in plans[place].lines if line.kind == LineKind.COMPONENT]
        component = lines[index].item
        row = next((one.row for one in document.lines if one.item is component), document.rows[0])
        row.refuse(
            "component", "product_ring",
            _("%(item)s would be made of itself: %(way)s.") % {"item": document.parent.number, "way": way},
            _("Another component, or one of these changed first."),
        )  # fmt: skip
        document.refuse_rest()
    return [plan for place, plan in enumerate(plans) if place not in closed]


def _structure(plan: Plan, parts: Parts) -> Structure:
    bom = plan.bom
    period = (bom.valid_from, bom.valid_until)
    uses = []
    for line in plan.lines:
        if line.kind == LineKind.COMPONENT:
            days = narrowed(period, line.valid_from, line.valid_until)
            # A line that never holds closes nothing; its place among the uses stays.
            uses.append(Use(parts.key(line.item), *(days or (date.max, date.max))))
    counts = bom.status == DesignStatus.RELEASED
    return Structure(parts.key(plan.document.parent), plan.document.parent.number, period, uses, counts)


def _store(plans: list[Plan], versions: Versions[Bom], parts: Parts) -> None:
    if not plans:
        return
    parts.keep([item for plan in plans for item in (plan.document.parent, *(one.item for one in plan.document.lines))])
    versions.keep_ended(plan.bom for plan in plans)
    new = [plan for plan in plans if plan.is_new]
    Bom.objects.bulk_create([_with_keys(plan.bom, "item") for plan in new], batch_size=1000)
    old = [plan for plan in plans if not plan.is_new]
    BomLine.objects.filter(pk__in=[line.pk for plan in old for line in plan.dropped]).delete()
    changed = [line for plan in old for line in plan.changed]
    # A position is there once, so those that change step aside first.
    BomLine.objects.filter(pk__in=[line.pk for line in changed]).update(position=F("position") + _ASIDE)
    for record in [*changed, *(plan.bom for plan in old)]:
        record.version += 1
    if old:
        Bom.objects.bulk_update([plan.bom for plan in old], ["status", *_OWN_FACTS, "version"], batch_size=500)
    if changed:
        BomLine.objects.bulk_update([_with_keys(line, "item") for line in changed], [*LINE, "version"], batch_size=500)
    added = [line for plan in plans for line in plan.lines if line.pk is None]
    BomLine.objects.bulk_create([_with_keys(line, "bom", "item") for line in added], batch_size=1000)
    stands = [
        BomAlternate(line=line, item_id=one.item_id, factor=one.factor, priority=one.priority)
        for plan in new
        for line, one in plan.alternates
    ]
    BomAlternate.objects.bulk_create(stands, batch_size=1000)


def _with_keys(record: Any, *names: str) -> Any:
    """Records made before what they belong to was stored learn its key."""
    for name in names:
        setattr(record, name, getattr(record, name))
    return record


def _facts(line: BomLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in ("position", "designators", "valid_from")}


class _Places:
    """Positions of new lines: their own, else the next free ten after the last that stands."""

    def __init__(self, said: set[int], there: Iterable[int] = ()) -> None:
        self._said, self._last = said, max(there, default=0)

    def placed(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of a line with its position."""
        if "position" in facts:
            self._last = max(self._last, facts["position"])
            return dict(facts)
        self._last = (self._last // STEP + 1) * STEP
        while self._last in self._said:
            self._last += STEP
        return {**facts, "position": self._last}


def _name_positions(plan: Plan) -> None:
    seen: set[int] = set()
    for line in plan.lines:
        if line.position in seen:
            row = next((one.row for one in plan.document.lines if one.item is line.item), plan.document.rows[0])
            row.refuse("position", "taken", _("Position %d is taken by another line.") % line.position)
        seen.add(line.position)
    plan.document.refuse_rest()


def _lines_touched(plan: Plan) -> bool:
    return bool(plan.dropped or plan.changed or any(line.pk is None for line in plan.lines))


def _told(plan: Plan) -> Plan:
    """What no line says stands in the first row: facts of the whole, and lines that the file no longer names."""
    first = plan.document.rows[0]
    for name, (before, after) in plan.head.items():
        first.changes[name] = (_shown(before), _shown(after))
    if plan.dropped:
        first.changes["lines"] = (", ".join(f"{one.position} {one.item.number}" for one in plan.dropped), "")
    if first.changes and first.outcome is Outcome.UNCHANGED:
        first.outcome = Outcome.CHANGED
    return plan


def _refuse(document: Document, name: str, code: str, sentence: str, expected: str = "") -> None:
    document.rows[0].refuse(name, code, sentence, expected)
    document.refuse_rest()


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    number = getattr(value, "number", None) or getattr(value, "code", None)
    return str(number) if number else "" if value is None else str(value)
