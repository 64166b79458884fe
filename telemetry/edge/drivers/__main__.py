"""One driver process: the first line on standard input lists its devices, then it runs until it is ended."""

from __future__ import annotations

import os
import signal
import sys

import msgspec

from telemetry.edge.devices import Device, Replay, Simulator, driver_of
from telemetry.edge.devices.common import Polled
from telemetry.edge.drivers.channel import Channel, Done, follow_parent, leave
from telemetry.edge.messages import start_logging


def main() -> None:
    """Reads the devices and hands them to their driver."""
    # Ctrl-C reaches the whole group; the agent decides in which order things stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    follow_parent(os.getppid())
    start_logging("json" if "--json-log" in sys.argv else "plain")
    if "--ask" in sys.argv:
        from telemetry.edge.drivers.looking import look

        look()
        # A library's threads must not keep the process.
        os._exit(0)
    answers = sys.stdin.buffer
    devices = msgspec.json.decode(answers.readline(), type=list[Device])
    channel = Channel(answers)
    try:
        work(devices, channel)
        channel.send(Done())
    except BrokenPipeError:
        leave()


def work(devices: list[Device], channel: Channel) -> None:
    """Runs the driver of these devices, which all are of one kind; only its code is loaded."""
    first = devices[0]
    if isinstance(first, Simulator):
        from telemetry.edge.drivers import simulator

        simulator.run([device for device in devices if isinstance(device, Simulator)], channel)
    elif isinstance(first, Replay):
        from telemetry.edge.drivers import replay

        replay.run(first, channel)
    else:
        from telemetry.edge.drivers import keeping

        keeping.run(driver_of(first), [device for device in devices if isinstance(device, Polled)], channel)


if __name__ == "__main__":
    main()
