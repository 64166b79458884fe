"""One broker and one consumer for the tests that leave them as they found them."""

from collections.abc import Iterator

import pytest

from telemetry.devices.models import Gateway
from tests.telemetry.mqtt.broker import Broker, Device, consuming, settle
from tests.world.plant import Plant, a_plant
from tests.world.telemetry import a_gateway, a_tag


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    """A broker of its own."""
    found = Broker().start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def consumer(broker: Broker, django_db_setup: None) -> Iterator[None]:
    """One consumer, in this process."""
    from telemetry.ingest import running

    with pytest.MonkeyPatch.context() as patch:
        # Django's connection belongs to the test that runs.
        patch.setattr(running, "beat_for_ever", lambda name, wait: None)
        with consuming(broker):
            yield


@pytest.fixture
def plant(transactional_db: None) -> Plant:
    """A plant whose rows other connections see."""
    return a_plant()


@pytest.fixture
def gateway(plant: Plant) -> Gateway:
    """An enrolled gateway with tags of two kinds."""
    found, _token = a_gateway(plant.site)
    a_tag(found, "press.current", plant.press)
    a_tag(found, "press.program", plant.press, "text")
    settle()
    return found


@pytest.fixture
def device(broker: Broker, consumer: None, gateway: Gateway) -> Iterator[Device]:
    """The gateway's connection."""
    found = broker.device(gateway.code)
    yield found
    found.close()
