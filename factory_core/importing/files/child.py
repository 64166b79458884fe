"""The caged reader: a request on standard input, the file as an open descriptor, answers on standard output.

Started by `cage` with nothing but the descriptor's number. Loads neither Django nor anything else of the house.
"""

import os
import sys
import traceback
from collections.abc import Iterator
from typing import IO

import msgspec

from factory_core.importing.files import readers
from factory_core.importing.files.cells import LENGTH_BYTES, Ended, Finding, Message, Opened, Refused, Request, Stop
from factory_core.importing.files.lockup import lock_up

_LETS_OTHERS_FIRST = 5


def main() -> None:
    """Answer one request and end."""
    request = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Request)
    file = os.fdopen(int(sys.argv[1]), "rb")
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    sys.stdout = sys.stderr
    if request.table is not None or request.marks:
        # The first rows are waited for by a person; a whole file lets the pages of the others go first.
        os.nice(_LETS_OTHERS_FIRST)
    lock_up(request.limits)
    encoder = msgspec.msgpack.Encoder()
    for message in _answers(file, request):
        packed = encoder.encode(message)
        out.write(len(packed).to_bytes(LENGTH_BYTES, "big"))
        _write_all(out, packed)


def _write_all(out: IO[bytes], packed: bytes) -> None:
    view = memoryview(packed)
    while view:
        view = view[out.write(view) :]


def _answers(file: IO[bytes], request: Request) -> Iterator[Message]:
    findings: list[Finding] = []
    try:
        if request.marks:
            from factory_core.importing.files import marking

            yield from marking.marked(file, request)
        elif request.table is not None:
            yield from readers.lines_of(file, request, findings)
        elif request.header_rows:
            yield readers.table_of(file, request)
        else:
            yield Opened(readers.book_of(file, request))
    except Stop as stop:
        yield Refused(stop.code, stop.values)
    except MemoryError:
        yield Refused("reader_killed", {"reason": "memory"})
    except Exception as broken:  # noqa: BLE001 - damaged files fail in more ways than a reader can foresee
        # The person learns that the file is damaged; whether it is, the log of the server tells.
        traceback.print_exc()
        yield Refused("unreadable", {"reason": "damaged", "found": type(broken).__name__})
    else:
        yield Ended(findings)


if __name__ == "__main__":
    main()
