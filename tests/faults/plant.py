"""What the campaign does inside the running plant's own Django (through `manage.py shell`)."""

import json
import sys
from datetime import datetime, timedelta

REASON = "JAM"


def set_up(started_at: str) -> None:
    """Two machines with a gateway each, the same tags and rule: one to disturb, one to compare with."""
    from factory_core.access.identity import acting
    from factory_core.people.services import service_user
    from production.downtime.models import DowntimeReason
    from telemetry.states.services.rules import set_state_rule
    from tests.world.people import the_cast
    from tests.world.plant import a_plant
    from tests.world.telemetry import a_gateway, a_tag

    actor = service_user("plant")
    told = {}
    with acting(actor, channel="test"):
        DowntimeReason.objects.create(code=REASON, name="Jam")
    for code in ("disturbed", "calm"):
        plant = a_plant(code)
        the_cast(plant)
        gateway, token = a_gateway(plant.site, f"gw-{code}")
        a_tag(gateway, "m.execution", plant.press, "text")
        a_tag(gateway, "m.count", plant.press, "number")
        with acting(actor, channel="test"):
            definition = {"sources": [{"kind": "words", "tag": "m.execution"}]}
            valid_from = datetime.fromisoformat(started_at) - timedelta(hours=1)
            set_state_rule(actor=actor, machine=plant.press, definition=definition, valid_from=valid_from)
        told[code] = {"token": token, "machine": plant.press.pk, "count": gateway.tags.get(name="m.count").pk}
    json.dump(told, sys.stdout)


def explain_first(machine: int, username: str) -> None:
    """The operator explains the machine's first stop, as soon as there is one."""
    from factory_core.access.identity import acting
    from factory_core.clock import now
    from factory_core.people.models import User
    from production.downtime.models import Downtime
    from production.downtime.services import explain_downtime

    operator = User.objects.get(username=username)
    first = Downtime.objects.filter(machine=machine, status__in=("OPEN", "CLOSED")).order_by("started_at").first()
    if first is None:
        json.dump(None, sys.stdout)
        return
    with acting(operator, channel="test"):
        explained = explain_downtime(actor=operator, downtime_id=first.pk, reason=REASON, at=now())
    json.dump({"id": explained.pk, "started_at": explained.started_at.isoformat()}, sys.stdout)


def told(machine: int, count_tag: int, start: str, end: str) -> None:
    """What the plant knows about a machine when all is done."""
    from django.db.models import Count, Max, Min
    from procrastinate.contrib.django.models import ProcrastinateJob

    from production.downtime.models import Downtime
    from telemetry.models import Gap, Reading
    from telemetry.states.queries import intervals

    period = datetime.fromisoformat(start), datetime.fromisoformat(end)
    counts = Reading.objects.filter(tag_id=count_tag).aggregate(
        rows=Count("value"), different=Count("value", distinct=True), first=Min("value"), last=Max("value")
    )
    json.dump(
        {
            **counts,
            "gaps": Gap.objects.count(),
            "failed_jobs": [
                [job.task_name, job.args, job.attempts] for job in ProcrastinateJob.objects.filter(status="failed")
            ],
            "intervals": [
                [span.started_at.isoformat(), span.ended_at and span.ended_at.isoformat(), span.state, span.word]
                for span in intervals(machine, *period)
            ],
            "downtimes": [
                [stop.started_at.isoformat(), stop.ended_at and stop.ended_at.isoformat(), stop.status]
                for stop in Downtime.objects.filter(machine=machine, status__in=("OPEN", "CLOSED")).order_by(
                    "started_at"
                )
            ],
            "explained": [
                [stop.started_at.isoformat(), stop.reason.code, stop.explained_by.username]
                for stop in Downtime.objects.filter(machine=machine).exclude(explained_by=None)
            ],
        },
        sys.stdout,
    )
