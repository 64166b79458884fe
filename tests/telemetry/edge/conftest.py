"""A real server and tidy connections."""

import pytest

from tests.telemetry.edge import helpers
from tests.telemetry.edge.recording import RecordingIngest


@pytest.fixture
def server():
    running = RecordingIngest()
    yield running
    running.close()


@pytest.fixture(autouse=True)
def _connections_are_closed():
    yield
    while helpers.OPEN:
        helpers.OPEN.pop().close()
