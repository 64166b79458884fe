"""The MQTT broker of the plant: where its files lie and how it is set up. Plain Python.

The broker only carries: what counts is the database's commit, told on `down/ack`. Its memory and its disk may be lost
at any moment.
"""

import hashlib
import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

PROGRAM = "mosquitto"
# Debian keeps it where ordinary accounts do not look.
PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
NOT_INSTALLED = (
    "MQTT=1 is set, but the broker mosquitto is not installed; the plant runs without MQTT. "
    "Install it (Debian: apt install mosquitto) and start again."
)
# Longer names do not fit into the address of a Unix socket.
LONGEST_SOCKET = 100
LARGEST_MESSAGE = 2 * 1024 * 1024


@dataclass(frozen=True)
class BrokerFiles:
    """The broker's folder in the plant's data directory."""

    root: Path

    @property
    def configuration(self) -> Path:
        return self.root / "mosquitto.conf"

    @property
    def rights(self) -> Path:
        return self.root / "acl"

    @property
    def pid(self) -> Path:
        return self.root / "pid"

    @property
    def socket(self) -> Path:
        """The server's own way in: whoever may enter the folder is the server."""
        place = self.root / "server.sock"
        if len(str(place)) <= LONGEST_SOCKET:
            return place
        mark = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"millwright-{os.geteuid()}-{mark}" / "server.sock"

    def make(self) -> None:
        """Make the folders; nobody else may look into them."""
        for folder in (self.root, self.socket.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = folder.lstat()
            if folder.is_symlink() or found.st_uid != os.geteuid():
                raise PermissionError(f"{folder} belongs to somebody else; remove it.")
            folder.chmod(0o700)


@dataclass(frozen=True)
class Papers:
    """What the broker shows, and what it checks gateways with: PEM files."""

    ca: Path
    certificate: Path
    key: Path
    revoked: Path


def broker_files(data_dir: Path) -> BrokerFiles:
    """The broker's folder below a data directory."""
    return BrokerFiles(data_dir / "broker")


def program() -> str | None:
    """The broker's program on this machine; None where it is not installed."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *PLACES])
    return shutil.which(PROGRAM, path=path)


def configuration(files: BrokerFiles, papers: Papers, bind: str, port: int) -> str:
    """The broker's settings: gateways by certificate over TLS, the server over a socket only it can reach."""
    return f"""# Written anew at every start.
per_listener_settings true
user {pwd.getpwuid(os.geteuid()).pw_name}
log_dest stderr
log_type error
log_type warning
log_type notice
log_timestamp_format %Y-%m-%dT%H:%M:%S

# Back-pressure: the server takes twenty packets at a time, the rest waits at the gateways.
max_inflight_messages 20
max_queued_messages 1000
max_queued_bytes 67108864
message_size_limit {LARGEST_MESSAGE}
persistent_client_expiration 1d
set_tcp_nodelay true

# A convenience: a gateway sends again what was not acknowledged by the database.
persistence true
persistence_location {files.root}/

# Gateways: the name in the certificate is who they are, and where they may write and read.
listener {port} {bind}
cafile {papers.ca}
certfile {papers.certificate}
keyfile {papers.key}
crlfile {papers.revoked}
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
acl_file {files.rights}
max_connections 2000

# The server itself.
listener 0 {files.socket}
allow_anonymous true
"""


def rights(revoked: Iterable[str] = ()) -> str:
    """What gateways may do: write below their own `up`, read below their own `down`; those revoked nothing at all."""
    lines = ["pattern write millwright/v1/%u/up/#", "pattern read millwright/v1/%u/down/#"]
    for code in sorted(revoked):
        lines += [f"user {code}", "topic deny #"]
    return "\n".join(lines) + "\n"


def look_again(files: BrokerFiles) -> bool:
    """Make a running broker read rights, certificates and revoked certificates again; False when none runs."""
    try:
        process = psutil.Process(int(files.pid.read_text()))
        if PROGRAM not in process.name():
            return False
        process.send_signal(signal.SIGHUP)
    except (OSError, ValueError, psutil.NoSuchProcess):
        return False
    return True
