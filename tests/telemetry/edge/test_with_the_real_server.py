"""The agent as a real process against the real ingest application and database."""

import signal
from datetime import UTC, datetime

import pytest

from telemetry.models import Gap, QuarantinedReading, Reading, ReadingText, Stream
from tests.patience import PATIENCE_S, wait_until
from tests.telemetry.edge.helpers import LOGS, log_of, start_agent, write_config
from tests.telemetry.ingest.conftest import plant, server  # noqa: F401 - fixtures are found by name
from tests.world.telemetry import a_gateway, a_tag

LOG = LOGS / "plate" / "Plate-Hurco04-02of20.txt.xz"
NUMBERS = [
    "Block_Number",
    "Current_Tool",
    "Feed_Override",
    "Feed_Rate",
    "Part_Count",
    "Program_Runtime_Seconds",
    "Rapid_Override",
    "Spindle_Speed",
    "Spindle_Time",
]
WORDS = ("Program_Name_Editing", "Program_Name_Running", "Program_Status")


@pytest.mark.skipif(not LOG.exists(), reason="the recorded machine logs are not on this computer")
def test_a_real_log_is_stored_once_whatever_happens_to_the_agent(tmp_path, server, plant):  # noqa: F811
    gateway, token = a_gateway(plant.site, history_from=datetime(2016, 1, 1, tzinfo=UTC))
    for name in NUMBERS:
        a_tag(gateway, f"hurco.{name}", plant.press)
    for name in WORDS:
        a_tag(gateway, f"hurco.{name}", plant.press, "text")
    device = f'[[device]]\ncode = "hurco"\ndriver = "replay"\nfiles = ["{LOG}"]\nprefix = "hurco."\nspeed = 2000\n'
    config = write_config(tmp_path, server, device, "exit_when_done = true", token=f'token = "{token}"')

    killed = start_agent(config)
    wait_until(lambda: Stream.objects.filter(acked_seq__gt=500).exists())
    killed.send_signal(signal.SIGKILL)
    killed.wait(PATIENCE_S)
    config.write_text(config.read_text().replace("speed = 2000", "speed = 0"))
    assert start_agent(config).wait(PATIENCE_S) == 0, log_of(config)

    def stored():
        numbers = Reading.objects.values_list("seq", flat=True)
        texts = ReadingText.objects.values_list("seq", flat=True)
        parked = QuarantinedReading.objects.values_list("seq", flat=True)
        return sorted([*numbers, *texts, *parked])

    assert stored() == list(range(1, 7200))
    # One value is empty and one line is broken in the log itself: both are kept, with the reason.
    assert {(row.tag_name, row.code) for row in QuarantinedReading.objects.all()} == {
        ("hurco.Block_Number", "wrong_type"),
        ("hurco.@UNREADABLE@", "unknown_tag"),
    }
    assert not Gap.objects.exists()

    config.write_text(config.read_text().replace('dir = "spool"', 'dir = "another"'))
    assert start_agent(config).wait(PATIENCE_S) == 0, log_of(config)
    assert stored() == list(range(1, 7200))
    assert Stream.objects.get().acked_seq == 7199
