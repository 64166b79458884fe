"""Staticfiles finder: named files out of node_modules, and nothing else.

Settings it reads:
    NODE_MODULES  where `npm ci` put the packages
    NPM_FILES     {"vendor/htmx.js": "htmx.org/dist/htmx.esm.min.js", ...}

The list is the whole of the third-party script the product serves, so a reader
sees it in one place, and collectstatic brings no maps, docs or tests along.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage


class _Renamed(FileSystemStorage):
    """A storage whose names are the keys of NPM_FILES."""

    prefix = ""

    def path(self, name: str) -> str:
        return str(Path(settings.NODE_MODULES) / settings.NPM_FILES[name])


class NpmFinder(BaseFinder):
    """Finds the files named in NPM_FILES; `manage.py check` names each that is missing (npm.E001)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = _Renamed(location=str(settings.NODE_MODULES))

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return [
            Error(f"{source} is missing.", hint="Run: npm ci --ignore-scripts", id="npm.E001")
            for name, source in settings.NPM_FILES.items()
            if not Path(self.storage.path(name)).is_file()
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = self.storage.path(path) if path in settings.NPM_FILES else None
        if find_all or kwargs.get("all"):
            return [found] if found else []
        return found or []

    def list(self, ignore_patterns: Any) -> Iterator[Any]:
        for name in settings.NPM_FILES:
            yield name, self.storage
