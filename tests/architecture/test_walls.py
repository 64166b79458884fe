"""Who may import whom (the contracts in pyproject.toml), and that no foreign key or migration climbs the stairs."""

import subprocess
import sys
import tomllib
from pathlib import Path

from django.apps import apps
from django.db import models
from django.db.migrations.loader import MigrationLoader

from factory_core.checks import OURS

ROOT = Path(__file__).resolve().parents[2]
# Lower number, lower step. Equal numbers of different apps are strangers.
STEP = {
    "factory_core": 1,
    "telemetry": 2,
    "inventory": 2,
    "quality": 3,
    "maintenance": 3,
    "production": 4,
    "audit": 5,
}
EDGE_FILES = {"admin", "api", "forms", "reactions", "tasks", "views"}


def contracts() -> dict[str, dict[str, object]]:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return {contract["id"]: contract for contract in found}


def test_the_contracts_are_kept() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def test_every_room_with_tables_keeps_the_order_of_layers() -> None:
    named = set(contracts()["topic-layers"]["containers"])  # type: ignore[call-overload]
    rooms = {
        ".".join(path.parent.relative_to(ROOT).parts) for app in OURS for path in ROOT.glob(f"{app}/*/models.py")
    } - {"factory_core.web"}  # the web room is made of edges alone
    assert rooms <= named, f"Add to the contract topic-layers: {sorted(rooms - named)}"


def test_no_relation_points_up_or_sideways() -> None:
    climbing = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for label in OURS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
        and not _may_stand_on(label, field.related_model._meta.app_label)
    ]
    assert climbing == []


def test_no_migration_depends_on_a_higher_app() -> None:
    graph = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    climbing = [
        f"{label}.{name} -> {needed[0]}.{needed[1]}"
        for (label, name), migration in graph.items()
        if label in STEP
        for needed in migration.dependencies
        if not _may_stand_on(label, needed[0])
    ]
    assert climbing == []


def _may_stand_on(label: str, other: str) -> bool:
    if other not in STEP or label == other:
        return True
    if label == "audit":
        return other == "factory_core"
    return STEP[other] < STEP[label]
