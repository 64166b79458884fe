"""The reader's process can read what it was given, and reach nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
# Every attempt runs alone after the door has closed, and says what became of it.
PROGRAM = """
import sys; sys.path.insert(0, {root!r})
import json, os, socket, subprocess
from factory_core.importing.files import child
from factory_core.importing.files.cells import Limits
from factory_core.importing.files.lockup import lock_up
lock_up(Limits())
try:
    {attempt}
except (OSError, MemoryError, RuntimeError) as refused:
    os.write(1, type(refused).__name__.encode())
else:
    os.write(1, b"done")
"""


def after_lock_up(attempt: str) -> str:
    """What becomes of an attempt inside the cage."""
    code = PROGRAM.format(root=str(ROOT), attempt=attempt)
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout or done.stderr


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd').read()",
        f"open({str(ROOT / 'manage.py')!r} + '.txt', 'w')",
        "open('/tmp/from-the-cage', 'w')",
        "os.open('/tmp/from-the-cage', os.O_WRONLY | os.O_CREAT)",
        f"open({str(ROOT / 'pyproject.toml')!r})",
        "socket.socket()",
        "socket.create_connection(('127.0.0.1', 9), 1)",
        "subprocess.run(['/bin/true'])",
        "os.system('true')",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.remove('/tmp/from-the-cage')",
        "__import__('ctypes').CDLL('libc.so.6')",
    ],
)
def test_it_may_not(attempt: str) -> None:
    assert after_lock_up(attempt) == "PermissionError"
    assert not Path("/tmp/from-the-cage").exists()


def test_memory_ends() -> None:
    assert after_lock_up("bytearray(600 << 20)") == "MemoryError"


def test_it_may_still_load_code_it_needs() -> None:
    assert after_lock_up("import wave, xlrd, charset_normalizer") == "done"


def test_it_loads_nothing_of_the_house_and_no_django() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from factory_core.importing.files import child, xls, text;"
        "import json; print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))

    assert {name.split(".")[0] for name in loaded} & {
        "django",
        "psycopg",
        "openpyxl",
        "telemetry",
        "inventory",
    } == set()
    ours = {name for name in loaded if name.startswith("factory_core.") and ".files" not in name}
    assert ours == {"factory_core.errors", "factory_core.importing"}
