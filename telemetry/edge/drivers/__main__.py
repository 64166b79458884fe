"""One driver process: the first line on standard input lists its devices, then it runs until it is ended."""

from __future__ import annotations

import os
import signal
import sys

import msgspec

from telemetry.edge.devices import Device, Replay, Simulator
from telemetry.edge.drivers import replay, simulator
from telemetry.edge.drivers.channel import Channel, Done, follow_parent, leave


def main() -> None:
    """Reads the devices and hands them to their driver."""
    # Ctrl-C reaches the whole group; the agent decides in which order things stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    follow_parent(os.getppid())
    answers = sys.stdin.buffer
    devices = msgspec.json.decode(answers.readline(), type=list[Device])
    channel = Channel(answers)
    try:
        simulators = [device for device in devices if isinstance(device, Simulator)]
        if simulators:
            simulator.run(simulators, channel)
        for device in devices:
            if isinstance(device, Replay):
                replay.run(device, channel)
        channel.send(Done())
    except BrokenPipeError:
        leave()


if __name__ == "__main__":
    main()
