"""How a machine is shown: its state, coloured by what people said about it."""

from datetime import datetime
from typing import NamedTuple

from factory_core.plant.models import Machine
from factory_core.web.display import Text, display_state, display_word
from production.downtime.models import Downtime
from production.downtime.queries.records import open_downtime
from production.downtime.states import STOP_STATES, ReasonKind
from telemetry.states.models import StateInterval


class Band(NamedTuple):
    """How a machine is shown now: display family, its word, the reason if one was given, since when."""

    state: str
    word: Text
    note: str
    since: datetime | None


def band(state: str, since: datetime | None, downtime: Downtime | None) -> Band:
    """How a machine in a state is shown, given the downtime that goes on."""
    if downtime is None or state not in STOP_STATES:
        family = display_state(state)
        return Band(family, display_word(state, family), "", since)
    family = family_of(state, downtime)
    note = downtime.reason.name if downtime.reason else ""
    return Band(family, display_word(state, family), note, downtime.started_at)


def family_of(state: str, downtime: Downtime) -> str:
    """The display family of a stopped machine: asking, planned, set-up, or what the machine says."""
    if downtime.reason is None:
        return display_state(state, asks=not downtime.is_micro)
    if downtime.reason.kind == ReasonKind.SETUP:
        return display_state("SETUP")
    return display_state(state, planned=downtime.reason.planned)


def band_of(machine: Machine) -> Band:
    """How a machine is shown now."""
    row = StateInterval.objects.filter(machine=machine, ended_at=None).order_by("-started_at").first()
    state, since = (row.state, row.started_at) if row else ("NO_DATA", None)
    return band(state, since, open_downtime(machine))
