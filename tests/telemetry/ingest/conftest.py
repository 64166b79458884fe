"""The real ingest application under a real uvicorn, on the tests' database."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn

from telemetry.devices.models import Gateway
from tests.patience import PATIENCE_S
from tests.world.plant import Plant, a_plant
from tests.world.running import wait_for
from tests.world.telemetry import a_gateway, a_packet, a_tag, new_epoch, sealed

# What runs behind which address.
APPLICATIONS: dict[str, Any] = {}


class ThreadServer(uvicorn.Server):
    """uvicorn in a thread of the test process."""

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """Gives the base address once the server answers."""
        thread = threading.Thread(target=self.run, daemon=True)
        thread.start()
        while not self.started:
            assert thread.is_alive(), "the ingest process did not start"
            time.sleep(0.01)
        port = self.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            self.should_exit = True
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "the ingest process did not stop"


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[str]:
    """The address of the running ingest application."""
    from telemetry.ingest import app, running

    application = app.Application()
    config = uvicorn.Config(application, host="127.0.0.1", port=0, log_level="warning", access_log=False)
    with pytest.MonkeyPatch.context() as patch:
        # Django's connection belongs to the test that runs; signs of life are tested with real processes.
        patch.setattr(running, "beat_for_ever", lambda name, wait: None)
        with ThreadServer(config).running() as base:
            APPLICATIONS[base] = application
            yield base


@dataclass
class Sender:
    """A gateway's side of the wire: knows its token and its epoch, posts what a test tells it."""

    base: str
    token: str
    gateway: Gateway
    epoch: str = field(default_factory=new_epoch)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20))

    def post(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        """Post bytes with the token."""
        all_headers = {"authorization": f"Bearer {self.token}", **headers}
        return self.client.post(self.base + path, content=body, headers=all_headers)

    def send(
        self, rows: list[list[Any]], first_seq: int = 1, tags: list[str] | None = None, **more: Any
    ) -> httpx.Response:
        """Send one packet."""
        content = {"epoch": self.epoch, **more}
        packet = a_packet(rows, tags=tags or ["press.current"], first_seq=first_seq, **content)
        return self.post("/ingest/v1/packets", sealed(packet), **{"content-encoding": "gzip"})

    def knows(self) -> None:
        """Wait until the door knows this gateway and its tags as they are now."""
        wait_for(lambda: self.is_known() and self._is_up_to_date(), 5, "the door to learn of the gateway")

    def _is_up_to_date(self) -> bool:
        if self.base not in APPLICATIONS:
            return True
        door = APPLICATIONS[self.base]._door
        known = door.directory.gateway_named(self.gateway.code) if door else None
        tags = set(self.gateway.tags.values_list("name", "enabled"))
        version = type(self.gateway).objects.values_list("config_version", flat=True).get(pk=self.gateway.pk)
        return known is not None and (known.config_version, tags) == (
            version,
            {(name, tag.enabled) for name, tag in known.tags.items()},
        )

    def is_known(self) -> bool:
        """Whether the door takes the token."""
        return self.client.get(self.base + "/ingest/v1/config", headers=self._auth()).status_code == 200

    def _auth(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@pytest.fixture
def plant(transactional_db: None) -> Plant:
    """A plant whose rows other connections see."""
    return a_plant()


@pytest.fixture
def sender(server: str, plant: Plant) -> Iterator[Sender]:
    """An enrolled gateway with tags of every kind."""
    gateway, token = a_gateway(plant.site)
    a_tag(gateway, "press.current", plant.press, min_value=-100, max_value=1000)
    a_tag(gateway, "press.part_count", plant.press, "counter")
    a_tag(gateway, "press.running", plant.press, "bool")
    a_tag(gateway, "press.program", plant.press, "text")
    a_tag(gateway, "lathe.current", plant.lathe)
    found = Sender(server, token, gateway)
    found.knows()
    yield found
    found.client.close()
