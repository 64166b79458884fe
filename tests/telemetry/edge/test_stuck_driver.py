"""A driver that hangs for good, in the real agent: its process is renewed, and nobody else notices (half a minute)."""

import os
from itertools import pairwise

import pytest

from tests.patience import PATIENCE_S, wait_until
from tests.telemetry.edge.helpers import REPOSITORY, start_agent, write_config

HANGING = """
import sys, time, types
fake = types.ModuleType("telemetry.edge.drivers.modbus")
def session(device, out):
    out.value(device.tags[0], 7)
    time.sleep(1000)
fake.session = session
sys.modules["telemetry.edge.drivers.modbus"] = fake
"""
DEVICES = """
[[device]]
code = "sim"
driver = "simulator"
sample_s = 0.1
[[device]]
code = "stuck"
driver = "modbus"
host = "nowhere"
tags = [{ name = "stuck.value", address = "holding:1" }]
"""


@pytest.mark.skipif("LONG_FAULTS" not in os.environ, reason="takes half a minute: LONG_FAULTS=1")
def test_a_driver_that_never_comes_back_costs_only_its_own_protocol(tmp_path, server, monkeypatch):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(HANGING)
    monkeypatch.setattr("tests.telemetry.edge.helpers.REPOSITORY", f"{tmp_path / 'site'}:{REPOSITORY}")
    agent = start_agent(write_config(tmp_path, server.url, DEVICES))
    try:

        def heard():
            return [row[1:] for row in list(server.rows.values()) if row[0] == "stuck.value"]

        wait_until(lambda: len(heard()) >= 3)
    finally:
        agent.terminate()
        agent.wait(PATIENCE_S)
    (first_at, *_first), (lost_at, *lost), (again_at, *again) = heard()[:3]
    assert (lost, again) == ([None, 24], [7])
    # On the screen within five seconds, and asked again within twenty.
    assert 3.9e6 < lost_at - first_at < 4.6e6
    assert again_at - first_at < 20e6
    currents = [row[1] for row in list(server.rows.values()) if row[0] == "sim.current"]
    assert max(after - before for before, after in pairwise(currents)) <= 100_000
