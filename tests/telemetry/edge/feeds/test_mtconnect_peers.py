"""The MTConnect driver against what others made: an agent from PyPI, and a real lathe's recording."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from telemetry.edge.devices import MTConnect, Tag
from telemetry.edge.drivers import shdr
from telemetry.edge.drivers.mtconnect import ask, following, session
from telemetry.edge.questions import Question
from tests.patience import wait_until
from tests.peers.mtconnect_agent import Agent, Item
from tests.telemetry.edge.helpers import REPOSITORY
from tests.telemetry.edge.recording_out import kept_by

PYTHON = REPOSITORY / ".make/peers-environment/bin/python"
PEER = REPOSITORY / "tests/peers/mtconnect_pypi.py"
OKUMA = REPOSITORY.parent / "shared/data/machine_logs/okuma_shdr.txt.xz"
DEVICES = """<Devices><Device id="d1" name="VMC" uuid="vmc-1"><DataItems>
<DataItem id="avail" category="EVENT" type="AVAILABILITY"/></DataItems><Components>
<Axes id="ax" name="Axes"><DataItems><DataItem id="load" category="SAMPLE" type="LOAD" units="PERCENT"/>
</DataItems></Axes>
<Controller id="c" name="Controller"><DataItems><DataItem id="exec" category="EVENT" type="EXECUTION"/>
<DataItem id="cond" category="CONDITION" type="SYSTEM"/></DataItems></Controller></Components></Device></Devices>"""


@pytest.fixture
def foreign(tmp_path: Path):
    installed = PYTHON.exists() and subprocess.run([PYTHON, "-c", "import mtconnect.error"], capture_output=True)
    if not installed or installed.returncode:
        pytest.skip("the agent mtconnect 0.3.3 of PyPI is not installed")
    following._memories.clear()
    devices = tmp_path / "devices.xml"
    devices.write_text(DEVICES)
    with subprocess.Popen(
        [PYTHON, PEER, devices], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as peer:
        peer.url = f"http://127.0.0.1:{int(peer.stdout.readline())}"
        yield peer
        peer.kill()


def test_an_agent_nobody_here_wrote_is_browsed_and_followed(foreign):
    def push(item: str, value: str) -> None:
        foreign.stdin.write(f"{item} {value}\n")
        foreign.stdin.flush()

    tags = [Tag(name=name, address=name, period_s=0.05) for name in ("exec", "load", "cond")]
    device = MTConnect(code="VMC", url=foreign.url, tags=tags)
    [top] = ask(device, Question(device={})).found
    assert (top.name, top.meaning) == ("VMC", "Device")
    [load] = ask(device, Question(device={}, address="ax")).found
    assert (load.address, load.kind, load.unit, load.quality) == ("load", "number", "PERCENT", 24)
    with kept_by(session, device) as out:
        wait_until(lambda: len(out.values) >= 3)
        assert {value for _, value, *_ in out.values[:3]} == {None}
        for number in range(200):
            push("load", f"{number / 2}")
        push("exec", "ACTIVE")
        push("cond", "FAULT")
        wait_until(lambda: out.last("cond") == "FAULT")
    assert out.last("exec") == "ACTIVE"
    assert [value for value in out.of("load") if value is not None][:200] == [number / 2 for number in range(200)]
    assert out.raised is None
    assert (out.faults, out.losses) == ([], [])


@pytest.mark.skipif(not OKUMA.exists(), reason="the recording okuma_shdr.txt.xz is not in shared/data/machine_logs")
def test_a_real_lathes_recording_comes_through_an_agent_row_by_row():
    rows = list(_okuma_rows())
    items = {key: Item(key, category, kind, "lathe") for key, category, kind, *_ in rows}
    following._memories.clear()
    agent = Agent(list(items.values()), ring=len(rows) + len(items))
    device = MTConnect(code="OKUMA", url=agent.url, tags=[Tag(name=key, address=key, period_s=0.05) for key in items])
    with kept_by(session, device) as out:
        wait_until(lambda: len(out.polls) >= 2)
        started = len(out.values)
        with agent.lock:
            for key, _, _, stamp, value in rows:
                agent.put(key, value, stamp)
        wait_until(lambda: len(out.values) >= started + len(rows))
    agent.close()
    wanted = [(key, None if value == "UNAVAILABLE" else value, shdr.time_us(stamp)) for key, _, _, stamp, value in rows]
    heard = [(name, None if value is None else str(value), at) for name, value, _, at in out.values[started:]]
    assert len(rows) > 20_000
    assert heard[: len(rows)] == wanted
    assert (out.faults, out.losses) == ([], [])


def _okuma_rows():
    with shdr.open_log(OKUMA) as file:
        for raw in file:
            stamp, *fields = raw.decode("utf-8", "replace").rstrip("\r\n").split("|")
            if shdr.time_us(stamp) is None or len(fields) % 2 or not fields[0].isidentifier():
                continue
            if len(fields) == 6 and fields[1] in {"NORMAL", "WARNING", "FAULT"}:
                yield fields[0], "CONDITION", "SYSTEM", stamp, fields[1]
                continue
            for key, value in zip(fields[::2], fields[1::2], strict=True):
                if key.isidentifier() and not key.endswith("_cond"):
                    yield key, "EVENT", "MESSAGE", stamp, value.strip()
