"""Signs of life: each process says every few seconds that it works."""

from typing import Any

from django.db import connection

from factory_core.clock import now
from factory_core.live.nudge import nudge
from factory_core.processes.models import ProcessBeat

EVERY_S = 5.0


def beat(name: str, detail: dict[str, Any] | None = None) -> None:
    """Say that the process works, now; `detail` is shown by the doctor and the Health page."""
    ProcessBeat.objects.bulk_create(
        [ProcessBeat(name=name, at=now(), detail=detail or {})],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at", "detail"],
    )
    # Whoever has the Health page open looks again with every sign of life.
    nudge("health", t="changed", m="health")


def beat_for_ever(name: str, wait: Any) -> None:
    """Beat until `wait(seconds)` answers true. For a thread of its own: a lost database is waited out."""
    from django.db import DatabaseError

    while True:
        try:
            beat(name)
        except DatabaseError:
            # The missing beat is the report: doctor and Health show it; the next round connects afresh.
            connection.close()
        if wait(EVERY_S):
            connection.close()
            return
