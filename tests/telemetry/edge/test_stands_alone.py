"""A gateway PC has neither Django nor the rest of the project."""

import subprocess
import sys

from tests.telemetry.edge.helpers import REPOSITORY

PROBE = """
import sys
import telemetry.edge.__main__, telemetry.edge.drivers.__main__
ours = {name for name in sys.modules if name.split(".")[0] == "telemetry"}
assert ours <= {"telemetry", "telemetry.wire"} | {name for name in ours if name.startswith("telemetry.edge")}, ours
foreign = {"django", "psycopg", "numpy", "factory_core"} & {name.split(".")[0] for name in sys.modules}
assert not foreign, foreign
"""


def test_the_agent_needs_nothing_of_the_server():
    subprocess.run([sys.executable, "-c", PROBE], cwd=REPOSITORY, check=True, timeout=30)
