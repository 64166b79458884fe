"""The broker's certificate, from the plant's own authority, and the files it is started with."""

import os
import socket
from datetime import datetime
from pathlib import Path

from factory_core.processes.broker import BrokerFiles, Papers, configuration, rights, write_whole
from telemetry.devices.authority.keeper import Authority

SERVER = "broker"


def server_names(bind: str) -> list[str]:
    """Under which names gateways may reach the broker: this machine's, what it listens on, and itself."""
    names = [socket.gethostname(), socket.getfqdn(), "localhost", "127.0.0.1", "::1"]
    if bind not in ("0.0.0.0", "::"):  # noqa: S104  # compared, not bound
        names.append(bind)
    names += [name.strip() for name in os.environ.get("MQTT_NAMES", "").split(",") if name.strip()]
    # A very long name of a machine is no name a certificate could carry.
    return [name for name in dict.fromkeys(names) if 0 < len(name) <= 64]


def papers(data_dir: Path, bind: str, at: datetime) -> Papers:
    """The broker's papers, made or renewed where that is due. Raises AuthorityError."""
    authority = Authority.of(data_dir)
    authority.ensure(at)
    certificate, key = authority.server_files(SERVER, server_names(bind), at)
    return Papers(authority.ca_file, certificate, key, authority.crl_file)


def write_all(files: BrokerFiles, found: Papers, bind: str, port: int) -> None:
    """Write everything the broker reads when it starts; rights already narrowed stay."""
    files.make()
    if not files.rights.exists():
        write_whole(files.rights, rights().encode())
    write_whole(files.configuration, configuration(files, found, bind, port).encode())
    # A killed broker leaves its socket behind and could not open it again.
    files.socket.unlink(missing_ok=True)
