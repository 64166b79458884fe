"""Routings come over: one for each item that a row names or whose model it names; equal ones stay untouched."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.importing.kinds import Context, Existing, Outcome, Row
from inventory.items.models import Item
from production.products.models import Instruction, OperationCheck, Routing, RoutingOperation
from production.products.queries.designs import operations_of
from production.products.services.bringing.centres import Centres
from production.products.services.bringing.operations import Sheet, Step, sheets_of
from production.products.services.bringing.parts import Parts
from production.products.services.bringing.versions import Versions, head_of
from production.products.services.common import RELEASE
from production.products.states import DesignStatus, can_move

OPERATION = (
    "number", "name", "work_centre", "machine", "setup_s", "run_s", "setup_crew", "run_crew", "loss_percent", "wait_s",
    "count_by", "time_rule",
)  # fmt: skip
_HEAD = {
    "status": "status", "lead_time_days": "lead_time_days", "routing_valid_from": "valid_from",
    "routing_valid_until": "valid_until", "routing_note": "note",
}  # fmt: skip
_OWN_FACTS = ("lead_time_days", "valid_from", "valid_until", "note")
_CHECK = ("position", "name", "kind", "unit", "lower", "upper", "choices", "when", "every", "is_required")
Told = tuple[int, str, bool]


@dataclass(slots=True)
class Plan:
    """What becomes of the routing of one item: its operations with their instructions, and what goes."""

    sheet: Sheet
    item: Item
    routing: Routing
    base: Routing | None
    operations: list[RoutingOperation] = field(default_factory=list)
    changed: list[RoutingOperation] = field(default_factory=list)
    dropped: list[RoutingOperation] = field(default_factory=list)
    # Operations by number whose instructions are told anew, and the checks that a new version takes over.
    told: dict[int, list[Told]] = field(default_factory=dict)
    checks: dict[int, list[OperationCheck]] = field(default_factory=dict)
    head: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.routing is not self.base

    @property
    def touches(self) -> bool:
        """Whether an operation differs from what stands."""
        added = any(one.pk is None for one in self.operations)
        return bool(added or self.changed or self.dropped or self.told)


def take_routings(rows: Sequence[Row], context: Context) -> None:
    """Bring rows of routings in; see `factory_core.importing.kinds.Take`."""
    centres = Centres(context, (row.values.get("work_centre") for row in rows))
    sheets, parts = sheets_of(rows, context, centres)
    ready = [sheet for sheet in sheets if not sheet.is_refused]
    versions = Versions.of(Routing, [item for sheet in ready for item in sheet.items], context)
    bases = {
        (id(sheet), id(item)): base
        for sheet in ready
        for item in sheet.items
        if (base := versions.meant(parts.key(item), str(sheet.head["version"] or ""))) is not None
    }
    there: dict[int, list[RoutingOperation]] = defaultdict(list)
    for operation in operations_of(*bases.values()):
        there[operation.routing_id].append(operation)
    plans = []
    for sheet in ready:
        for item in sheet.items:
            base = bases.get((id(sheet), id(item)))
            if base is not None and _stands(sheet, item, context):
                continue
            plan = _planned(sheet, item, base, there.get(base.pk, []) if base else [], versions, parts, context)
            if plan is not None:
                plans.append(plan)
        sheet.settle()
    _store([plan for plan in plans if not plan.sheet.is_refused], versions, parts, centres)


def _stands(sheet: Sheet, item: Item, context: Context) -> bool:
    if context.existing is Existing.SKIP:
        sheet.note(Outcome.SKIPPED)
    elif context.existing is Existing.STOP:
        sheet.refuse("item", "exists", _("“%(key)s” exists already.") % {"key": item.number})
    return context.existing is not Existing.CHANGE


def _planned(
    sheet: Sheet, item: Item, base: Routing | None, there: list[RoutingOperation], versions: Versions[Routing],
    parts: Parts, context: Context,
) -> Plan | None:  # fmt: skip
    said = {column: sheet.head[name] for name, column in _HEAD.items()}
    status = said["status"] or (base.status if base is not None else DesignStatus.RELEASED)
    if status != DesignStatus.DRAFT and not may(context.actor, RELEASE):
        sheet.refuse("status", "not_allowed", _("You may not release routings; bring them as drafts."))
        return None
    if base is None:
        facts = {name: said[name] for name in _OWN_FACTS if said[name] is not None}
        code = str(sheet.head["version"] or versions.next_code(parts.key(item)))
        new = Plan(sheet, item, Routing(item=item, code=code, status=status, **facts), None)
        return _filled(new, [], Outcome.CREATED) if _entered(new, versions, parts) else None
    plan = _filled(Plan(sheet, item, base, base), there, None)
    plan.head = head_of(base, _fitting(base, said, sheet))
    if not plan.touches and not plan.head:
        sheet.note(Outcome.UNCHANGED)
        return None
    is_moved_only = set(plan.head) <= {"status"} and not plan.touches
    if is_moved_only or base.status == DesignStatus.DRAFT or base.pk in versions.own:
        for name, (_before, after) in plan.head.items():
            setattr(base, name, after)
        if "status" in plan.head and not _entered(plan, versions, parts):
            return None
        return _told(plan)
    if sheet.head["version"]:
        sheet.refuse(
            "version", "design_stands",
            _("Version %(code)s of %(item)s is %(status)s and no longer changes.")
            % {"code": base.code, "item": item.number, "status": base.status.lower()},
            _("Another version, or none: then the next one is made."),
        )  # fmt: skip
        return None
    return _following(plan, there, said, versions, parts)


def _fitting(base: Routing, said: Mapping[str, Any], sheet: Sheet) -> dict[str, Any]:
    facts = {name: value for name, value in said.items() if name != "status" and value is not None}
    if not sheet.head["version"] and base.status == DesignStatus.RELEASED:
        # The days said are those of the version to come, if one comes.
        facts.pop("valid_from", None)
        facts.pop("valid_until", None)
    if said["status"] and said["status"] != base.status and can_move(base.status, said["status"]):
        facts["status"] = said["status"]
    return facts


def _filled(plan: Plan, there: list[RoutingOperation], outcome: Outcome | None) -> Plan:
    """Put the wanted operations beside those that are there, by number."""
    standing = {one.number: one for one in there}
    wanted = {step.number for step in plan.sheet.steps}
    for step in plan.sheet.steps:
        operation = standing.get(step.number)
        if operation is None:
            operation = RoutingOperation(routing=plan.routing, number=step.number, **step.facts)
            plan.told[step.number] = step.told
            step.note(Outcome.CREATED)
        else:
            _change(plan, operation, step)
        plan.operations.append(operation)
    left = [one for one in there if one.number not in wanted]
    if plan.sheet.head["names_some"]:
        plan.operations += left
    else:
        plan.dropped = left
    if outcome is not None:
        plan.sheet.note(outcome)
    return plan


def _change(plan: Plan, operation: RoutingOperation, step: Step) -> None:
    before = {name: getattr(operation, name) for name in step.facts}
    differ = [name for name, value in step.facts.items() if before[name] != value]
    for name in differ:
        setattr(operation, name, step.facts[name])
    if differ:
        plan.changed.append(operation)
        step.rows[0].changes |= {name: (_shown(before[name]), _shown(step.facts[name])) for name in sorted(differ)}
    stands = [(one.position, one.text, one.must_confirm) for one in operation.instructions.all()]
    if step.told and [one[1:] for one in step.told] != [one[1:] for one in stands]:
        plan.told[step.number] = step.told
        step.rows[0].changes["instructions"] = (
            "\n".join(text for _position, text, _confirmed in stands),
            "\n".join(text for _position, text, _confirmed in step.told),
        )
    step.note(Outcome.CHANGED if step.number in plan.told or differ else Outcome.UNCHANGED)


def _following(
    plan: Plan, there: list[RoutingOperation], said: Mapping[str, Any], versions: Versions[Routing], parts: Parts
) -> Plan | None:
    """The version after a released one: a copy with the changes, from the day said or today."""
    base = plan.routing
    lead = said["lead_time_days"] if said["lead_time_days"] is not None else base.lead_time_days
    new = Routing(
        item=plan.item, code=versions.next_code(parts.key(plan.item)), status=said["status"] or base.status,
        lead_time_days=lead, valid_from=said["valid_from"], valid_until=said["valid_until"], note=said["note"] or "",
    )  # fmt: skip
    follows = Plan(plan.sheet, plan.item, new, base, head=plan.head, dropped=plan.dropped)
    if not _entered(follows, versions, parts):
        return None
    for one in plan.operations:
        follows.operations.append(RoutingOperation(routing=new, **{name: getattr(one, name) for name in OPERATION}))
        if one.number in plan.told:
            follows.told[one.number] = plan.told[one.number]
        elif one.pk:
            told = [(each.position, each.text, each.must_confirm) for each in one.instructions.all()]
            follows.told[one.number] = told
        if one.pk:
            follows.checks[one.number] = list(one.checks.all())
    return _told(follows)


def _entered(plan: Plan, versions: Versions[Routing], parts: Parts) -> bool:
    sentence = versions.enter(parts.key(plan.item), plan.routing, begins=versions.today)
    if sentence:
        expected = _("Days that do not overlap, or the version as a draft.")
        plan.sheet.refuse("routing_valid_from", "one_released_a_day", sentence, expected)
    return not sentence


def _told(plan: Plan) -> Plan:
    """What no operation says stands in the first row: facts of the whole, and operations that are no longer named."""
    first = plan.sheet.rows[0]
    for name, (before, after) in plan.head.items():
        first.changes[name] = (_shown(before), _shown(after))
    if plan.dropped:
        first.changes["operations"] = (", ".join(f"{one.number} {one.name}" for one in plan.dropped), "")
    plan.sheet.note_first(Outcome.CHANGED)
    return plan


def _store(plans: list[Plan], versions: Versions[Routing], parts: Parts, centres: Centres) -> None:
    if not plans:
        return
    parts.keep([plan.item for plan in plans])
    centres.keep(one.work_centre for plan in plans for one in plan.operations)
    versions.keep_ended(plan.routing for plan in plans)
    new, old = [plan for plan in plans if plan.is_new], [plan for plan in plans if not plan.is_new]
    Routing.objects.bulk_create([_with_keys(plan.routing, "item") for plan in new], batch_size=1000)
    RoutingOperation.objects.filter(pk__in=[one.pk for plan in old for one in plan.dropped]).delete()
    changed = [one for plan in old for one in plan.changed]
    retold = [one for plan in old for one in plan.operations if one.pk and one.number in plan.told]
    Instruction.objects.filter(operation__in=[one.pk for one in retold]).delete()
    for record in [*changed, *(plan.routing for plan in old)]:
        record.version += 1
    if old:
        routings = [plan.routing for plan in old]
        Routing.objects.bulk_update(routings, ["status", *_OWN_FACTS, "version"], batch_size=500)
    if changed:
        RoutingOperation.objects.bulk_update(
            [_with_keys(one, "work_centre") for one in changed], [*OPERATION[1:], "version"], batch_size=500
        )
    added = [one for plan in plans for one in plan.operations if one.pk is None]
    RoutingOperation.objects.bulk_create([_with_keys(one, "routing", "work_centre") for one in added], batch_size=1000)
    Instruction.objects.bulk_create(
        [
            Instruction(operation=one, position=position, text=text, must_confirm=must_confirm)
            for plan in plans
            for one in plan.operations
            for position, text, must_confirm in plan.told.get(one.number, ())
        ],
        batch_size=1000,
    )
    OperationCheck.objects.bulk_create(
        [
            OperationCheck(operation=one, **{name: getattr(check, name) for name in _CHECK})
            for plan in new
            for one in plan.operations
            for check in plan.checks.get(one.number, ())
        ],
        batch_size=1000,
    )


def _with_keys(record: Any, *names: str) -> Any:
    """Records made before what they belong to was stored learn its key."""
    for name in names:
        setattr(record, name, getattr(record, name))
    return record


def _shown(value: Any) -> str:
    code = getattr(value, "code", None)
    return str(code) if code else "" if value is None else str(value)
