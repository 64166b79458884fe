"""Questions of the server about a device: heard at once, answered by a process that may not take long."""

import psutil
import pytest

from factory_core.processes.children import is_running
from telemetry.edge import asking
from telemetry.edge.asking import answered, fitting
from telemetry.edge.config import Place
from telemetry.edge.questions import Answer, Found, Question
from tests.patience import PATIENCE_S, wait_until
from tests.telemetry.edge.helpers import REPOSITORY, log_of, start_agent, write_config

FAKE = """
import sys, time, types
from telemetry.edge.questions import Answer, Found
fake = types.ModuleType("telemetry.edge.drivers.modbus")
def ask(device, question):
    if device.host == "slow":
        time.sleep(60)
    if device.host == "broken":
        raise ValueError("no such register")
    if device.host == "noisy":
        print("a library says something", file=sys.stderr)
    if device.host == "dead":
        import os
        os._exit(5)
    found = [Found(address=address, name=device.code) for address in question.addresses or [question.address]]
    return Answer(found=found)
def session(device, out):
    number = 0
    while not out.stopping:
        number += 1
        for tag in device.tags:
            out.value(tag, number)
        out.heard()
        out.wait(0.1)
fake.ask = ask
fake.session = session
sys.modules["telemetry.edge.drivers.modbus"] = fake
class Without: pass
sys.modules["telemetry.edge.drivers.s7"] = types.ModuleType("telemetry.edge.drivers.s7")
"""


@pytest.fixture
def drivers(tmp_path, monkeypatch):
    """A Modbus driver of the test instead of the real one, in every process started from here."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(FAKE)
    monkeypatch.setenv("PYTHONPATH", f"{folder}:{REPOSITORY}")
    # The helper that starts agents sets the path itself.
    monkeypatch.setattr("tests.telemetry.edge.helpers.REPOSITORY", f"{folder}:{REPOSITORY}")
    return folder


@pytest.fixture
def running(drivers):
    agents = []
    yield agents
    for agent in agents:
        if agent.poll() is None:
            agent.kill()
        agent.wait(PATIENCE_S)


def modbus(host, **more):
    return {"code": "m", "driver": "modbus", "host": host, **more}


def question(host, **more):
    return Question(id=7, device=modbus(host), **more)


def test_a_driver_answers_in_a_process_of_its_own(drivers, tmp_path):
    answer = answered(question("noisy", kind="read", addresses=["holding:1", "holding:2"]), Place(tmp_path))
    assert [(found.address, found.name) for found in answer.found] == [("holding:1", "m"), ("holding:2", "m")]
    assert (answer.id, answer.trouble) == (7, "")


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        (modbus("broken"), "ValueError: no such register"),
        (modbus("dead"), "The driver of m ended with code 5 instead of an answer."),
        (modbus("slow"), "Device m did not answer the question within 1 s."),
        (modbus("", serial=""), "neither host nor serial"),
        ({"code": "s", "driver": "s7", "host": "x"}, "Devices of the kind 's7' cannot be looked through"),
        ({"code": "s", "driver": "simulator"}, "cannot be looked through"),
        (
            {"code": "o", "driver": "opcua", "url": "opc.tcp://x:1", "password_file": "/etc/shadow"},
            "is not in the gate",
        ),
    ],
)
def test_what_goes_wrong_is_a_sentence(drivers, tmp_path, device, sentence):
    # Whoever waits until the limit says so in another sentence.
    limit_s = 1 if device.get("host") == "slow" else PATIENCE_S
    answer = answered(Question(device=device), Place(tmp_path), limit_s=limit_s)
    assert sentence in answer.trouble
    assert answer.found == []


def test_an_answer_is_cut_to_what_the_server_takes(monkeypatch):
    found = [Found(address=f"i={number}", name="x" * 100) for number in range(600)]
    assert len(fitting(Answer(found=list(found))).found) == 500
    monkeypatch.setattr(asking, "LARGEST_ANSWER", 10_000)
    cut = fitting(Answer(found=list(found)))
    assert cut.more is True
    assert 20 < len(cut.found) < 100


def test_questions_reach_the_agent_and_its_answers_the_server_while_devices_go_on(tmp_path, server, running):
    device = (
        '[[device]]\ncode = "p"\ndriver = "modbus"\nhost = "well"\n'
        '[[device.tags]]\nname = "p.number"\naddress = "holding:1"\n'
    )
    running.append(start_agent(write_config(tmp_path, server.url, device)))
    wait_until(lambda: server.polls and server.rows)
    server.questions = [
        {"id": 3, "kind": "browse", "device": modbus("slow"), "address": "", "addresses": []},
        {"id": 4, "kind": "browse", "device": modbus("well"), "address": "holding:9", "addresses": []},
        {"id": 5, "kind": "browse", "device": {"code": "x", "driver": "plc"}, "address": "", "addresses": []},
    ]
    wait_until(lambda: {4, 5} <= set(server.found))
    assert server.found[4]["found"][0]["address"] == "holding:9"
    assert "invalid value 'plc'" in server.found[5]["trouble"]
    polls, before = server.polls, len(server.rows)
    wait_until(lambda: len(server.rows) >= before + 5)
    # The one under way is not started again and again.
    assert server.polls - polls <= 1
    children = psutil.Process(running[0].pid).children()
    assert sum("--ask" in child.cmdline() for child in children) == 1
    assert "Traceback" not in log_of(tmp_path / "gateway.toml")


def test_a_new_configuration_is_in_use_at_once_and_untouched_devices_run_on(tmp_path, server, running):
    config = write_config(tmp_path, server.url, "", "health_s = 3600")
    config.write_text(config.read_text().replace("health_s = 0.3\n", ""))
    running.append(start_agent(config))
    wait_until(lambda: server.polls)
    tag = {"name": "a.number", "address": "holding:1"}
    first = modbus("well", tags=[tag]) | {"code": "a"}
    server.config = {"config_version": 1, "config": {"devices": [first]}}
    wait_until(lambda: any(row[0] == "a.number" for row in list(server.rows.values())))
    process = psutil.Process(running[0].pid).children()[0]

    second = modbus("well", tags=[{"name": "b.number", "address": "holding:1"}]) | {"code": "b"}
    server.config = {"config_version": 2, "config": {"devices": [first, second]}}
    wait_until(lambda: any(row[0] == "b.number" for row in list(server.rows.values())))
    # The next report, which would bring it as well, is an hour away.
    assert is_running(process)
    # The number goes on growing: the session of `a` was not begun again.
    numbers = [row[2] for row in server.stream() if row[0] == "a.number"]
    assert numbers == sorted(numbers)
    assert len(numbers) > 3
