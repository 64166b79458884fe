"""Tell the screens to look again: a notice that leaves when the transaction commits, or never."""

import json
import time
from typing import Any

from django.db import connection

LIVE_CHANNEL = "millwright_live"
ACCESS_CHANNEL = "millwright_access"
# PostgreSQL refuses notices of 8 000 bytes and more.
LARGEST_NOTICE = 7_900


class NoticeTooLarge(ValueError):
    """A nudge is a hint, not a carrier: send less and let the screen fetch."""


def nudge(topic: str, **message: Any) -> None:
    """Nudge all who watch a topic ("machine:12", "gateway:3", "site:1", "health") when this transaction commits."""
    text = json.dumps({"topic": topic, "at": time.time_ns() // 1_000_000, **message}, separators=(",", ":"))
    if len(text.encode()) > LARGEST_NOTICE:
        raise NoticeTooLarge(f"{len(text)} characters for {topic}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [LIVE_CHANNEL, text])
