"""Builders of places: one small plant, two lines, as many machines as a test asks for."""

from dataclasses import dataclass

from django.utils.crypto import get_random_string

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from factory_core.plant.models import Area, Line, Machine, Site


@dataclass(frozen=True)
class Plant:
    """A site with one area and two lines; line A has the machines of the story, line B somebody else's."""

    site: Site
    area: Area
    line_a: Line
    line_b: Line
    press: Machine
    lathe: Machine
    robot: Machine


def a_plant(code: str = "") -> Plant:
    """A plant of its own; a code keeps several apart in one database."""
    mark = code or get_random_string(5, "abcdefghij")
    with acting(service_user("plant"), channel="test"):
        site = Site.objects.create(code=f"{mark}-site", name="Bremen")
        area = Area.objects.create(code=f"{mark}-hall", name="Hall 1", site=site)
        line_a = Line.objects.create(code=f"{mark}-a", name="Line A", area=area)
        line_b = Line.objects.create(code=f"{mark}-b", name="Line B", area=area)
    return Plant(
        site,
        area,
        line_a,
        line_b,
        a_machine(line_a, f"{mark}-press", "Press 1", 1),
        a_machine(line_a, f"{mark}-lathe", "Lathe 2", 2),
        a_machine(line_b, f"{mark}-robot", "Robot 9", 1),
    )


def a_machine(line: Line, code: str, name: str = "", position: int = 0, stop_limit_s: int = 300) -> Machine:
    """One more machine on a line."""
    with acting(service_user("plant"), channel="test"):
        return Machine.objects.create(
            line=line, code=code, name=name or code, position=position, stop_limit_s=stop_limit_s
        )
