"""The broker's certificate, from the plant's own authority, and the files it is started with."""

from datetime import datetime
from pathlib import Path

from factory_core.processes.broker import BrokerFiles, Papers, configuration, rights
from factory_core.processes.data_dir import write_whole
from telemetry.devices.authority.keeper import Authority
from telemetry.ingest.names import names

SERVER = "broker"


def named(data_dir: Path) -> Papers:
    """Where the broker's papers lie, whether or not they are there yet. Raises AuthorityError."""
    authority = Authority.of(data_dir)
    folder = authority.folder
    return Papers(authority.ca_file, folder / f"{SERVER}.pem", folder / f"{SERVER}.key", authority.crl_file)


def papers(data_dir: Path, bind: str, at: datetime) -> Papers:
    """The broker's papers, made or renewed where that is due. Raises AuthorityError."""
    authority = Authority.of(data_dir)
    authority.ensure(at)
    authority.server_files(SERVER, names(bind), at)
    return named(data_dir)


def write_all(files: BrokerFiles, found: Papers, bind: str, port: int) -> None:
    """Write everything the broker reads when it starts; rights already narrowed stay."""
    files.make()
    if not files.rights.exists():
        write_whole(files.rights, rights().encode())
    write_whole(files.configuration, configuration(files, found, bind, port).encode())
    # A killed broker leaves its socket behind and could not open it again.
    files.socket.unlink(missing_ok=True)
