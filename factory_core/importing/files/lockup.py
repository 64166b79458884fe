"""The reader locks itself in before it looks at the file: memory, time, files, network, other programs.

Some of it is the kernel's (limits, an empty network where the kernel grants one), some is Python's own (an audit hook
that cannot be taken off again).
"""

import ctypes
import os
import resource
import signal
import sys
from typing import Any

from factory_core.importing.files.cells import Limits

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_PARENT_DEATH, _NO_NEW_PRIVILEGES = 1, 38
_OPEN_FILES = 32
_CODE = (".py", ".pyc", ".so")
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "ctypes.",
              "shutil.", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate",
              "os.chmod", "os.chown", "os.putenv", "ftplib.", "urllib.", "smtplib.", "pty.", "mmap.")  # fmt: skip


def lock_up(limits: Limits) -> None:
    """From here on this process reads what it was given and nothing else. Raises OSError where a limit is refused."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PARENT_DEATH, signal.SIGKILL)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    # Root may leave the network at once; others need a user namespace of their own, where the kernel grants it.
    if libc.unshare(_NEW_NET) != 0:
        libc.unshare(_NEW_USER | _NEW_NET)
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    roots = tuple(os.path.join(os.path.abspath(each), "") for each in {sys.prefix, sys.base_prefix, *sys.path} if each)
    sys.addaudithook(_Guard(roots))


class _Guard:
    """Called by Python before everything that reaches out of the process."""

    def __init__(self, roots: tuple[str, ...]) -> None:
        self.roots = roots

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            self.refuse_open(*arguments[:3])
        elif event.startswith(_FORBIDDEN):
            raise PermissionError(f"the reader of files may not: {event}")

    def refuse_open(self, path: Any, mode: Any, flags: Any) -> None:
        """Nothing is written, and nothing but code is read; the file itself is open already."""
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if isinstance(path, int) and not writes:
            return
        name = os.path.abspath(os.fsdecode(path)) if isinstance(path, str | bytes) else ""
        if writes or not name.endswith(_CODE) or not name.startswith(self.roots):
            raise PermissionError("the reader of files may not open files")
