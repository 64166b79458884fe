"""Where the demo plant stands and when it works."""

from dataclasses import dataclass
from datetime import date, time

import holidays

from factory_core.calendar.models import Holiday, Shift, ShiftBreak
from factory_core.plant.models import Area, Line, Machine, Site

EVERY_DAY = 0b1111111


@dataclass(frozen=True)
class DemoMachine:
    """One machine of the demo: where it stands and how it behaves."""

    code: str
    name: str
    line: str
    cycle_s: int
    pattern: str
    rule: str


MACHINES = (
    DemoMachine("CNC01", "CNC 01", "LINE-A", 24, "steady", "execution"),
    DemoMachine("CNC02", "CNC 02", "LINE-A", 31, "mixed", "execution"),
    DemoMachine("CNC03", "CNC 03", "LINE-A", 27, "troubled", "execution"),
    DemoMachine("DEBURR04", "Deburring 04", "LINE-A", 15, "mixed", "execution"),
    DemoMachine("PRESS11", "Press 11", "LINE-B", 9, "mixed", "current"),
    DemoMachine("PRESS12", "Press 12", "LINE-B", 11, "troubled", "current"),
    DemoMachine("WELD13", "Welding cell 13", "LINE-B", 42, "steady", "execution"),
    DemoMachine("PACK14", "Packing 14", "LINE-B", 12, "dark", "execution"),
)
LINES = (("LINE-A", "Line A · turning"), ("LINE-B", "Line B · housings"))
SHIFTS = (
    ("Early", time(6), time(14), time(9), time(9, 30)),
    ("Late", time(14), time(22), time(18), time(18, 30)),
    ("Night", time(22), time(6), time(2), time(2, 30)),
)


def build_places(on: date) -> dict[str, Machine]:
    """Site, hall, lines, machines, three shifts and the holidays of this year and the next; machines by code."""
    site = Site.objects.create(code="BREMEN", name="Bremen works", time_zone="Europe/Berlin")
    hall = Area.objects.create(code="HALL-1", name="Hall 1", site=site)
    lines = {code: Line.objects.create(code=code, name=name, area=hall) for code, name in LINES}
    for name, starts, ends, pause, back in SHIFTS:
        shift = Shift.objects.create(site=site, name=name, starts=starts, ends=ends, weekdays=EVERY_DAY)
        ShiftBreak.objects.create(shift=shift, starts=pause, ends=back)
    for day, name in sorted(holidays.country_holidays("DE", subdiv="HB", years=[on.year, on.year + 1]).items()):
        # A demo that stands still on the day somebody tries it would show nothing.
        if day > on:
            Holiday.objects.create(site=site, on=day, name=name)
    return {
        machine.code: Machine.objects.create(
            line=lines[machine.line], code=machine.code, name=machine.name, position=position
        )
        for position, machine in enumerate(MACHINES, start=1)
    }
