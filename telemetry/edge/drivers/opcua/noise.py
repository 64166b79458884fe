"""The library's own messages: never louder than a warning, without tracebacks, and each only once a minute."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

log = logging.getLogger("millwright.edge.opcua")
_AGAIN_AFTER_S = 60.0


class _Quieter(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        now = time.monotonic()
        # By its template, not by its text: handles and ids would make every line new.
        if now - self._said.get(str(record.msg), -_AGAIN_AFTER_S) < _AGAIN_AFTER_S:
            return
        self._said[str(record.msg)] = now
        try:
            text = record.getMessage().splitlines()[0][:300]
        except (TypeError, ValueError, IndexError):
            text = str(record.msg)[:300]
        cause = f" ({record.exc_info[1]!r})"[:200] if record.exc_info and record.exc_info[1] else ""
        log.warning("asyncua: %s%s", text, cause)


def calm() -> None:
    """Takes the library's messages into our hands; called at each start, done once."""
    library = logging.getLogger("asyncua")
    if any(isinstance(handler, _Quieter) for handler in library.handlers):
        return
    library.addHandler(_Quieter())
    library.propagate = False
    library.setLevel(logging.WARNING)


def unheard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Takes errors of the library's background tasks: what matters of them is seen by the watchdog."""
    log.info("asyncua: %s %r", context.get("message", ""), context.get("exception"))
