"""How much of a processor 1000 variables take that change five times a second, and that none of it is lost.

LONG_FAULTS=1 runs it (about 40 seconds) and prints the figures.
"""

import os
import time

import psutil
import pytest

from tests.patience import wait_until
from tests.telemetry.edge.opcua import peers
from tests.telemetry.edge.opcua.peers import MANY, accept_the_rejected, device, needs_node, tag
from tests.telemetry.edge.recording_out import framed, raised_by

ROUNDS = 100


@needs_node
@pytest.mark.skipif(not os.environ.get("LONG_FAULTS"), reason="LONG_FAULTS=1 measures it, in about 40 seconds")
@pytest.mark.parametrize("security", ["none", "sign_and_encrypt"])
def test_1000_variables_five_times_a_second(tmp_path, security):
    from telemetry.edge.drivers import opcua

    server = peers.press(tmp_path, many=1000, manyMs=200, manyRounds=ROUNDS, waits=True)
    # Lane "e": every change is sent, so that every number can be looked for.
    tags = [tag(f"v{at}", f"{MANY}.{at}", period_s=0.2, lane="e") for at in range(1000)]
    settings = device(server, tmp_path, *tags, security=security)
    if security != "none":
        raised_by(opcua.session, settings)
        accept_the_rejected(tmp_path)
    try:
        with framed([settings]) as running:
            wait_until(lambda: len({row.tag for _lane, row in running.rows if row.value is not None}) == 1000)
            known = len(running.rows)
            process = psutil.Process(running.process.pid)
            before, began = process.cpu_times(), time.monotonic()
            server.tell(go=True)
            wait_until(lambda: len(running.rows) >= known + 1000 * ROUNDS)
            took, after = time.monotonic() - began, process.cpu_times()
            cpu = after.user + after.system - before.user - before.system
            print(
                f"{security}: {1000 * ROUNDS} changes in {took:.1f} s, driver {cpu:.1f} s of a core "
                f"({100 * cpu / took:.0f} %), {process.memory_info().rss / 2**20:.0f} MiB",
                flush=True,
            )
            expected = {f"v{at}": [number * 10_000 + at for number in range(1, ROUNDS + 1)] for at in range(1000)}
            got: dict[str, list] = {}
            for _lane, row in running.rows[known:]:
                got.setdefault(row.tag, []).append(row.value)
        assert got == expected
    finally:
        server.stop()
