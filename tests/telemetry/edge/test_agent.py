"""The agent as a process of its own: kill -9, clean stops, heartbeats, enrolment, configuration, watchdog."""

import json
import os
import signal
import stat
import time

import psutil
import pytest

from factory_core.processes.children import is_running
from telemetry.edge.config import ConfigError, load, remote_devices
from telemetry.edge.devices import Replay, Simulator
from tests.patience import PATIENCE_S, wait_until
from tests.telemetry.edge.helpers import log_of, start_agent, write_config
from tests.telemetry.edge.recording import Answer

SIMULATOR = '[[device]]\ncode = "{code}"\ndriver = "simulator"\ncycle_s = 5\nseed = 4\nspeed = 20\nsample_s = 0.05\n'


@pytest.fixture
def running():
    agents = []
    yield agents
    for agent in agents:
        if agent.poll() is None:
            agent.kill()
        agent.wait(PATIENCE_S)


def test_rows_of_a_killed_agent_arrive_once_and_in_order_through_outages_and_lost_answers(tmp_path, server, running):
    config = write_config(tmp_path, server.url, SIMULATOR.format(code="M1"))
    lost = Answer(hangs_up=True, commits=True)
    for _ in range(2):
        server.answers = [lost, Answer(503), lost]
        before = len(server.rows)
        running.append(start_agent(config))
        wait_until(lambda before=before: len(server.rows) > before + 40)
        server.always = Answer(503)
        time.sleep(0.4)
        running[-1].send_signal(signal.SIGKILL)
        running[-1].wait(PATIENCE_S)
        server.always = None
    running.append(start_agent(config))
    before = len(server.rows)
    wait_until(lambda: len(server.rows) > before + 40)
    running[-1].send_signal(signal.SIGTERM)

    assert running[-1].wait(PATIENCE_S) == 0
    rows = server.stream("s")
    assert server.stored_twice == 0
    assert server.gaps == []
    currents = [row[1] for row in rows if row[0] == "M1.current"]
    assert currents == sorted(currents)
    assert len(set(currents)) == len(currents)
    counts = [row[2] for row in rows if row[0] == "M1.part_count"]
    assert counts == sorted(counts)


def test_a_clean_stop_ends_every_process_and_seals_what_was_heard(tmp_path, server, running):
    config = write_config(tmp_path, server.url, SIMULATOR.format(code="M1"))
    running.append(start_agent(config))
    wait_until(lambda: len(server.rows) > 20)
    children = psutil.Process(running[0].pid).children()
    assert children

    running[0].send_signal(signal.SIGINT)

    assert running[0].wait(PATIENCE_S) == 0
    assert not any(is_running(child) for child in children)
    assert "the spool is closed" in log_of(config)
    assert "Traceback" not in log_of(config)
    assert not list((tmp_path / "spool").glob("*-wal"))


def test_a_killed_agent_leaves_no_driver_behind(tmp_path, server, running):
    config = write_config(tmp_path, server.url, SIMULATOR.format(code="M1"))
    running.append(start_agent(config))
    wait_until(lambda: len(server.rows) > 5)
    children = psutil.Process(running[0].pid).children()
    running[0].send_signal(signal.SIGKILL)
    running[0].wait(PATIENCE_S)

    wait_until(lambda: not any(is_running(child) for child in children))


def test_a_dead_driver_and_a_hanging_one_are_started_again(tmp_path, server, running):
    config = write_config(tmp_path, server.url, SIMULATOR.format(code="M1"), "hang_after_s = 2")
    running.append(start_agent(config))
    agent = psutil.Process(running[0].pid)
    wait_until(lambda: len(server.rows) > 5)
    first = agent.children()[0]
    first.kill()
    wait_until(lambda: [child for child in agent.children() if child.pid != first.pid])
    before = len(server.rows)
    wait_until(lambda: len(server.rows) > before + 5)
    second = agent.children()[0]
    second.suspend()

    wait_until(lambda: [child for child in agent.children() if child.pid not in (first.pid, second.pid)])
    before = len(server.rows)
    wait_until(lambda: len(server.rows) > before + 5)
    (device,) = server.heartbeats[-1]["devices"]
    assert device["restarts"] == 2
    assert running[0].poll() is None


def test_a_second_agent_on_the_same_spool_is_refused_with_a_sentence(tmp_path, server, running):
    config = write_config(tmp_path, server.url, SIMULATOR.format(code="M1"))
    running.append(start_agent(config))
    wait_until(lambda: (tmp_path / "spool" / "lock").exists() and server.heartbeats)

    assert start_agent(config).wait(PATIENCE_S) == 2
    assert "is used by another agent. Stop that one" in log_of(config)
    assert running[0].poll() is None


def test_the_heartbeat_says_what_the_server_needs_to_know(tmp_path, server, running):
    server.clock_ahead_ms = 90_000
    server.always = Answer(503, {"Retry-After": "1"})
    config = write_config(tmp_path, server.url, SIMULATOR.format(code="M1"))
    running.append(start_agent(config))
    waits = "Lane s waits: the server answered 503."
    wait_until(lambda: server.heartbeats and len(server.heartbeats[-1]["latest"]) >= 4)
    wait_until(lambda: waits in server.heartbeats[-1]["notes"] and server.heartbeats[-1]["spool_rows"] > 0)

    beat = server.heartbeats[-1]

    assert beat["schema"] == "millwright.health/1"
    assert beat["spool_rows"] == beat["lanes"]["s"]["last_seq"] + beat["lanes"]["e"]["last_seq"] > 0
    assert beat["lanes"]["s"]["acked_seq"] == 0
    assert beat["oldest_ms"] <= beat["now_ms"]
    assert beat["spool_bytes"] > 0
    assert beat["gaps"] == 0
    assert beat["disk_free"] > 0
    assert beat["devices"][0]["code"] == "M1"
    assert beat["devices"][0]["connected"] is True
    assert waits in beat["notes"]
    # Screens stay live while the backlog waits.
    latest = {row[0]: row for row in beat["latest"]}
    assert set(latest) >= {"M1.execution", "M1.current", "M1.power", "M1.mode"}
    assert beat["now_ms"] - latest["M1.current"][1] < 5_000
    # The server's clock is 90 s ahead: this gateway may not call its own clock right.
    assert beat["clock"]["synced"] is False
    assert 89_000 < beat["clock"]["err_ms"] < 92_000


def test_a_gateway_enrols_with_its_code_once_and_keeps_the_token_to_itself(tmp_path, server, running):
    server.codes["ABC"] = "GW1"
    identity = 'token_file = "keys/token"\nenrol_code = "ABC"'
    config = write_config(tmp_path, server.url, SIMULATOR.format(code="M1"), token=identity)
    running.append(start_agent(config))
    wait_until(lambda: len(server.rows) > 5)
    token = tmp_path / "keys" / "token"

    assert token.read_text() == "secret\n"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert server.codes == {}
    running[0].send_signal(signal.SIGTERM)
    assert running[0].wait(PATIENCE_S) == 0
    before = len(server.rows)
    running.append(start_agent(config))
    wait_until(lambda: len(server.rows) > before + 5)


def test_a_configuration_from_the_server_is_taken_if_good_and_never_touches_the_spool(tmp_path, server, running):
    config = write_config(tmp_path, server.url, SIMULATOR.format(code="M1"))
    running.append(start_agent(config))
    wait_until(lambda: len(server.rows) > 5)
    server.config = {"config_version": 2, "config": {"devices": [{"code": "x", "driver": "nonsense"}]}}
    wait_until(lambda: "The last good configuration stays" in log_of(config))
    simulator = {"code": "M2", "driver": "simulator", "sample_s": 0.1}
    server.config = {"config_version": 3, "config": {"devices": [simulator]}}

    wait_until(lambda: any(row[0] == "M2.current" for row in list(server.rows.values())))

    assert server.stream("s")
    assert json.loads((tmp_path / "gateway.remote.json").read_text())["config_version"] == 3
    running[0].send_signal(signal.SIGTERM)
    assert running[0].wait(PATIENCE_S) == 0
    # After a restart the kept configuration holds even before the server answers.
    server.heartbeats.clear()
    running.append(start_agent(config))
    wait_until(lambda: bool(server.heartbeats))
    assert [device["code"] for device in server.heartbeats[0]["devices"]] == ["M1", "M2"]
    assert server.heartbeats[0]["config_version"] == 3
    assert server.stream("s")


# ---- configuration


GOOD = '[server]\nurl = "http://127.0.0.1:8001"\ntoken = "t"\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[server\n", "is not TOML"),
        ('[server]\nurl = "plant"\ntoken = "t"\n', "server.url is 'plant'. Expected an address like"),
        ('[server]\nurl = "http://x"\n', "server has no token. Expected token"),
        ('[server]\nurl = "http://x"\ntoken = "t"\ntoken_file = "f"\n', "both token and token_file"),
        ('[server]\ntoken = "t"\n', "missing required setting `url`"),
        (GOOD + "[spool]\nmax_mb = 'big'\n", "spool.max_mb: expected a number, got text"),
        (GOOD + "[spool]\nmax_mb = -1\n", "spool.max_mb: expected a number > 0"),
        (GOOD + "[spool]\nsize = 1\n", "unknown setting `size`"),
        (
            GOOD + '[[device]]\ncode = "m"\ndriver = "plc"\n',
            "device number 1, m): invalid value 'plc', expected one of ethernetip, folder, m",
        ),
        (
            GOOD + '[[device]]\ncode = "m"\ndriver = "simulator"\ncycle_s = 0\n',
            "device number 1, m): expected a number > 0",
        ),
        (GOOD + '[[device]]\ncode = "m"\ndriver = "replay"\nfiles = ["nothing*"]\n', "no file matches 'nothing*'"),
        (GOOD + '[[device]]\ncode = "m"\ndriver = "simulator"\n' * 2, "two devices have the code 'm'"),
    ],
)
def test_a_bad_file_is_explained(tmp_path, text, sentence):
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert str(path) in str(refused.value)
    assert sentence in str(refused.value)


def test_a_bad_file_ends_the_program_with_two(tmp_path):
    config = write_config(tmp_path, "nowhere")
    assert start_agent(config).wait(PATIENCE_S) == 2
    assert "server.url is 'nowhere'" in log_of(config)
    assert not os.path.exists(tmp_path / "spool")


def test_the_server_can_add_devices_but_not_choose_recordings_of_this_computer():
    local = [Replay(code="r", files=["a"])]
    assert remote_devices({}, local) == local
    assert remote_devices({"devices": [{"code": "s", "driver": "simulator"}]}, local) == [*local, Simulator(code="s")]
    with pytest.raises(ConfigError, match="reads files"):
        remote_devices({"devices": [{"code": "r", "driver": "replay", "files": ["/etc/passwd"]}]}, local)
    with pytest.raises(ConfigError, match="'spool' cannot be set from the server"):
        remote_devices({"spool": {"dir": "/"}}, local)
