"""The gateway's configuration file: what it may say, and clear sentences when it says something else."""

from __future__ import annotations

import glob
import logging
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from telemetry.edge.devices import DRIVERS, Device, Modbus, Replay, Scanner
from telemetry.edge.devices.common import NotNegative, Polled, Positive
from telemetry.edge.places import ConfigError, Place, check_places, place_files

log = logging.getLogger("millwright.edge")

__all__ = [
    "ConfigError", "Gateway", "Place", "Server", "check_devices", "device_from", "load", "remote_devices",
]  # fmt: skip


# Where the agent keeps what it was given at its enrolment.
KEPT_IDENTITY = "identity.pem"
KEPT_TOKEN = "gateway.token"  # noqa: S105  # the name of a file


class Server(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where the plant's server is and how this gateway proves who it is.

    An administrator gives three lines: `url`, `ca_fingerprint` (SHA-256 of the plant's root certificate) and
    `enrol_code`; token, certificate and authority are then kept in files beside this one. With `name` alone the
    gateway asks to be let in and waits.

    With `mqtt` (mqtts://host:8883) packets travel over the plant's broker; everything else stays with `url`.
    """

    url: str
    mqtt: str = ""
    token: str = ""
    token_file: str = ""
    enrol_code: str = ""
    name: str = ""
    ca_fingerprint: str = ""
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    timeout_s: Positive = 10.0
    auth_retry_s: Positive = 30.0


class SpoolLimits(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How much of the disk the buffer may take, in MiB."""

    dir: str = "spool"
    max_mb: Positive = 2048.0
    segment_mb: Positive = 16.0
    ballast_mb: NotNegative = 16.0
    min_free_mb: NotNegative = 64.0
    deadband_percent: NotNegative = 1.0


class Agent(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How the agent itself behaves. `drop`: the folders below which the server may name folders to be read."""

    log: Literal["plain", "json"] = "plain"
    exit_when_done: bool = False
    health_s: Positive = 5.0
    hang_after_s: Positive = 15.0
    drop: tuple[str, ...] = ("drop",)


class Gateway(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    server: Server
    spool: SpoolLimits = msgspec.field(default_factory=SpoolLimits)
    agent: Agent = msgspec.field(default_factory=Agent)
    device: list[Device] = []
    folder: Path = Path()

    def path(self, name: str) -> Path:
        """A path of the file, relative to the folder the file stands in."""
        return (self.folder / name).expanduser()

    @property
    def place(self) -> Place:
        """Where devices named by the server may have their files."""
        return Place(self.folder, tuple(self.path(name) for name in self.agent.drop))


def load(path: Path) -> Gateway:
    """Reads and checks the configuration file. Raises ConfigError with a sentence fit for the person who wrote it."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}). Expected a TOML file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}.") from error
    if "folder" in raw:
        raise ConfigError(f"{path}: 'folder' is not a setting. Remove it.")
    gateway: Gateway = _convert(raw, Gateway, str(path), raw)
    gateway.folder = path.resolve().parent
    _check_server(gateway, path)
    check_devices(gateway.device, str(path))
    for device in gateway.device:
        if isinstance(device, Replay):
            device.files = _found(gateway, device, str(path))
        place_files(device, gateway.folder)
    return gateway


def remote_devices(raw: dict[str, Any], local: list[Device], place: Place | None = None) -> list[Device]:
    """The local devices and those an administrator set on the server, checked.

    Where both say something of one device, the local word holds. Files the server's devices name must be this
    gateway's own, see `places.check_places`; without a `place` (on the server) only their shape is checked.
    Raises ConfigError.
    """
    where = "the configuration from the server"
    unknown = sorted(set(raw) - {"device", "devices"})
    if unknown:
        raise ConfigError(f"{where}: {unknown[0]!r} cannot be set from the server. Expected only 'devices'.")
    entries = raw.get("devices", raw.get("device")) or []
    devices: list[Device] = _convert({"device": entries}, _Devices, where, {"device": entries}).device
    check_devices(devices, where)
    known = {device.code for device in local}
    for device in devices:
        check_places(device, where, place)
        if device.code in known:
            log.warning("Device %s is set on the server and in gateway.toml; gateway.toml holds.", device.code)
    together = [*local, *(device for device in devices if device.code not in known)]
    check_tag_names(together, where)
    return together


class _Devices(msgspec.Struct, forbid_unknown_fields=True):
    device: list[Device]


def device_from(settings: dict[str, Any], place: Place) -> Device:
    """One device's settings as a question from the server brings them. Raises ConfigError."""
    where = "the question from the server"
    device: Device = _convert({"device": [settings]}, _Devices, where, {"device": [settings]}).device[0]
    check_devices([device], where)
    check_places(device, where, place)
    return device


def check_devices(devices: list[Device], where: str) -> None:
    """Refuses two devices with one code, which would mix their readings, and settings that contradict each other."""
    seen: set[str] = set()
    for device in devices:
        if device.code in seen:
            raise ConfigError(f"{where}: two devices have the code {device.code!r}. Expected a different one for each.")
        seen.add(device.code)
        if isinstance(device, Replay) and device.repeat and device.clock == "original":
            raise ConfigError(
                f"{where}: device {device.code!r} repeats with the original clock, which would store nothing new. "
                "Expected clock = 'shifted' with repeat = true."
            )
        if isinstance(device, Modbus) and bool(device.host) == bool(device.serial):
            raise ConfigError(
                f"{where}: device {device.code!r} has {'both host and' if device.host else 'neither host nor'} serial. "
                "Expected host for Modbus TCP, or serial (like /dev/ttyUSB0) for a serial line."
            )
        if isinstance(device, Scanner) and len(device.tags) > 1:
            raise ConfigError(f"{where}: scanner {device.code!r} has {len(device.tags)} tags. Expected one.")
    check_tag_names(devices, where)


def check_tag_names(devices: list[Device], where: str) -> None:
    """Refuses two tags with one name on a gateway: nobody could tell their readings apart."""
    owners: dict[str, str] = {}
    for device in devices:
        for tag in device.tags if isinstance(device, Polled) else ():
            if tag.name in owners:
                raise ConfigError(
                    f"{where}: the tag {tag.name!r} stands at device {owners[tag.name]!r} and at {device.code!r}. "
                    "Expected a different name for each tag of a gateway."
                )
            owners[tag.name] = device.code


def _check_server(gateway: Gateway, path: Path) -> None:
    server = gateway.server
    if not re.match(r"https?://[^/\s]+", server.url):
        raise ConfigError(f"{path}: server.url is {server.url!r}. Expected an address like https://plant.example:8001.")
    server.url = server.url.rstrip("/")
    if server.token and server.token_file:
        raise ConfigError(f"{path}: server has both token and token_file. Expected one of them.")
    _fill_identity(server)
    if not (server.token or server.token_file):
        raise ConfigError(
            f"{path}: server has no token. Expected token, token_file, enrol_code from an administrator, or name."
        )
    if server.ca_fingerprint and not re.fullmatch(
        r"(sha256:)?([0-9a-f]{2}:?){31}[0-9a-f]{2}", server.ca_fingerprint.lower()
    ):
        raise ConfigError(f"{path}: server.ca_fingerprint is no SHA-256. Expected 64 hexadecimal digits.")
    if server.ca_file and not server.ca_fingerprint and not gateway.path(server.ca_file).is_file():
        raise ConfigError(f"{path}: server.ca_file {server.ca_file!r} is not there. Expected a PEM file.")
    if server.mqtt and not re.fullmatch(r"mqtts://[^/\s]+", server.mqtt):
        raise ConfigError(
            f"{path}: server.mqtt is {server.mqtt!r}. Expected an address like mqtts://plant.example:8883."
        )
    if server.enrol_code and not server.token_file:
        raise ConfigError(f"{path}: server.enrol_code needs server.token_file, where the token is kept.")


def _fill_identity(server: Server) -> None:
    """What the agent keeps by itself stands beside the configuration under these names."""
    if not (server.certificate_file or server.key_file):
        server.certificate_file = server.key_file = KEPT_IDENTITY
    if server.ca_fingerprint and not server.ca_file:
        server.ca_file = "plant-ca.pem"
    if (server.enrol_code or server.name) and not (server.token or server.token_file):
        server.token_file = KEPT_TOKEN


def _found(gateway: Gateway, device: Replay, where: str) -> list[str]:
    found: list[str] = []
    for pattern in device.files:
        names = sorted(glob.glob(str(gateway.path(pattern)), recursive=True))
        if not names:
            raise ConfigError(f"{where}: device {device.code!r}: no file matches {pattern!r}. Expected recorded logs.")
        found.extend(name for name in names if name not in found)
    return found


def _convert(raw: Any, kind: Any, where: str, source: Any) -> Any:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {_sentence(str(error), source)}") from error


_WORDS = {"`str`": "text", "`float`": "a number", "`int`": "a whole number", "`bool`": "true or false"}


def _sentence(message: str, source: Any) -> str:
    problem, _, place = message.partition(" - at ")
    place = place.strip("`").removeprefix("$.").removeprefix("$") or "the file"
    for technical, plain in _WORDS.items():
        problem = problem.replace(technical, plain)
    if place.endswith(".driver") or place == "driver":
        problem += f", expected one of {', '.join(sorted(DRIVERS))}"
    match = re.match(r"device\[(\d+)\]", place)
    if match and isinstance(source["device"][int(match[1])], dict):
        code = source["device"][int(match[1])].get("code", "without code")
        place = f"{place} (device number {int(match[1]) + 1}, {code})"
    problem = problem[0].lower() + problem[1:]
    return f"{place}: {problem.replace('object', 'setting').replace('field', 'setting')}."
