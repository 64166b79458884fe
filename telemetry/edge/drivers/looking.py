"""One question about one device, answered once: the process ends with the answer."""

from __future__ import annotations

import importlib
import logging
import sys

import msgspec

from telemetry.edge.devices import Device, driver_of
from telemetry.edge.drivers.session import Ask, MissingLibrary, Trouble
from telemetry.edge.questions import Answer, Question

log = logging.getLogger("millwright.edge.driver")


class Task(msgspec.Struct):
    """What the process is told: the device with whole paths, and the question about it."""

    device: Device
    question: Question


def look() -> None:
    """Reads a task from standard input and writes the answer to standard output."""
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    try:
        answer = ask_of(driver_of(task.device))(task.device, task.question)
    except ImportError as error:
        answer = Answer(trouble=f"The library {error.name} is not installed on the gateway.")
    except (Trouble, MissingLibrary) as error:
        answer = Answer(trouble=str(error))
    except Exception as error:
        log.info("%s: the question failed.", task.device.code, exc_info=True)
        answer = Answer(trouble=f"{type(error).__name__}: {error}")
    answer.id = task.question.id
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    sys.stdout.buffer.flush()


def ask_of(driver: str) -> Ask:
    """How a driver looks into a device. Raises Trouble where it cannot."""
    try:
        module = importlib.import_module(f"telemetry.edge.drivers.{driver}")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("telemetry."):
            raise
        raise Trouble(f"This version of the gateway has no driver {driver!r}. Install a newer one.") from error
    ask: Ask | None = getattr(module, "ask", None)
    if ask is None:
        raise Trouble(f"Devices of the kind {driver!r} cannot be looked through; write the addresses yourself.")
    return ask
