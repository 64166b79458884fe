"""A machine with a gateway, tags and a rule, and readings as the door would have stored them."""

import itertools
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Machine
from telemetry.devices.models import Gateway, GatewayStatus, Tag, TagKind
from telemetry.readings.models import DirtyRange, Stream
from telemetry.states.models import CounterStep, StateInterval
from telemetry.states.rules.fold import Interval
from telemetry.states.rules.moments import from_us, to_us
from telemetry.states.rules.readings import Reading
from telemetry.states.services import Derived, derive_machine, set_state_rule
from tests.world.plant import Plant

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
EXECUTION = {"sources": [{"kind": "words", "tag": "execution"}]}
CURRENT = {"sources": [{"kind": "current", "tag": "amps"}]}
KINDS = {
    "execution": TagKind.TEXT,
    "amps": TagKind.NUMBER,
    "fault": TagKind.BOOL,
    "pieces": TagKind.COUNTER,
}


def after(seconds: float) -> datetime:
    """A moment so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


@dataclass
class Watched:
    """A machine whose states are derived. Times of readings are seconds after noon."""

    machine: Machine
    stream: Stream
    tags: dict[str, Tag]
    deriver: User
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def rule(self, definition: dict[str, Any], valid_from: float = -86_400) -> None:
        """Set a rule; by default it has been valid since yesterday."""
        with acting(self.deriver, channel="test"):
            set_state_rule(
                actor=self.deriver,
                machine=self.machine,
                definition=definition,
                valid_from=after(valid_from),
                at=NOON,
            )

    def send(self, tag: str, *pairs: tuple[float, Any], quality: int = 192) -> None:
        """Store one tag's readings and mark their time dirty, as one packet."""
        self.store([Reading(to_us(after(at)), tag, 0, 0, value, quality) for at, value in pairs])

    def store(self, readings: Iterable[Reading]) -> None:
        """Store readings with numbers of their own, unless they have some, and mark their time dirty."""
        rows = [r if r.seq else r._replace(stream=self.stream.pk, seq=next(self.numbers)) for r in readings]
        with connection.cursor() as cursor:
            for day in {from_us(row.at).date() for row in rows}:
                cursor.execute("SELECT telemetry_ensure_day(%s)", [day])
            for row in rows:
                tag = self.tags[row.tag]
                table = "telemetry_readingtext" if tag.kind == TagKind.TEXT else "telemetry_reading"
                value = float(row.value) if isinstance(row.value, bool) else row.value
                cursor.execute(
                    f"INSERT INTO {table} (tag_id, at, value, quality, stream_id, seq) VALUES (%s,%s,%s,%s,%s,%s)",
                    [tag.pk, from_us(row.at), value, row.quality, row.stream, row.seq],
                )
        DirtyRange.objects.create(
            machine=self.machine,
            started_at=from_us(min(row.at for row in rows)),
            ended_at=from_us(max(row.at for row in rows)),
            created_at=NOON,
        )

    def derive(self, at: float = 600) -> Derived | None:
        """One pass, as known so many seconds after noon."""
        with acting(self.deriver, channel="derive"):
            return derive_machine(actor=self.deriver, machine_id=self.machine.pk, at=after(at))

    def line(self) -> list[tuple[float, float | None, str, str]]:
        """The stored time line in seconds after noon."""
        rows = StateInterval.objects.filter(machine=self.machine).order_by("started_at")
        return [(_seconds(r.started_at), r.ended_at and _seconds(r.ended_at), r.state, r.word) for r in rows]

    def intervals(self) -> list[Interval]:
        """The stored time line as the rules see it."""
        rows = StateInterval.objects.filter(machine=self.machine).order_by("started_at")
        return [Interval(to_us(r.started_at), r.ended_at and to_us(r.ended_at), r.state, r.word) for r in rows]

    def steps(self) -> list[tuple[float, int, str]]:
        """The stored counter steps in seconds after noon."""
        rows = CounterStep.objects.filter(machine=self.machine).order_by("at", "id")
        return [(_seconds(r.at), int(r.delta), r.kind) for r in rows]


def _seconds(moment: datetime) -> float:
    return (moment - NOON).total_seconds()


def a_watched_machine(plant: Plant, machine: Machine | None = None) -> Watched:
    """One of the plant's machines with a gateway and one tag of every kind."""
    deriver = service_user("derive")
    machine = machine or plant.press
    with acting(deriver, channel="test"):
        gateway = Gateway.objects.create(
            code=f"gw-{machine.code}", name="Gateway", site=plant.site, status=GatewayStatus.ACTIVE
        )
        tags = {
            name: Tag.objects.create(
                gateway=gateway, name=name, machine=machine, kind=kind, decision="state of the machine"
            )
            for name, kind in KINDS.items()
        }
    stream = Stream.objects.create(gateway=gateway, epoch=f"{random.getrandbits(64):016x}", lane="s")
    return Watched(machine, stream, tags, deriver)
