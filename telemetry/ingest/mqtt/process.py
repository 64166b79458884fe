"""One consumer process: the door, its connection to the broker, and the watch over the broker's papers."""

import asyncio
import logging
import signal
from pathlib import Path

from factory_core.clock import now
from factory_core.processes.broker import Papers, broker_files
from telemetry.devices.authority.keeper import AuthorityError
from telemetry.ingest.address import conninfo
from telemetry.ingest.mqtt.consumer import Consumer
from telemetry.ingest.mqtt.papers import named, papers
from telemetry.ingest.mqtt.warden import Warden
from telemetry.ingest.running import ended, running_door

log = logging.getLogger("millwright.ingest.mqtt")

RENEW_EVERY_S = 3600.0


async def consume_until_signal(data_dir: Path, bind: str, number: int) -> None:
    """Take packets until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for which in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(which, stop.set)
    await consume(data_dir, bind, number, stop)


async def consume(data_dir: Path, bind: str, number: int, stop: asyncio.Event) -> None:
    """Take packets until `stop`. Raises AuthorityError when the authority's passphrase cannot be read."""
    files = broker_files(data_dir)
    async with running_door("mqtt" if number == 1 else f"mqtt-{number}") as door:
        warden = Warden(door.directory, files, named(data_dir))
        helpers = [
            asyncio.create_task(warden.run()),
            asyncio.create_task(warden.listen(conninfo())),
        ]
        if number == 1:
            # One of several is enough: two would issue two certificates.
            helpers.append(asyncio.create_task(_renew(data_dir, bind)))
        try:
            await Consumer(door, files.socket, number).run(stop)
        finally:
            await ended(helpers)


async def _renew(data_dir: Path, bind: str) -> None:
    """The broker's certificate is renewed long before its end; the warden sees the new file."""
    while True:
        await asyncio.sleep(RENEW_EVERY_S)
        try:
            await asyncio.to_thread(_papers_now, data_dir, bind)
        except (AuthorityError, OSError) as error:
            log.warning("The broker's certificate cannot be renewed: %s", error)


def _papers_now(data_dir: Path, bind: str) -> Papers:
    return papers(data_dir, bind, now())
