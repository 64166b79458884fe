"""What follows from who is let in: sessions are cut, the list of the revoked is written, twins are told of."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from django.conf import settings
from django.db import connection

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from telemetry.devices.authority.keeper import Authority
from telemetry.devices.services import refresh_revocations, suspect_twin
from telemetry.ingest.door import Door
from telemetry.ingest.listening import Connection, cut

log = logging.getLogger("millwright.ingest.watching")

EVERY_S = 1.0
LIST_EVERY_S = 3600.0


@contextlib.asynccontextmanager
async def watched(door: Door) -> AsyncIterator[None]:
    """Watch as long as the door is open."""
    changed = asyncio.Event()

    def follow() -> None:
        _cut_ended(door)
        changed.set()

    door.directory.followers.append(follow)
    keeping = asyncio.create_task(_keep_list(door, changed))
    try:
        yield
    finally:
        door.directory.followers.remove(follow)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


def _cut_ended(door: Door) -> None:
    """Close what is still open for identities that ended. Strangers were refused and may be told so again."""
    active = {gateway.id for gateway in door.directory.gateways().values() if gateway.is_active}

    def has_ended(connection: Connection) -> bool:
        if connection.gateway_id and connection.gateway_id not in active:
            return True
        known = door.directory.certificate(connection.peer.serial) if connection.peer else None
        return known is not None and (known.is_revoked or not known.gateway.is_active)

    if number := cut(has_ended):
        log.warning("%d connections of revoked gateways were cut.", number)


async def _keep_list(door: Door, changed: asyncio.Event) -> None:
    """The list of revoked certificates follows the records, and is signed anew before it is too old."""
    written: set[str] | None = None
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), LIST_EVERY_S)
            changed.clear()
            if {serial for serial, known in door.directory.certificates().items() if known.is_revoked} == written:
                continue
        revoked = {serial for serial, known in door.directory.certificates().items() if known.is_revoked}
        try:
            await asyncio.to_thread(_refresh, bool(revoked))
        except Exception:
            # Whatever it is, giving up would leave revoked gateways at the broker for ever.
            log.exception("The list of revoked certificates cannot be written; it is tried again.")
            await asyncio.sleep(EVERY_S)
            changed.set()
        else:
            written = revoked


def _refresh(has_revoked: bool) -> None:
    try:
        # A plant whose gateways only have tokens needs no authority.
        if has_revoked or Authority.of(settings.DATA_DIR).exists:
            refresh_revocations(now())
    finally:
        connection.close()


async def tell_of_twins(door: Door) -> None:
    """Put on record which credentials were seen in two places, until cancelled; every way in has its own eyes."""
    while True:
        await asyncio.sleep(EVERY_S)
        suspected = dict(door.twins.suspected)
        for gateway_id, note in suspected.items():
            try:
                await asyncio.to_thread(_suspect, gateway_id, note)
            except Exception:
                log.exception("That a credential is used twice cannot be noted; it is tried again.")
                break
            if door.twins.suspected.get(gateway_id) == note:
                del door.twins.suspected[gateway_id]


def _suspect(gateway_id: int, note: str) -> None:
    try:
        actor = service_user("ingest")
        with acting(actor, channel="ingest"):
            suspect_twin(actor=actor, gateway_id=gateway_id, note=note, at=now())
    finally:
        connection.close()
