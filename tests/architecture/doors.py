"""All doors of the house, found by walking the address book: pages, API acts, administration."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from factory_core.web.admin import PlantAdminSite

# Doors without a capability, and why each may stand open.
OPEN = {
    "sign-in/": "the front door itself",
    "sign-out/": "ends the asker's own session and nothing else",
    "language/": "changes the asker's own language",
    "terminal/<str:link>/": "the link is the credential",
    "healthz": "says ok, nothing else",
    "readyz": "colours of the parts, no data",
    "metrics": "asks for health.view itself, except from the machine it runs on",
    "admin/login/": "leads to the front door",
    "api/v1/schema/": "describes the API to whoever signed in; holds no rows",
    "api/v1/docs/": "shows the description; holds no rows",
}


@dataclass(frozen=True)
class Door:
    """One address and what may be tried there."""

    pattern: str
    callback: Any
    methods: tuple[str, ...]
    capability: str | None

    def url(self, **given: object) -> str:
        """The address with its holes filled: by name, else with 1 or a word."""

        def fill(found: re.Match[str]) -> str:
            kind, name = found["kind"] or "", found["name"] or found["group"]
            value = given.get(name)
            return str(value if value is not None else "1" if kind == "int" or name in {"pk", "key"} else "x")

        path = re.sub(
            r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>|\(\?P<(?P<group>\w+)>(?:[^()]|\([^()]*\))*\)", fill, self.pattern
        )
        return "/" + path.replace("^", "").replace("/?$", "/").replace("$", "").replace("\\Z", "").replace("\\.", ".")


def doors() -> list[Door]:
    """Every door, in the order of the address book."""
    return [
        Door(pattern, callback, _methods(callback), _capability(callback))
        for pattern, callback in _walk(get_resolver(), "")
    ]


def closed_doors() -> list[Door]:
    """Those that somebody without a role must find closed."""
    return [door for door in doors() if door.pattern not in OPEN]


def _walk(resolver: URLResolver, before: str) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, here)
        elif isinstance(entry, URLPattern):
            yield here, entry.callback


def _methods(callback: Any) -> tuple[str, ...]:
    acts = getattr(callback, "actions", None)
    return tuple(acts) if acts else ("get", "post")


def _capability(callback: Any) -> str | None:
    owner = getattr(callback, "model_admin", None)
    site = owner.admin_site if owner is not None else getattr(callback, "admin_site", None)
    if isinstance(site, PlantAdminSite):
        return site.capability
    found = getattr(callback, "capability", None)
    return found or getattr(getattr(callback, "cls", None) or getattr(callback, "view_class", None), "capability", None)
