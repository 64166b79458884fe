"""What time accounts do when something happened elsewhere that a closed one may have said differently."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.events.types import EventRecord
from factory_core.people.services import service_user
from production.oee.queries.changes import machine_of_event, stretch_of_stop
from production.oee.services import take_in_late

# Where a stop was before it was put right is not told; it was not further away than a shift or two.
AROUND = timedelta(days=1)


def follow_late_states(event: EventRecord) -> None:
    """Closed accounts over redrawn states are looked at again."""
    redrawn_to = event.payload["redrawn_to"]
    _look_again(
        event,
        event.payload["machine_id"],
        datetime.fromisoformat(event.payload["redrawn_from"]),
        datetime.fromisoformat(redrawn_to) if redrawn_to else None,
        _("states of the machine came later or were drawn anew"),
    )


def follow_changed_stop(event: EventRecord) -> None:
    """Closed accounts over a stop that got another reason or shape are looked at again."""
    stretch = stretch_of_stop(event.payload["downtime_id"])
    if stretch is not None:
        _look_again(
            event, stretch.machine_id, stretch.started_at, stretch.ended_at, _("a stop was explained or changed")
        )


def follow_corrected_stop(event: EventRecord) -> None:
    """The same for a stop whose times were put right: where it was before counts too."""
    stretch = stretch_of_stop(event.payload["downtime_id"])
    if stretch is not None:
        end = stretch.ended_at and stretch.ended_at + AROUND
        _look_again(event, stretch.machine_id, stretch.started_at - AROUND, end, _("a stop was corrected"))


def follow_late_order(event: EventRecord) -> None:
    """A tap that was on its way while the network was away puts an order on a machine, or takes it off, in the past."""
    machine_id = machine_of_event(event.id)
    if machine_id is not None:
        _look_again(event, machine_id, event.at, None, _("an order was started or ended there at another time"))


def _look_again(event: EventRecord, machine_id: int, start: datetime, end: datetime | None, why: str) -> None:
    service = service_user("oee")
    with acting(service, channel="worker", correlation=event.correlation):
        take_in_late(actor=service, machine_id=machine_id, started_at=start, ended_at=end, at=now(), why=why)
