"""The derive process: waits for dirty stretches and for silence, and lets each machine catch up."""

import logging
import random
import threading
import time
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg
from django.db import InterfaceError, OperationalError, connection
from psycopg_pool import PoolTimeout

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.processes.beats import EVERY_S, beat
from telemetry.states.queries.waiting import next_wake, waiting_machines
from telemetry.states.services import Derived, derive_machines

log = logging.getLogger(__name__)

CHANNEL: Final = "millwright_derive"
POLL_S: Final = 1.0
# Under load dirt comes with every packet. A rest after each round lets one pass serve many packets,
# and leaves the processor to those who bring them; people see a change well within the second.
REST_S: Final = 0.15
MOST_MACHINES: Final = 200
# Machines that share a transaction: a commit costs as much as deriving a few readings.
TOGETHER: Final = 50
BENCH_S: Final = 60.0
SLOWEST_RETRY_S: Final = 5.0
# A pass longer than this is stuck, not busy; the missing beat then says so.
LONGEST_PASS_S: Final = 900.0

DATABASE_LOST: Final = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)


def derive_until(stop: threading.Event) -> None:
    """Derive until stopped. A long past is redrawn on a thread of its own, so that the present does not wait for it."""
    loops = [Deriving(stop, long_past=False), Deriving(stop, long_past=True)]
    threads = [threading.Thread(target=loops[1].run, name="past"), threading.Thread(target=_pulse, args=(stop, loops))]
    for thread in threads:
        thread.start()
    try:
        loops[0].run()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def derive_waiting() -> int:
    """Derive what waits at this moment; gives how many machines were passed over."""
    loop = Deriving(threading.Event(), long_past=None)
    passes = 0
    while done := loop.go_round():
        passes += done
    return passes


class Deriving:
    """One loop of a derive process. Several may run, in threads and processes; one at a time has a machine."""

    def __init__(self, stop: threading.Event, *, long_past: bool | None) -> None:
        self.benched: dict[int, datetime] = {}
        self.passed_at = time.monotonic()
        self._stop = stop
        self._long_past = long_past
        self._listener: psycopg.Connection[Any] | None = None
        self._deriver: User | None = None

    def run(self) -> None:
        """Work until stopped; a lost database is waited for."""
        wait = 0.2
        try:
            while not self._stop.is_set():
                try:
                    self._listen()
                    if self.go_round() < MOST_MACHINES:
                        self._rest()
                    wait = 0.2
                except DATABASE_LOST as lost:
                    log.warning("The derive process lost the database (%s); trying again in %.1f s.", lost, wait)
                    self._let_go()
                    self._stop.wait(wait * random.uniform(0.5, 1))  # noqa: S311 - spreads retries, keeps no secret
                    wait = min(wait * 2, SLOWEST_RETRY_S)
        finally:
            # A loop that dies takes the process with it: somebody starts it again, whole.
            self._stop.set()
            self._let_go()

    def go_round(self) -> int:
        """Derive every machine that waits, once; gives how many passes were made."""
        together = 1 if self._long_past else TOGETHER
        at = now()
        self.benched = {machine: until for machine, until in self.benched.items() if until > at}
        waiting = [
            machine
            for machine in waiting_machines(at, MOST_MACHINES, long_past=self._long_past)
            if machine not in self.benched
        ]
        passes = 0
        for start in range(0, len(waiting), together):
            if self._stop.is_set():
                break
            passes += len(self._derive(waiting[start : start + together], at))
            self.passed_at = time.monotonic()
        self.passed_at = time.monotonic()
        return passes

    def _derive(self, machines: list[int], at: datetime) -> list[Derived]:
        """One transaction for all of them; if that fails, one for each, and the faulty one sits out."""
        try:
            return self._in_one_transaction(machines, at)
        except DATABASE_LOST:
            raise
        except Exception:
            if len(machines) == 1:
                log.exception(
                    "The states of machine %s could not be derived; trying again in %d s.", machines[0], BENCH_S
                )
                self.benched[machines[0]] = at + timedelta(seconds=BENCH_S)
                return []
            log.warning("Deriving %d machines together failed; deriving them one by one.", len(machines))
        return [derived for machine in machines for derived in self._derive([machine], at)]

    def _in_one_transaction(self, machines: list[int], at: datetime) -> list[Derived]:
        if self._deriver is None:
            self._deriver = service_user("derive")
        with acting(self._deriver, channel="derive"):
            return derive_machines(actor=self._deriver, machine_ids=machines, at=at)

    def _listen(self) -> None:
        if self._listener is None:
            params = connection.get_connection_params()
            for ours in ("cursor_factory", "context", "pool", "prepare_threshold"):
                params.pop(ours, None)
            self._listener = psycopg.connect(
                **params,
                autocommit=True,
                keepalives_idle=5,
                keepalives_interval=2,
                keepalives_count=2,
                application_name="millwright derive",
            )
            self._listener.execute(f"LISTEN {CHANNEL}")

    def _rest(self) -> None:
        """Until a notice comes, a silence is due, or a second has passed."""
        if self._listener is None or self._stop.wait(REST_S):
            return
        due = next_wake()
        seconds = POLL_S if due is None else min(POLL_S, max(0.0, (due - now()).total_seconds()))
        for _notice in self._listener.notifies(timeout=seconds, stop_after=1):
            pass

    def _let_go(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        # A user of a database that is gone may not be one of the database that comes back.
        self._deriver = None
        connection.close()


def _pulse(stop: threading.Event, loops: list[Deriving]) -> None:
    """Beats on a thread of its own, so that a long pass does not look like a dead process."""
    while True:
        if all(time.monotonic() - loop.passed_at < LONGEST_PASS_S for loop in loops):
            try:
                beat("derive", {"benched": sorted(machine for loop in loops for machine in loop.benched)})
            except DATABASE_LOST:
                # The missing beat is the report; the next round connects afresh.
                connection.close()
        if stop.wait(EVERY_S):
            connection.close()
            return
