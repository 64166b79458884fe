"""One node-opcua server for the tests that only read."""

import pytest

from tests.telemetry.edge.opcua import peers


@pytest.fixture(scope="package")
def shared(tmp_path_factory):
    """A press everybody may read: 1000 variables besides the machine's, all security modes, 150 items in one call."""
    running = peers.press(tmp_path_factory.mktemp("press"), many=1000, seqMs=100, perCall=150)
    yield running
    running.stop()
