"""A wrong installation explains itself: start-up checks with ids and sentences."""

import zoneinfo
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from factory_core.access.roles import CAPABILITIES, ROLES
from factory_core.tables import PLANT_WIDE, TableKind

# The tag of checks that a plant's own settings can fail; `prepare` makes them at every start.
PLANT = "plant"
OURS = ("factory_core", "telemetry", "inventory", "quality", "maintenance", "production", "audit")


def register_all() -> None:
    """Register every check of the floor."""
    for check in (check_secret_key, check_time_zone, check_database, check_site_urls):
        register(check, PLANT)
    register(check_roles)
    register(check_tables, Tags.models)


def check_secret_key(**_: Any) -> list[CheckMessage]:
    """mw.E001: without a secret key nothing that is signed can be trusted."""
    if len(settings.SECRET_KEY) >= 32:
        return []
    return [
        Error(
            "SECRET_KEY is missing or shorter than 32 characters.",
            hint="Set SECRET_KEY, or SECRET_KEY_FILE to a file that holds it; `manage.py up` makes one by itself.",
            id="mw.E001",
        )
    ]


def check_time_zone(**_: Any) -> list[CheckMessage]:
    """mw.E002: the plant's time zone must exist."""
    if settings.TIME_ZONE in zoneinfo.available_timezones():
        return []
    return [
        Error(f"PLANT_TIME_ZONE '{settings.TIME_ZONE}' is unknown.", hint="For example Europe/Berlin.", id="mw.E002")
    ]


def check_database(**_: Any) -> list[CheckMessage]:
    """mw.E003: the house stands on PostgreSQL only."""
    engine = settings.DATABASES["default"]["ENGINE"]
    if engine.endswith("postgresql"):
        return []
    return [Error(f"DATABASE_URL names {engine}; Millwright needs PostgreSQL 15 or later.", id="mw.E003")]


def check_roles(**_: Any) -> list[CheckMessage]:
    """mw.E004: a role may hold only capabilities that exist."""
    return [
        Error(f"Role '{role}' holds '{capability}', which is not in CAPABILITIES.", id="mw.E004")
        for role, held in ROLES.items()
        for capability in sorted(held - CAPABILITIES.keys())
    ]


def check_tables(**_: Any) -> list[CheckMessage]:
    """mw.E005: every model says its kind, its place and who may see it; closed by default."""
    found: list[CheckMessage] = []
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            if not isinstance(getattr(model, "table_kind", None), TableKind):
                found.append(
                    Error(f"{model._meta.label} does not say whether it is a fact, record or projection.", id="mw.E005")
                )
            if not isinstance(getattr(model, "scope_path", None), str):
                found.append(
                    Error(
                        f"{model._meta.label} has no scope_path.",
                        hint=f"A path to its place, or {PLANT_WIDE!r}.",
                        id="mw.E006",
                    )
                )
            if getattr(model, "view_capability", None) not in CAPABILITIES:
                found.append(Error(f"{model._meta.label} names no known view_capability.", id="mw.E007"))
    return found


def check_site_urls(**_: Any) -> list[CheckMessage]:
    """mw.W001: sockets compare scheme, host and port, so the addresses must be complete."""
    return [
        Warning(f"SITE_URLS has '{url}'; write scheme, host and port, e.g. https://plant.local:443.", id="mw.W001")
        for url in settings.SITE_URLS
        if not url.startswith(("http://", "https://"))
    ]
