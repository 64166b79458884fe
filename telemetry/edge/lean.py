"""httpx without its command line, whose libraries would take 5 MB of every process that sends or fetches."""

from __future__ import annotations

import sys

_hidden = "click" not in sys.modules
if _hidden:
    # httpx itself provides for an installation without it.
    sys.modules["click"] = None  # type: ignore[assignment]  # None is how Python is told that a module is not there
try:
    import httpx
finally:
    if _hidden:
        del sys.modules["click"]

__all__ = ["httpx"]
