"""The agent, the broker, the consumer, the tables: all real, and any of them may go away."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telemetry.devices.models import Gateway
from telemetry.models import Gap, Reading
from tests.faults.counting_log import STEP, write_log
from tests.patience import PATIENCE_S
from tests.telemetry.edge.helpers import log_of, start_agent
from tests.telemetry.mqtt.broker import Broker, database_url, needs_broker
from tests.world.plant import Plant
from tests.world.running import ROOT, environment, wait_for
from tests.world.telemetry import a_gateway, a_tag

pytestmark = [needs_broker, pytest.mark.django_db(transaction=True)]
VALUES = 6_000


@pytest.fixture
def gateway(plant: Plant) -> Gateway:
    """What the counting log's tags belong to."""
    found, _token = a_gateway(plant.site)
    a_tag(found, "m.execution", plant.press, "text")
    a_tag(found, "m.count", plant.press)
    return found


class ConsumerProcess:
    """`manage.py mqtt` as a process that can be killed."""

    def __init__(self, broker: Broker, number: int = 1) -> None:
        self.log = broker.folder / f"consumer-{number}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "mqtt", "--number", str(number)],
                cwd=ROOT,
                env=environment(DATABASE_URL=database_url(), DATA_DIR=str(broker.folder)),
                stdout=log,
                stderr=log,
            )

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(PATIENCE_S)


@contextmanager
def consumers(broker: Broker, count: int = 1) -> Iterator[list[ConsumerProcess]]:
    """So many consumers, gone at the end."""
    running = [ConsumerProcess(broker, number) for number in range(1, count + 1)]
    try:
        yield running
    finally:
        for each in running:
            each.end(signal.SIGKILL)


def agent_config(folder: Path, broker: Broker, gateway: Gateway, speed: float) -> Path:
    """A gateway that plays the counting log and sends over MQTT; HTTPS leads nowhere."""
    folder.mkdir()
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=VALUES * STEP.total_seconds() + 60)
    write_log(folder / "count.txt", began, VALUES)
    chain, key, _certificate = broker.certificate(gateway.code)
    path = folder / "gateway.toml"
    path.write_text(
        f'[server]\nurl = "http://127.0.0.1:9"\nmqtt = "mqtts://localhost:{broker.port}"\ntoken = "not used"\n'
        f'ca_file = "{broker.authority.ca_file}"\ncertificate_file = "{chain}"\nkey_file = "{key}"\n'
        "auth_retry_s = 0.5\n[spool]\nballast_mb = 0\nmin_free_mb = 0\n[agent]\nexit_when_done = true\n"
        f'[[device]]\ndriver = "replay"\ncode = "m"\nprefix = "m."\nfiles = ["count.txt"]\nspeed = {speed:g}\n'
    )
    return path


def counted(gateway: Gateway) -> list[float]:
    tag = gateway.tags.get(name="m.count")
    return list(Reading.objects.filter(tag_id=tag.pk).order_by("seq").values_list("value", flat=True))


def test_from_the_agent_to_the_tables_through_two_consumers(broker: Broker, gateway: Gateway, tmp_path: Path) -> None:
    config = agent_config(tmp_path / "gw", broker, gateway, 0)
    with consumers(broker, 2) as running:
        assert start_agent(config).wait(PATIENCE_S) == 0, log_of(config)
        assert [each.end() for each in running] == [0, 0]
    assert counted(gateway) == [float(number) for number in range(1, VALUES + 1)]
    assert not Gap.objects.filter(stream__gateway=gateway).exists()


def test_whatever_dies_on_the_way_nothing_is_lost_or_doubled(broker: Broker, gateway: Gateway, tmp_path: Path) -> None:
    config = agent_config(tmp_path / "gw", broker, gateway, 15)
    with consumers(broker) as running:
        agent = start_agent(config)
        wait_for(lambda: len(counted(gateway)) > 200, 40, "the first rows")
        running.pop().end(signal.SIGKILL)
        running.append(ConsumerProcess(broker))
        before = len(counted(gateway))
        wait_for(lambda: len(counted(gateway)) > before, 40, "the rows after the consumer was killed")
        broker.kill()
        broker.start()
        before = len(counted(gateway))
        wait_for(lambda: len(counted(gateway)) > before, 40, "the rows after the broker was killed")
        assert len(counted(gateway)) < VALUES, "the recording was over before everything had died"
        agent.send_signal(signal.SIGKILL)
        agent.wait(PATIENCE_S)
        assert start_agent(config).wait(PATIENCE_S) == 0, log_of(config)
    assert counted(gateway) == [float(number) for number in range(1, VALUES + 1)]
    assert not Gap.objects.filter(stream__gateway=gateway).exists()
