"""Where the broker of the Sparkplug nodes is, and how this host calls itself there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883, "unix": 1}


class BadAddress(ValueError):
    """The broker's address cannot be used; the message says what is expected."""


@dataclass(frozen=True)
class BrokerSettings:
    """One broker. `path` is a socket of this machine; `secret` never appears in texts."""

    scheme: str
    host: str
    port: int
    path: str = ""
    user: str = ""
    secret: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""
    host_id: str = "millwright"
    old_state: bool = False
    version: int = 5

    @property
    def shown(self) -> str:
        """The address as people may read it."""
        return f"unix://{self.path}" if self.scheme == "unix" else f"{self.scheme}://{self.host}:{self.port}"


def broker_settings(address: str, environment: Mapping[str, str]) -> BrokerSettings:
    """The broker's address with the rest of `SPARKPLUG_*`. Raises BadAddress.

    `mqtt://host:1883` (only on loopback or in a network of its own), `mqtts://host:8883`, `unix:///path/to/socket`.
    """
    parts = urlsplit(address)
    if parts.scheme not in _PORTS or not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise BadAddress(f"The broker's address is '{_without_secret(address)}'; expected mqtt://host:1883, "
                         "mqtts://host:8883 or unix:///path.")  # fmt: skip
    host_id = environment.get("SPARKPLUG_HOST_ID") or "millwright"
    if any(sign in host_id for sign in "+#/ ") or len(host_id) > 60:
        raise BadAddress(f"SPARKPLUG_HOST_ID is '{host_id}'; expected up to 60 characters without spaces, +, # and /.")
    version = environment.get("SPARKPLUG_MQTT_VERSION") or "5"
    if version not in ("4", "5"):
        raise BadAddress(f"SPARKPLUG_MQTT_VERSION is '{version}'; expected 5, or 4 for MQTT 3.1.1.")
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise BadAddress("The broker's port is no number from 1 to 65535.") from error
    return BrokerSettings(
        parts.scheme, parts.hostname or "", port, path=unquote(parts.path),
        user=environment.get("SPARKPLUG_USER") or unquote(parts.username or ""),
        secret=environment.get("SPARKPLUG_PASSWORD") or unquote(parts.password or ""),
        ca=_file(environment, "SPARKPLUG_CA"), certificate=_file(environment, "SPARKPLUG_CERTIFICATE"),
        key=_file(environment, "SPARKPLUG_KEY"), host_id=host_id,
        old_state=environment.get("SPARKPLUG_OLD_STATE", "").lower() in ("1", "true", "yes", "on"),
        version=int(version),
    )  # fmt: skip


def _file(environment: Mapping[str, str], name: str) -> str:
    path = environment.get(name, "")
    if path and not Path(path).is_file():
        raise BadAddress(f"{name} is '{path}', which is no file.")
    return path


def _without_secret(address: str) -> str:
    return address.rsplit("@", 1)[-1][:100]
