"""The health of the installation: the same list for the doctor, the Health page and /readyz."""

import http.client
import shutil
import ssl
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from factory_core.processes.models import ProcessBeat
from factory_core.processes.offers import offered_parts
from factory_core.processes.rules import Colour, Part, beat_colour, clock_colour, disk_colour, queue_colour
from factory_core.processes.specs import reachable_host

# Each of these must run for the plant to work; the others say by their beat that they exist.
BEATING = ("derive", "worker")
_clean_history: set[str] = set()


def health(at: datetime) -> list[Part]:
    """Every part of the installation, with colour and sentence."""
    try:
        return [
            _database(),
            _clock(at),
            _migrations(),
            *_processes(at),
            _queue(at),
            _disk(),
            _backup(),
            _certificate(),
            *offered_parts(),
        ]
    except DatabaseError as error:
        broken = _("The database does not answer: %(error)s") % {"error": str(error).strip()}
        return [Part("database", Colour.RED, broken, needed=True), _disk()]


def readiness() -> list[Part]:
    """Only what pages cannot be served without; cheap enough to be asked every second."""
    try:
        return [_database(), _migrations()]
    except DatabaseError:
        return [Part("database", Colour.RED, _("The database does not answer."), needed=True)]


def pending_migrations(database: Any) -> list[str]:
    """The schema steps that this version has and the database has not."""
    executor = MigrationExecutor(database)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def _database() -> Part:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
        version, size = cursor.fetchone()
    sentence = _("PostgreSQL %(version)s answers; the data takes %(mb)d MB.") % {
        "version": version,
        "mb": size // 1_000_000,
    }
    return Part("database", Colour.GREEN, sentence, needed=True)


def _clock(at: datetime) -> Part:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    offset = (theirs - at).total_seconds()
    sentence = _("The database's clock and this machine's differ by %(s).1f s.") % {"s": abs(offset)}
    return Part("clock", clock_colour(offset), sentence)


def _migrations() -> Part:
    # A database that was in step stays so while this process runs this version: ask once, not with every probe.
    if connection.settings_dict["NAME"] not in _clean_history:
        if pending := pending_migrations(connection):
            sentence = _("The database misses %(n)d steps of this version; run: manage.py migrate") % {
                "n": len(pending)
            }
            return Part("migrations", Colour.RED, sentence, needed=True)
        _clean_history.add(connection.settings_dict["NAME"])
    return Part("migrations", Colour.GREEN, _("The database fits this version."), needed=True)


def _processes(at: datetime) -> list[Part]:
    beats = {beat.name: beat for beat in ProcessBeat.objects.order_by("name")}
    named = [*BEATING, *(name for name in beats if name not in (*BEATING, "web", "ingest"))]
    return [
        _answering("web", settings.PORT),
        _answering("ingest", settings.INGEST_PORT, tls=settings.INGEST_TLS),
        *(_beating(name, beats.get(name), at) for name in named),
    ]


def _beating(name: str, last: ProcessBeat | None, at: datetime) -> Part:
    if last is None:
        return Part(name, Colour.RED, _("%(name)s has never reported; is it running?") % {"name": name})
    age = (at - last.at).total_seconds()
    if beat_colour(age) is Colour.GREEN:
        return Part(
            name, Colour.GREEN, _("%(name)s works; last sign of life %(s)d s ago.") % {"name": name, "s": max(age, 0)}
        )
    return Part(name, beat_colour(age), _("%(name)s has been silent for %(s)d s.") % {"name": name, "s": age})


def _answering(name: str, port: int, tls: bool = False) -> Part:
    where = {"name": name, "where": f"{settings.BIND}:{port}"}
    host = reachable_host(settings.BIND)
    # A question to ourselves about life, not about trust: whose certificate it is does not matter here.
    asked = (
        http.client.HTTPSConnection(host, port, timeout=3, context=ssl._create_unverified_context())  # noqa: S323  # see above
        if tls
        else http.client.HTTPConnection(host, port, timeout=3)
    )
    try:
        # Any answer at all shows a process that serves requests; what it says is its own affair.
        asked.request("GET", "/healthz", headers={"Host": "127.0.0.1"})
        asked.getresponse().read()
    except (OSError, http.client.HTTPException):
        return Part(name, Colour.RED, _("%(name)s does not answer on %(where)s.") % where)
    finally:
        asked.close()
    return Part(name, Colour.GREEN, _("%(name)s answers on %(where)s.") % where)


def _queue(at: datetime) -> Part:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FILTER (WHERE j.status = 'todo'), count(*) FILTER (WHERE j.status = 'failed'),
                   max(extract(epoch FROM %(at)s - coalesce(j.scheduled_at, deferred.at)))
                     FILTER (WHERE j.status = 'todo' AND coalesce(j.scheduled_at, deferred.at) <= %(at)s)
            FROM procrastinate_jobs j
            LEFT JOIN LATERAL (
                SELECT min(e.at) AS at FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'deferred'
            ) deferred ON true
            WHERE j.status IN ('todo', 'failed')
            """,
            {"at": at},
        )
        waiting, failed, oldest = cursor.fetchone()
    sentence = _("%(waiting)d jobs wait, the oldest for %(s)d s; %(failed)d failed for good and need a look.") % {
        "waiting": waiting,
        "s": oldest or 0,
        "failed": failed,
    }
    return Part("queue", queue_colour(failed, float(oldest or 0)), sentence)


def _disk() -> Part:
    place = settings.DATA_DIR if settings.DATA_DIR.exists() else settings.BASE_DIR
    usage = shutil.disk_usage(place)
    sentence = _("%(free).1f GB of %(total).0f GB are free for the plant's data.") % {
        "free": usage.free / 1e9,
        "total": usage.total / 1e9,
    }
    return Part("disk", disk_colour(usage.free, usage.total), sentence)


def _backup() -> Part:
    return Part("backup", Colour.AMBER, _("No backup is set up; a broken disk would take the data with it."))


def _certificate() -> Part:
    if settings.HTTPS:
        return Part(
            "certificate", Colour.GREEN, _("Pages are served over HTTPS; the proxy in front keeps the certificate.")
        )
    if settings.BIND in ("127.0.0.1", "::1", "localhost"):
        return Part("certificate", Colour.GREEN, _("The plant answers only to this machine; it needs no certificate."))
    return Part(
        "certificate", Colour.AMBER, _("The plant answers to the network without HTTPS; passwords can be read there.")
    )
