"""Who moves readings loads the floor and telemetry only, and can still do all of its work."""

import os
import subprocess
import sys

import pytest

from factory_core.processes.specs import READINGS_ONLY
from tests.factory_core.processes.box import CHECKOUT

PROBE = """
import sys
import django
django.setup()
from django.apps import apps
import {module}
from factory_core.jobs.wiring import reactions_to
assert apps.is_installed("telemetry")
assert reactions_to("telemetry.machine_state_changed"), "whoever tells what happened knows who follows"
above = [name for name in ("production", "inventory", "quality", "maintenance", "audit") if apps.is_installed(name)]
loaded = [name for name in sys.modules if name.endswith((".models", ".views", ".api", ".admin")) and not
          name.startswith(("factory_core", "telemetry", "django", "guardian", "procrastinate"))]
print(above, loaded, "rest_framework.serializers" in sys.modules)
"""


@pytest.mark.parametrize(
    "module",
    [
        "telemetry.ingest.__main__",
        "telemetry.management.commands.derive",
        "telemetry.management.commands.mqtt",
        "telemetry.management.commands.sparkplug",
        "telemetry.management.commands.broker",
    ],
)
def test_nothing_above_telemetry_is_loaded(module: str) -> None:
    told = {**os.environ, **READINGS_ONLY, "DJANGO_SETTINGS_MODULE": "factory_core.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(module=module)], cwd=CHECKOUT, env=told, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[] [] False"), done.stderr
