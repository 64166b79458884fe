"""Why machines of the demo stop: categories, and the reasons in them."""

from production.downtime.models import DowntimeReason
from production.downtime.states import ReasonKind

TREE: tuple[tuple[str, str, tuple[tuple[str, str, str, tuple[str, ...]], ...]], ...] = (
    ("TECHNICAL", "Technical", (
        ("ELECTRICAL", "Electrical fault", ReasonKind.UNPLANNED, ("E101 SPINDLE OVERLOAD",)),
        ("MECHANICAL", "Mechanical fault", ReasonKind.UNPLANNED, ()),
        ("JAM", "Jam", ReasonKind.UNPLANNED, ()),
        ("TOOL-BROKEN", "Tool broken", ReasonKind.UNPLANNED, ("E417 TOOL BROKEN",)),
        ("COOLANT", "Coolant", ReasonKind.UNPLANNED, ("E204 COOLANT LOW",)),
    )),
    ("MATERIAL", "Material", (
        ("NO-MATERIAL", "Material missing", ReasonKind.UNPLANNED, ("E310 BAR FEED EMPTY",)),
        ("BAD-MATERIAL", "Material faulty", ReasonKind.UNPLANNED, ()),
    )),
    ("WORK", "Work", (
        ("TOOL-CHANGE", "Tool change", ReasonKind.SETUP, ()),
        ("SETUP", "Set-up", ReasonKind.SETUP, ()),
        ("QUALITY", "Quality check", ReasonKind.UNPLANNED, ()),
        ("OPERATOR", "Operator busy", ReasonKind.UNPLANNED, ()),
        ("DOOR", "Door open", ReasonKind.UNPLANNED, ("E231 DOOR OPEN",)),
    )),
    ("PLANNED", "Planned", (
        ("BREAK", "Break", ReasonKind.PLANNED, ()),
        ("CLEANING", "Cleaning", ReasonKind.PLANNED, ()),
        ("MAINTENANCE", "Planned maintenance", ReasonKind.PLANNED, ()),
        ("NO-ORDER", "No order", ReasonKind.PLANNED, ()),
    )),
)  # fmt: skip


def build_reasons() -> None:
    """The tree of reasons, in the order in which people look for them."""
    for place, (code, name, reasons) in enumerate(TREE):
        category = DowntimeReason.objects.create(code=code, name=name, position=place * 10)
        DowntimeReason.objects.bulk_create(
            DowntimeReason(
                code=code, name=name, kind=kind, machine_words=list(words), parent=category,
                position=place * 10 + rank,
            )
            for rank, (code, name, kind, words) in enumerate(reasons, start=1)
        )  # fmt: skip
