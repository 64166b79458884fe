"""Of which machines figures are asked: those a person may see, of a site, a line, or one."""

from collections.abc import Sequence
from dataclasses import dataclass

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine, Site


@dataclass(frozen=True)
class Chosen:
    """The machines asked about, all that could be, and how the choice is called."""

    machines: list[Machine]
    every: list[Machine]
    line: str
    machine: str

    @property
    def ids(self) -> list[int]:
        """The machines asked about."""
        return [machine.pk for machine in self.machines]

    @property
    def lines(self) -> Sequence[Line]:
        """The lines that could be asked about."""
        return list({machine.line_id: machine.line for machine in self.every}.values())

    @property
    def one(self) -> Machine | None:
        """The machine asked about, where it is one."""
        return self.machines[0] if len(self.machines) == 1 else None

    @property
    def site(self) -> Site | None:
        """The site whose day and targets count: that of the first machine."""
        return self.machines[0].line.area.site if self.machines else None


def machines_seen(user: User) -> list[Machine]:
    """The machines whose production a person may see, in flow order, with their places.

    Many machines share a line: its places are read once for the line.
    """
    rows = visible(user, Machine.objects.filter(is_active=True), "production.view")
    found = list(rows.order_by("line__code", "position", "code").defer("created_at", "updated_at"))
    lines = Line.objects.select_related("area__site").in_bulk({machine.line_id for machine in found})
    for machine in found:
        machine.line = lines[machine.line_id]
    return found


def chosen_machines(user: User, line: str, machine: str) -> Chosen:
    """The machines of a line's code and a machine's code among those a person may see; "" is all."""
    every = machines_seen(user)
    found = [one for one in every if (not line or one.line.code == line) and (not machine or one.code == machine)]
    return Chosen(found, every, line, machine)
