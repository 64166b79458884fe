"""Two gateways work with copies of one buffer: the plant says so, and what was stored stays in order."""

import shutil
import signal

import pytest

from telemetry.models import GatewayHealth, Reading, ReadingText, Stream
from tests.patience import PATIENCE_S, wait_until
from tests.telemetry.edge.helpers import log_of, start_agent, write_config
from tests.telemetry.ingest.conftest import plant, server  # noqa: F401 - fixtures are found by name
from tests.world.telemetry import a_gateway, a_tag

KINDS = {"execution": "text", "mode": "text", "alarm_code": "text", "part_count": "counter", "scrap_count": "counter"}
DEVICE = '[[device]]\ndriver = "simulator"\ncode = "sim"\npattern = "steady"\nsample_s = 0.05\ncycle_s = 2\n'


@pytest.mark.django_db(transaction=True)
def test_a_cloned_buffer_is_noticed_and_ends_up_as_two_streams(tmp_path, server, plant):  # noqa: F811
    gateway, token = a_gateway(plant.site)
    for name in ("execution", "mode", "alarm_code", "part_count", "scrap_count", "current", "power"):
        a_tag(gateway, f"sim.{name}", plant.press, KINDS.get(name, "number"))
    (tmp_path / "first").mkdir()
    config = write_config(tmp_path / "first", server, DEVICE, token=f'token = "{token}"')

    def samples():
        return Stream.objects.filter(gateway=gateway, lane="s")

    agent = start_agent(config)
    wait_until(lambda: samples().filter(acked_seq__gt=20).exists())
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(PATIENCE_S) == 0
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    agents = [start_agent(config), start_agent(tmp_path / "second" / "gateway.toml")]
    try:
        wait_until(lambda: GatewayHealth.objects.filter(clone_suspected_at__isnull=False).exists())
        wait_until(lambda: samples().count() >= 2)
        began = {stream.pk: stream.acked_seq for stream in samples()}
        # The two have parted: both go on, each in a stream of its own.
        wait_until(lambda: sum(s.acked_seq > began.get(s.pk, 0) + 20 for s in samples()) >= 2)
    finally:
        for each in agents:
            each.send_signal(signal.SIGTERM)
        assert [each.wait(PATIENCE_S) for each in agents] == [0, 0]

    health = GatewayHealth.objects.get(gateway=gateway)
    assert "came twice with different content" in health.clone_note
    for stream in Stream.objects.filter(gateway=gateway):
        numbers = Reading.objects.filter(stream=stream).values_list("seq", flat=True)
        words = ReadingText.objects.filter(stream=stream).values_list("seq", flat=True)
        assert sorted([*numbers, *words]) == list(range(1, stream.acked_seq + 1))
    assert any("epoch" in log_of(tmp_path / each / "gateway.toml") for each in ("first", "second"))
