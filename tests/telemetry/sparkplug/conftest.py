"""A plant whose rows the host sees."""

import pytest

from tests.world.plant import Plant, a_plant


@pytest.fixture
def live_plant(transactional_db: None) -> Plant:
    """Committed, since the host has connections of its own."""
    return a_plant()
