"""One look at a station: each thing is read once, and only what the asked parts show."""

from datetime import datetime, timedelta
from functools import cached_property

from factory_core.calendar.rules import ShiftWindow
from factory_core.plant.models import Machine
from production.downtime.models import Downtime
from production.downtime.queries import frequent_reasons, shift_at
from production.labour.queries import Worker, workers
from production.orders.models import OrderRun
from production.shopfloor.queries import station as shown
from production.shopfloor.queries.calls import StationCall, station_calls
from production.shopfloor.queries.loading import Waiting, queue_of, waiting_here
from production.shopfloor.queries.work import Work, work_of

# As many as a card holds that is read at arm's length; the others stand behind "Up next".
NEXT_ORDERS = 3
INSTANT = timedelta(microseconds=1)


class StationLook:
    """What the station of a machine, read as it stands, shows at a moment.

    `of_shift`: the figures or stops of the whole shift are asked too, so that runs and stops are read together with it.
    """

    def __init__(self, machine: Machine, at: datetime, *, of_shift: bool) -> None:
        self.machine, self.at, self.of_shift = machine, at, of_shift
        self.zone = machine.line.area.site.zone

    @cached_property
    def band(self) -> shown.StationBand:
        """The state of the machine."""
        return shown.station_band(self.machine, self.at, shown.ongoing(self._stops))

    @cached_property
    def reasons(self) -> shown.Reasons:
        """The question about a stop, or its answer."""
        return shown.station_reasons(
            self._stops, self.at, lambda said: frequent_reasons(self.machine, self._shift.started_at, said)
        )

    @cached_property
    def recent(self) -> shown.Recent:
        """This shift so far."""
        return shown.station_recent(self.machine, self._shift, self._stops, self.at)

    @cached_property
    def calls(self) -> list[StationCall]:
        """Calls for help, open or lately answered."""
        return station_calls(self.machine, self.at)

    @cached_property
    def order(self) -> shown.StationOrder | None:
        """The running operation with the figures of this shift."""
        return shown.station_order(self.machine, self._runs, self._shift, self.at)

    @cached_property
    def running(self) -> str:
        """The number of the order that runs here."""
        return self._run.operation.order.number if self._run else ""

    @cached_property
    def workers(self) -> list[Worker]:
        """Who works on the running operation."""
        return workers(self._run.at_work) if self._run else []  # type: ignore[attr-defined]  # annotated by runs_here

    @cached_property
    def work(self) -> Work | None:
        """Instructions and checks of the running operation, as far as they tell what to do next."""
        return self._work(whole=False)

    @cached_property
    def todo(self) -> Work | None:
        """The same where nothing is asked about a stop: it takes the place of the question."""
        return None if self.reasons.asks or self.reasons.given else self.work

    @cached_property
    def sheet(self) -> Work | None:
        """All instructions and checks, with who did what."""
        return self._work(whole=True)

    @cached_property
    def queue(self) -> list[Waiting]:
        """What could be started here, as many as a person reads through."""
        return queue_of(self.machine, self.at, self.zone)

    @cached_property
    def waiting(self) -> list[Waiting]:
        """What is offered to be started: nothing while an operation runs."""
        return [] if self._run else self.queue[:NEXT_ORDERS]

    @cached_property
    def queued(self) -> int:
        """How many operations wait for this machine."""
        return waiting_here(self.machine) if self._run else len(self.queue)

    @cached_property
    def _shift(self) -> ShiftWindow:
        return shift_at(self.machine.line, self.at)

    @cached_property
    def _stops(self) -> list[Downtime]:
        since = self.at - shown.ASKS_AFTER
        return shown.stops_of(
            self.machine, min(since, self._shift.started_at) if self.of_shift else since, self.at + INSTANT
        )

    @cached_property
    def _runs(self) -> list[OrderRun]:
        return shown.runs_here(self.machine, self._shift.started_at if self.of_shift else None, self.at)

    def _work(self, *, whole: bool) -> Work | None:
        run = self._run
        return work_of(run.operation, run.started_at, self.at, self.zone, whole=whole) if run else None

    @property
    def _run(self) -> OrderRun | None:
        return next((run for run in self._runs if run.ended_at is None), None)
