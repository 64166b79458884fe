"""The embedded cluster's settings, written at every start."""

import os
import shutil
from enum import Enum
from pathlib import Path

from factory_core.processes.postgres_home import OWNER, PORT, Account, Home

SUPERUSER = "postgres"
CONF_NAME = "millwright.conf"
MIB = 1024 * 1024


class Profile(Enum):
    """PLANT keeps data through a power cut; TEST trades that for speed."""

    PLANT = "plant"
    TEST = "test"


def write(home: Home, account: Account, profile: Profile) -> None:
    """Write our settings and who may connect. `local.conf` beside them is the customer's and read last."""
    _include_once(home.data / "postgresql.conf")
    _replace(home.data / CONF_NAME, _settings(home, profile), account)
    _replace(home.data / "pg_hba.conf", _doors(), account)
    _replace(home.data / "pg_ident.conf", _people(account), account)


def _settings(home: Home, profile: Profile) -> str:
    buffers = _between(128, _memory_mib() // 8, 1024) if profile is Profile.PLANT else 128
    values: dict[str, object] = {
        "listen_addresses": "''",
        "port": PORT,
        "unix_socket_directories": f"'{home.sockets}'",
        "unix_socket_permissions": "0700",
        "max_connections": 100,
        "shared_buffers": f"{buffers}MB",
        "effective_cache_size": f"{buffers * 3}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        # Readings lie in one partition a day: a query over a season locks many tables at once.
        "max_locks_per_transaction": 256,
        "wal_level": "replica",
        "wal_compression": "on",
        "max_wal_size": "2GB",
        "min_wal_size": "160MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        # Compiling costs more than it saves for the many short questions of screens.
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "logging_collector": "on",
        "log_directory": f"'{home.logs}'",
        # One file a weekday, overwritten a week later: the log never fills the disk.
        "log_filename": "'postgresql-%a.log'",
        "log_rotation_age": "1d",
        "log_rotation_size": 0,
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "'%m [%p] %d '",
        "log_checkpoints": "off",
        "log_min_duration_statement": "2s",
        "dynamic_shared_memory_type": _shared_memory(),
    }
    if profile is Profile.PLANT:
        values |= {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
    else:
        values |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum_naptime": "1h"}
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    return f"# Written by Millwright at every start; put your own settings into local.conf.\n{lines}"


def _doors() -> str:
    # No network door at all; on the socket the kernel says who asks, so no password lies around.
    return "local all all peer map=millwright\nlocal replication all peer map=millwright\n"


def _people(account: Account) -> str:
    names = dict.fromkeys(["root", account.name])
    return "".join(f"millwright {name} {role}\n" for name in names for role in (SUPERUSER, OWNER))


def _include_once(conf: Path) -> None:
    lines = f"include = '{CONF_NAME}'\ninclude_if_exists = 'local.conf'\n"
    text = conf.read_text()
    if lines not in text:
        # Appending keeps owner and mode of the file initdb wrote.
        with conf.open("a") as file:
            file.write(f"\n{lines}")


def _replace(path: Path, text: str, account: Account) -> None:
    path.write_text(text)
    path.chmod(0o600)
    if not account.is_me:
        os.chown(path, account.uid, account.gid)


def _shared_memory() -> str:
    # Containers often give /dev/shm 64 MB, too little for a parallel query: then files in the cluster serve.
    try:
        return "posix" if shutil.disk_usage("/dev/shm").total >= 256 * MIB else "mmap"  # noqa: S108 - only measured
    except OSError:
        return "mmap"


def _memory_mib() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB


def _between(low: int, value: int, high: int) -> int:
    return max(low, min(value, high))
