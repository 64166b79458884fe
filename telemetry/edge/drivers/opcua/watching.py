"""One session: connect, subscribe, and end with a sentence as soon as the server is gone or silent.

The library can reconnect by itself, but after a freeze of some servers it then says "connected" and delivers nothing.
So it is not asked to: whoever calls again gets a new client.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from telemetry.edge.devices import OpcUa
from telemetry.edge.drivers.opcua import connecting
from telemetry.edge.drivers.opcua import library as ua
from telemetry.edge.drivers.opcua.running import run
from telemetry.edge.drivers.opcua.subscribing import Subscriptions
from telemetry.edge.drivers.opcua.trust import days_left
from telemetry.edge.drivers.session import Out, Trouble

_TICK_S = 0.2
_CLOCK_EVERY_S = 2.0
_HELD_UP_S = 0.5
_WARN_DAYS = 60


def watch(device: OpcUa, out: Out) -> None:
    """Keeps the device subscribed until `out.stopping`. Raises Trouble."""
    run(_watch(device, out))


async def _watch(device: OpcUa, out: Out) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def give_up() -> None:
        # A loop that has ended needs no waking.
        with suppress(RuntimeError):
            if task is not None:
                loop.call_soon_threadsafe(task.cancel)

    out.on_abandon(give_up)
    try:
        async with connecting.opened(device) as client:
            _warn_of_certificates(device, client.security_policy, out)
            subscriptions = Subscriptions(client, device, out)
            try:
                await subscriptions.begin()
                await _stay(device, client, subscriptions, out)
            except (OSError, TimeoutError, ua.UaError) as error:
                raise Trouble(connecting.sentence(error, device)) from error
    except asyncio.CancelledError as error:
        raise Trouble(f"The connection to {device.url} was given up.") from error


async def _stay(device: OpcUa, client: ua.Client, subscriptions: Subscriptions, out: Out) -> None:
    reading = asyncio.create_task(_read_clock(device, subscriptions, out))
    try:
        while not out.stopping:
            before = time.monotonic()
            await asyncio.sleep(_TICK_S)
            held_up = time.monotonic() - before - _TICK_S
            if held_up > _HELD_UP_S:
                subscriptions.forgive(held_up)
                continue
            if not connecting.is_open(client):
                raise Trouble(f"The server at {device.url} closed the connection.")
            subscriptions.check()
            await subscriptions.retry()
    finally:
        reading.cancel()


async def _read_clock(device: OpcUa, subscriptions: Subscriptions, out: Out) -> None:
    while True:
        await asyncio.sleep(_CLOCK_EVERY_S)
        try:
            await subscriptions.read_clock()
        except TimeoutError:
            out.fault(f"The server at {device.url} did not answer within {device.timeout_s:g} s.")
        except OSError:
            # The connection is gone, which whoever watches the session says.
            return
        except ua.UaError as error:
            out.fault(f"Reading the clock of {device.url} failed: {connecting.error_name(error)}.")


def _warn_of_certificates(device: OpcUa, policy: ua.SecurityPolicy, out: Out) -> None:
    shown = {"The gateway's own": policy.host_certificate, "The server's": policy.peer_certificate}
    for whose, certificate in shown.items():
        if certificate and device.security != "none":
            left = days_left(certificate)
            if left < _WARN_DAYS:
                when = f"ends in {left} days" if left >= 0 else f"ended {-left} days ago"
                out.fault(f"{whose} OPC UA certificate {when} ({device.url}). Replace it and accept the new one.")
