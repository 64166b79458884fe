"""The health list as Prometheus text."""

import contextlib
from datetime import datetime

from django.db import DatabaseError
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from factory_core.jobs.queries import job_counts
from factory_core.processes.models import ProcessBeat
from factory_core.processes.rules import Part


def as_prometheus(parts: list[Part], at: datetime) -> bytes:
    """The numbers of this moment; a registry of its own, so that nothing of an earlier question lingers."""
    registry = CollectorRegistry()
    health = Gauge("millwright_health", "0 green, 1 amber, 2 red", ["part"], registry=registry)
    for part in parts:
        health.labels(part.name).set(part.colour.number)
    # Without a database millwright_health{part="database"} says so, and the other numbers do not exist.
    with contextlib.suppress(DatabaseError):
        _add_from_database(registry, at)
    return generate_latest(registry)


def _add_from_database(registry: CollectorRegistry, at: datetime) -> None:
    age = Gauge("millwright_beat_age_seconds", "Since the last sign of life", ["process"], registry=registry)
    for beat in ProcessBeat.objects.all():
        age.labels(beat.name).set((at - beat.at).total_seconds())
    jobs = Gauge("millwright_jobs", "Background jobs", ["status"], registry=registry)
    for status, count in job_counts().items():
        jobs.labels(status).set(count)
