"""Which files of this computer a device may use: its owner decides that here, nobody decides it from the server."""

from __future__ import annotations

import os.path
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from telemetry.edge.devices import Device, Folder, Modbus, Replay, Scanner

OWN_FILES = ("password_file", "ca_file", "token_file", "trusted", "certificate_file", "key_file")
"""Settings that name a file or folder of the gateway."""
_SERIAL_PORTS = ("/dev/tty", "/dev/serial/")
_KEYBOARDS = ("/dev/input/by-id/", "/dev/input/by-path/")


class ConfigError(Exception):
    """The configuration cannot be used; the message says what, where and what was expected."""


@dataclass(frozen=True)
class Place:
    """The gateway's own folder, and the folders machines drop files into."""

    folder: Path
    drops: tuple[Path, ...] = ()


def place_files(device: Device, folder: Path) -> None:
    """Makes the paths of a device's settings whole; they are written relative to the gateway's folder."""
    for name in OWN_FILES:
        if path := getattr(device, name, ""):
            setattr(device, name, str((folder / path).expanduser()))
    if isinstance(device, Folder):
        device.path = str((folder / device.path).expanduser())


def check_places(device: Device, where: str, place: Place | None) -> None:
    """Refuses files outside the gateway's folder for a device the server named, and makes its paths whole.

    Without a `place`, on the server, only what can be told from the words alone is refused. Raises ConfigError.
    """
    start = f"{where}: device {device.code!r}"
    if isinstance(device, Replay):
        raise ConfigError(f"{start} reads files. Expected in gateway.toml only.")
    _check_ports(device, start)
    for name in OWN_FILES:
        path = getattr(device, name, "")
        if path and not _stays_inside(path, place.folder if place else None):
            raise ConfigError(
                f"{start}: {name} {path!r} is not in the gateway's folder. Expected a path like 'secrets/press1'."
            )
    if isinstance(device, Folder) and not _below_a_drop(device.path, place):
        allowed = ", ".join(map(repr, map(str, place.drops))) if place else "the folders of agent.drop"
        raise ConfigError(
            f"{start}: folder {device.path!r} may not be read. Expected one below {allowed} "
            "(agent.drop in gateway.toml on the gateway)."
        )
    if place is not None:
        place_files(device, place.folder)


def _check_ports(device: Device, start: str) -> None:
    if isinstance(device, Modbus) and device.serial and not _is_device(device.serial, _SERIAL_PORTS):
        raise ConfigError(f"{start}: serial {device.serial!r} is no serial port. Expected one like /dev/ttyUSB0.")
    if isinstance(device, Scanner):
        ports = _SERIAL_PORTS if device.kind == "serial" else _KEYBOARDS
        if not _is_device(device.port, ports):
            raise ConfigError(f"{start}: port {device.port!r} cannot be a scanner. Expected one below {ports[-1]!r}.")


def _is_device(path: str, beginnings: tuple[str, ...]) -> bool:
    return path.startswith(beginnings) and os.path.normpath(path) == path


def _stays_inside(path: str, folder: Path | None) -> bool:
    words = PurePosixPath(path)
    if words.is_absolute() or ".." in words.parts or path.startswith("~"):
        return False
    # A link inside the folder must not lead out of it either.
    return folder is None or (folder / path).resolve().is_relative_to(folder.resolve())


def _below_a_drop(path: str, place: Place | None) -> bool:
    if ".." in PurePosixPath(path).parts or path.startswith("~"):
        return False
    if place is None:
        return True
    wanted = (place.folder / path).resolve()
    return any(wanted.is_relative_to(drop.resolve()) for drop in place.drops)
