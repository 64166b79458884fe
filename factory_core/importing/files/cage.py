"""The parent's side of the cage: starts the reader, waits no longer than allowed, keeps one batch in memory."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from factory_core.importing.files.cells import LENGTH_BYTES, Message, Refused, Request, Stop

# The reader sends batches of a few hundred kilobytes; more than this was not made by it.
_LARGEST_MESSAGE = 64 << 20
_PIECE = 1 << 16
_ROOT = Path(__file__).resolve().parents[3]
# -I leaves out what the environment and the working folder would add to the path; the house's own root is put back.
_START = f"import sys; sys.path.insert(0, {str(_ROOT)!r}); from factory_core.importing.files.child import main; main()"


class Reader:
    """A running reader. Iterate for its messages; close it, or leave its `with`, and the process is gone."""

    def __init__(self, path: Path, request: Request) -> None:
        self._waits_left = request.limits.wait_seconds
        with path.open("rb") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _START, str(file.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={"LC_ALL": "C.UTF-8"},
                pass_fds=(file.fileno(),),
                cwd="/",
            )
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101 - both are pipes
        self._out = self._process.stdout
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._out, selectors.EVENT_READ)
        self._messages = self._read()
        self._decoder = msgspec.msgpack.Decoder(Message)
        with contextlib.suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(msgspec.msgpack.encode(request))

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def __iter__(self) -> Iterator[Message]:
        return self._messages

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(self._out)
        self._selector.close()
        self._out.close()

    def _read(self) -> Generator[Message, None, None]:
        while True:
            head = self._take(LENGTH_BYTES)
            length = int.from_bytes(head, "big")
            if length > _LARGEST_MESSAGE:
                raise Stop("reader_killed", reason="answer")
            message: Message = self._decoder.decode(self._take(length))
            if isinstance(message, Refused):
                raise Stop(message.code, **message.values)
            yield message

    def _take(self, length: int) -> bytes:
        """So many bytes of the answer. Raises Stop when the reader takes too long or was killed."""
        got = bytearray()
        while len(got) < length:
            started = time.monotonic()
            ready = self._selector.select(self._waits_left)
            self._waits_left -= time.monotonic() - started
            if not ready or self._waits_left <= 0:
                raise Stop("reader_killed", reason="time")
            piece = os.read(self._out.fileno(), min(length - len(got), _PIECE))
            if not piece:
                raise Stop("reader_killed", reason=self._how_it_ended())
            got += piece
        return bytes(got)

    def _how_it_ended(self) -> str:
        ended = self._process.wait()
        # A library that gets no memory aborts; what Python gets none for arrives as an answer.
        return {-signal.SIGXCPU: "time", -signal.SIGABRT: "memory", -signal.SIGSEGV: "memory"}.get(ended, "killed")
