"""What the demo's items are made of, how they are made, and what an hour of it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings

from factory_core.people.models import User
from factory_core.plant.models import Line, Machine, Site
from inventory.items.models import Item
from inventory.stock.models import Location
from production.costing.models import EnergyPrice, LabourRate, Rate
from production.labour.models import PauseReason
from production.oee.models import OeeTargets, WallBoard
from production.orders.models import LossReason
from production.products.models import WorkCentre
from production.products.services import (
    add_line,
    add_operation,
    create_centre,
    draft_bom,
    draft_routing,
    release_bom,
    release_routing,
    set_check,
    set_instruction,
)
from production.products.states import CheckKind, CheckWhen, IssuePolicy
from production.shopfloor.models import EscalationStep

# Code, name, line, machines, material from, goods to, an hour of the machine, of a person, of overhead.
CENTRES = (
    ("TURN", "Turning", "LINE-A", ("CNC01", "CNC02", "CNC03"), "A-01", "FG-01", "38.00", "27.50", "14.00"),
    ("DEBURR", "Deburring", "LINE-A", ("DEBURR04",), "B-01", "FG-01", "12.00", "25.00", "9.00"),
    ("PRESS", "Pressing", "LINE-B", ("PRESS11", "PRESS12"), "A-03", "B-02", "46.00", "26.00", "16.00"),
    ("WELD", "Welding", "LINE-B", ("WELD13",), "B-02", "B-02", "52.00", "31.00", "18.00"),
    ("PACK", "Packing", "LINE-B", ("PACK14",), "B-03", "FG-02", "8.00", "23.00", "7.00"),
)


@dataclass(frozen=True)
class Part:
    """So much of a component for one piece; taken by itself at its step, at the end, or as picked lots."""

    number: str
    quantity: str
    issue: str = IssuePolicy.END
    step: int | None = None
    loss: str = "0"
    marks: str = ""


@dataclass(frozen=True)
class Step:
    """One operation: where, set-up minutes, ideal seconds a piece."""

    name: str
    centre: str
    setup_min: int
    run_s: int
    crew: str = "1"
    confirm: str = ""
    note: str = ""
    check: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class Design:
    """What an item is made of and how."""

    number: str
    days: int
    parts: tuple[Part, ...]
    steps: tuple[Step, ...] = field(default=())


DESIGNS = (
    Design("FG-12008", 2, (
        Part("RM-1045", "1.35", IssuePolicy.STEP, 10, "3"),
        Part("PK-8001", "0.05"),
    ), (
        Step("Turning", "TURN", 35, 24, "0.5", "Clamp the bar against the stop; check the jaws for chips.",
             "Measure the bore with the plug gauge at the first piece.", ("Bore", "39.98", "40.03")),
    )),
    Design("FG-40115", 3, (
        Part("RM-1060", "2.2", IssuePolicy.STEP, 10, "4"),
        Part("CP-3320", "1", IssuePolicy.PICKED, 20),
        Part("PK-8001", "0.0833"),
    ), (
        Step("Turning", "TURN", 40, 27, "0.5", "Use jaws set 115.", "", ("Outer diameter", "114.95", "115.05")),
        Step("Deburring", "DEBURR", 5, 15),
    )),
    Design("SA-77000", 2, (
        Part("RM-2010", "1.1", IssuePolicy.STEP, 10, "2"),
    ), (Step("Pressing", "PRESS", 45, 9, "0.5"),)),
    Design("FG-77003", 2, (
        Part("SA-77000", "1"),
        Part("CP-3310", "4", IssuePolicy.END, None, "1", "S1-S4"),
        Part("CP-3320", "1"),
        Part("PK-8001", "0.125", IssuePolicy.STEP, 20),
    ), (
        Step("Welding", "WELD", 20, 42, "1", "Wear the hood; extraction on.", "Look at the first seam from both sides.",
             ("Seam width", "4", "6")),
        Step("Packing", "PACK", 0, 12),
    )),
    Design("FG-77004", 2, (
        Part("RM-2010", "1.25", IssuePolicy.STEP, 10, "2"),
        Part("CP-3310", "6", IssuePolicy.END, None, "1", "S1-S6"),
        Part("PK-8001", "0.125", IssuePolicy.STEP, 20),
    ), (Step("Pressing", "PRESS", 45, 11, "0.5"), Step("Packing", "PACK", 0, 12))),
)  # fmt: skip
LOSSES = (
    ("start-up", "Start-up"), ("dimension", "Dimension"), ("surface", "Surface"), ("material", "Material"),
    ("handling", "Handling"),
)  # fmt: skip
PAUSES = (
    ("BREAK", "Break"),
    ("OTHER-JOB", "Other job"),
    ("MATERIAL", "Waiting for material"),
    ("HELP", "Waiting for help"),
)
# Who hears of a call nobody answered, after how many minutes.
CHAIN = ((1, 5, "supervisor"), (2, 15, "planner"), (3, 30, "owner"))
BOARDS = (("floor", 20), ("figures", 15), ("hours", 15), ("losses", 15), ("today", 20))


def build_products(
    *, actor: User, site: Site, items: Mapping[str, Item], machines: Mapping[str, Machine], at: datetime
) -> None:
    """Work centres with their rates, bills of materials and routings in force, and the lists people choose from."""
    since = date(at.year, 1, 1)
    places = {place.code: place for place in Location.objects.filter(site=site)}
    lines = {line.code: line for line in Line.objects.filter(area__site=site)}
    centres = {}
    for code, name, line, members, supply, output, machine, labour, overhead in CENTRES:
        centres[code] = create_centre(
            actor=actor, code=code, name=name, line=lines[line], at=at, machines=[machines[one] for one in members],
            supply=places[supply], output=places[output],
        )  # fmt: skip
        Rate.objects.create(
            work_centre=centres[code], valid_from=since, machine_hour=Decimal(machine), labour_hour=Decimal(labour),
            overhead_hour=Decimal(overhead), currency=settings.CURRENCY,
        )  # fmt: skip
    for design in DESIGNS:
        _draw(actor, items, centres, design, since, at)
    LabourRate.objects.create(site=site, valid_from=since, hour=Decimal("27.20"), currency=settings.CURRENCY)
    EnergyPrice.objects.create(site=site, valid_from=since, price=Decimal("0.21"), currency=settings.CURRENCY)
    LossReason.objects.bulk_create(
        LossReason(code=code, name=name, position=place) for place, (code, name) in enumerate(LOSSES)
    )
    PauseReason.objects.bulk_create(
        PauseReason(code=code, name=name, position=place) for place, (code, name) in enumerate(PAUSES)
    )
    for kind in ("supervisor", "maintenance", "quality", "material"):
        for step, minutes, role in CHAIN:
            EscalationStep.objects.create(site=site, kind=kind, step=step, after_minutes=minutes, role=role)
    OeeTargets.objects.create(site=site)
    WallBoard.objects.create(
        site=site, code="hall-1", name="Hall 1",
        boards=[{"board": board, "line": "", "seconds": seconds} for board, seconds in BOARDS],
    )  # fmt: skip


def _draw(
    actor: User, items: Mapping[str, Item], centres: Mapping[str, WorkCentre], design: Design, since: date,
    at: datetime,
) -> None:  # fmt: skip
    item = items[design.number]
    bom = draft_bom(actor=actor, item=item, at=at, code="A", valid_from=since)
    for part in design.parts:
        add_line(
            actor=actor, bom_id=bom.pk, item=items[part.number], quantity=Decimal(part.quantity), at=at,
            issue=part.issue, operation_number=part.step, loss_percent=Decimal(part.loss), designators=part.marks,
        )  # fmt: skip
    routing = draft_routing(actor=actor, item=item, at=at, code="A", lead_time_days=design.days, valid_from=since)
    for step in design.steps:
        operation = add_operation(
            actor=actor, routing_id=routing.pk, name=step.name, work_centre=centres[step.centre],
            run_s=Decimal(step.run_s), at=at, setup_s=Decimal(step.setup_min * 60), run_crew=Decimal(step.crew),
        )  # fmt: skip
        for text, must in ((step.confirm, True), (step.note, False)):
            if text:
                set_instruction(actor=actor, operation_id=operation.pk, at=at, text=text, must_confirm=must)
        if step.check is not None:
            name, lower, upper = step.check
            set_check(
                actor=actor, operation_id=operation.pk, at=at, name=name, kind=CheckKind.NUMBER, unit="mm",
                lower=Decimal(lower), upper=Decimal(upper), when=CheckWhen.EVERY, every=200,
            )  # fmt: skip
    release_routing(actor=actor, routing_id=routing.pk, at=at, valid_from=since)
    release_bom(actor=actor, bom_id=bom.pk, at=at, valid_from=since)
