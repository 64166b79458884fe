"""Reading a scanner until it is unplugged. An open port means connected: a scanner at rest says nothing."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
import time

from telemetry.edge.devices import Scanner, Tag
from telemetry.edge.drivers.scanner.keys import Keys
from telemetry.edge.drivers.scanner.scans import HALF_AFTER_S, Scans, utf8_or_latin1
from telemetry.edge.drivers.session import MissingLibrary, Out, Trouble
from telemetry.edge.timekeeping import now_us

ADDRESS = "scan"
EVIOCGRAB = 0x40044590
"""ioctl of <linux/input.h>: this process alone hears the keyboard, or codes would be typed into whatever is open."""
EVENT = struct.Struct("llHHi")
"""struct input_event of a 64 bit kernel: seconds, microseconds, type, code, value."""
_EV_SYN, _EV_KEY, _SYN_DROPPED = 0, 1, 3
_LOOK_S = 0.2


def session(device: Scanner, out: Out) -> None:
    """Reads one scanner until `out.stopping`. Raises Trouble when it is not there or unplugged."""
    tags = _tags(device, out)
    if device.kind == "serial":
        _serial(device, tags, out)
    else:
        _keyboard(device, tags, out)
    out.wait(0)


def _tags(device: Scanner, out: Out) -> list[Tag]:
    for tag in device.tags:
        if tag.address != ADDRESS:
            out.fault(f"A scanner has no {tag.address!r} (tag {tag.name}). Expected the address {ADDRESS!r}.")
        elif tag.lane != "e":
            out.fault(f"Scans of {tag.name} are samples here and may be thinned. Expected the lane 'e'.")
    return [tag for tag in device.tags if tag.address == ADDRESS]


def _say(tags: list[Tag], scans: Scans, done: list[str], out: Out) -> None:
    for scan in done:
        for tag in tags:
            out.value(tag, scan)
    while scans.faults:
        out.fault(scans.faults.pop(0))


def _serial(device: Scanner, tags: list[Tag], out: Out) -> None:
    try:
        import serial
    except ImportError as error:
        raise MissingLibrary(
            "Serial scanners need the library pyserial: install the extra `serial` on this gateway."
        ) from error
    try:
        port = serial.Serial(device.port, device.baud, timeout=_LOOK_S, exclusive=True)
    except (serial.SerialException, OSError, ValueError) as error:
        raise Trouble(
            f"The scanner's port {device.port} cannot be opened: {error}. Expected a serial port that no other program "
            "uses and that this user may read (group dialout)."
        ) from error
    scans = Scans(device, utf8_or_latin1)
    with port:
        # What lies in the line's buffer may be the end of a scan whose beginning is gone.
        port.reset_input_buffer()
        out.on_abandon(port.cancel_read)
        while not out.stopping:
            try:
                heard = port.read(1)
                heard += port.read(port.in_waiting)
            except (serial.SerialException, OSError, TypeError) as error:
                raise Trouble(
                    f"The scanner at {device.port} is gone: {error}. Expected it to be plugged in again."
                ) from error
            now = time.monotonic()
            done = scans.put(heard.decode("latin-1"), now)
            scans.rest(now)
            _say(tags, scans, done, out)
            out.heard()


def _keyboard(device: Scanner, tags: list[Tag], out: Out) -> None:
    try:
        number = os.open(device.port, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Trouble(
            f"The scanner's keyboard {device.port} cannot be opened: {error.strerror}. Expected an event device like "
            "/dev/input/by-id/…-event-kbd that this user may read (group input)."
        ) from error
    try:
        grab(number, device.port)
        _listen(number, device, tags, out)
    finally:
        os.close(number)


def grab(number: int, port: str) -> None:
    """Takes the keyboard for this process alone. Raises Trouble."""
    try:
        fcntl.ioctl(number, EVIOCGRAB, 1)
    except OSError as error:
        why = (
            "another program has taken it for itself"
            if error.errno == errno.EBUSY
            else "it is not an input device"
            if error.errno in {errno.ENOTTY, errno.EINVAL}
            else str(error.strerror)
        )
        raise Trouble(f"The scanner's keyboard {port} cannot be taken for this gateway alone: {why}.") from error


def _listen(number: int, device: Scanner, tags: list[Tag], out: Out) -> None:
    # Keyboards have one end of line, whatever the terminator of a serial line would be.
    scans, keys = Scans(device, terminator="cr"), Keys(device.layout)
    began_us = now_us()
    rest = b""
    while not out.stopping:
        select.select([number], [], [], min(_LOOK_S, HALF_AFTER_S))
        rest += _read(number, device.port)
        whole = len(rest) - len(rest) % EVENT.size
        events, rest = rest[:whole], rest[whole:]
        done: list[str] = []
        for _, _, kind, code, value in EVENT.iter_unpack(events):
            if kind == _EV_KEY:
                done += scans.put(keys.key(code, value), time.monotonic())
            elif kind == _EV_SYN and code == _SYN_DROPPED:
                keys.forget()
                scans.drop()
                out.loss(began_us, now_us(), "the computer's buffer for the scanner's keys was overrun")
        if events:
            began_us = now_us()
        scans.rest(time.monotonic())
        _say(tags, scans, done, out)
        out.heard()


def _read(number: int, port: str) -> bytes:
    try:
        return os.read(number, 64 * EVENT.size)
    except BlockingIOError:
        return b""
    except OSError as error:
        raise Trouble(
            f"The scanner's keyboard {port} is gone: {error.strerror}. Expected it to be plugged in again."
        ) from error
