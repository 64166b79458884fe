"""MTConnect agents: every observation once, in order; what the agent dropped is recorded as lost."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from telemetry.edge.devices import MTConnect, Tag
from telemetry.edge.drivers.mtconnect import ask, following, session
from telemetry.edge.drivers.session import Trouble
from telemetry.edge.questions import Question
from tests.patience import PATIENCE_S, wait_until
from tests.peers.mtconnect_agent import Agent, Item
from tests.ports import free_port
from tests.telemetry.edge.recording_out import RecordingOut, framed, kept_by, raised_by

ITEMS = [
    Item("exec", "EVENT", "EXECUTION", "path", name="execution"),
    Item("prog", "EVENT", "PROGRAM", "path"),
    Item("count", "EVENT", "PART_COUNT", "path", sub_type="GOOD"),
    Item("load", "SAMPLE", "LOAD", "spindle", units="PERCENT"),
    Item("pos", "SAMPLE", "PATH_POSITION", "path", units="MILLIMETER_3D"),
    Item("sys", "CONDITION", "SYSTEM", "path"),
]


def us(second: float) -> int:
    return 1_700_000_000_000_000 + round(second * 1e6)


def iso(second: float) -> str:
    return datetime.fromtimestamp(us(second) / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.fixture
def agent():
    following._memories.clear()
    running = Agent(ITEMS)
    yield running
    running.close()


def lathe(agent: Agent, *addresses: str, **more) -> MTConnect:
    tags = [Tag(name=f"L1.{address}", address=address, period_s=0.05) for address in addresses or ("exec",)]
    return MTConnect(code="L1", url=agent.url, tags=tags, **more)


def sent(out, name: str) -> list[tuple[object, int, int | None]]:
    return [(value, quality, at) for tag, value, quality, at in list(out.values) if tag == name]


def new(out, name: str, since: int = 0) -> list[tuple[object, int | None]]:
    """Value and time of what happened at the agent, without what the driver stated again at the agent's own clock."""
    return [(value, at) for value, _, at in sent(out, name)[since:] if at is not None and at >= us(0) and at < us(1e6)]


def test_values_come_with_the_agents_times_and_the_types_of_the_standard(agent):
    with kept_by(session, lathe(agent, "exec", "prog", "count", "load", "pos", device="LATHE-1")) as out:
        wait_until(lambda: len(out.polls) >= 2)
        agent.put("exec", "ACTIVE", iso(1))
        agent.put("prog", "00123", iso(2))
        agent.put("count", "17", iso(3))
        agent.put("load", "12.5", iso(4))
        agent.put("pos", "1.0 2.0 3.0", iso(5))
        agent.put("load", "UNAVAILABLE", iso(6))
        wait_until(lambda: len(new(out, "L1.load")) == 2)
    assert new(out, "L1.exec") == [("ACTIVE", us(1))]
    assert new(out, "L1.prog") == [("00123", us(2))]
    assert new(out, "L1.count") == [(17, us(3))]
    assert new(out, "L1.pos") == [("1.0 2.0 3.0", us(5))]
    assert sent(out, "L1.load")[1:3] == [(12.5, 192, us(4)), (None, 24, us(6))]
    assert out.raised is None
    assert out.faults == []
    assert all("/LATHE-1/" in request for request in agent.requests)


def test_the_first_values_are_those_of_now(agent):
    # Stated at the moment of the agent's answer: with the observation's own time the same row would come again at
    # each start of the gateway, possibly older than the plant's history may be.
    agent.put("exec", "READY", iso(-9_999_999))
    with kept_by(session, lathe(agent)) as out:
        wait_until(lambda: out.values)
    [(value, quality, at_us)] = sent(out, "L1.exec")
    assert (value, quality) == ("READY", 192)
    assert abs(at_us / 1e6 - datetime.now(UTC).timestamp()) < 5


def test_a_condition_is_its_worst_active_level(agent):
    with kept_by(session, lathe(agent, "sys", "sys#detail")) as out:
        wait_until(lambda: len(out.polls) >= 2)
        agent.put("sys", "coolant low", iso(1), level="WARNING", code="W7")
        agent.put("sys", "spindle hot", iso(2), level="FAULT", code="F1")
        agent.put("sys", "", iso(3), level="NORMAL", code="W7")
        agent.put("sys", "", iso(4), level="NORMAL")
        wait_until(lambda: len(new(out, "L1.sys#detail")) == 4)
    assert new(out, "L1.sys") == [("WARNING", us(1)), ("FAULT", us(2)), ("FAULT", us(3)), ("NORMAL", us(4))]
    assert [words for words, _ in new(out, "L1.sys#detail")] == [
        "W7 coolant low",
        "W7 coolant low; F1 spindle hot",
        "F1 spindle hot",
        "",
    ]


def test_a_broken_line_costs_nothing_while_the_agents_buffer_lasts(agent):
    device = lathe(agent, "count")
    with kept_by(session, device) as out:
        wait_until(lambda: len(out.polls) >= 2)
        agent.put("count", "1", iso(1))
        wait_until(lambda: len(new(out, "L1.count")) == 1)
    for number in range(2, 500):
        agent.put("count", str(number), iso(number))
    with kept_by(session, device) as again:
        wait_until(lambda: (again.values and again.values[-1][3] > us(1e6)) or len(again.values) > 498)
    assert new(again, "L1.count") == [(number, us(number)) for number in range(2, 500)]
    # The loss of the line made every tag stale on the server; the present value ends that.
    assert again.values[-1][1] == 499
    assert again.values[-1][3] > us(499)
    assert again.losses == []


def test_an_agent_started_again_is_a_new_life_and_the_gap_is_recorded(agent):
    with kept_by(session, lathe(agent, "count", "sys")) as out:
        wait_until(lambda: len(out.polls) >= 2)
        agent.put("count", "41", iso(10))
        wait_until(lambda: new(out, "L1.count"))
        with agent.lock:
            agent.put("count", "42", iso(20))  # never read: the agent dies with it
            agent.start_anew(iso(30))
            agent.put("count", "0", iso(31))
            agent.put("sys", "", iso(32), level="NORMAL")
        wait_until(lambda: out.losses)
        agent.put("count", "1", iso(33))
        wait_until(lambda: out.last("L1.count") == 1)
    assert out.losses == [(us(10), us(30), "the agent was started again")]
    assert new(out, "L1.count") == [(41, us(10)), (None, us(30)), (0, us(31)), (1, us(33))]
    assert len(set(out.values)) == len(out.values)


def test_an_overrun_buffer_is_a_loss_of_exactly_that_stretch():
    following._memories.clear()
    agent = Agent(ITEMS, ring=50)
    device = lathe(agent, "count", "sys")
    with kept_by(session, device) as out:
        wait_until(lambda: len(out.polls) >= 2)
        agent.put("count", "1", iso(1))
        agent.put("sys", "hot", iso(2), level="FAULT", code="F1")
        wait_until(lambda: new(out, "L1.sys"))
    for number in range(3, 200):
        agent.put("count", str(number), iso(number))
    with kept_by(session, device) as again:
        wait_until(lambda: len(sent(again, "L1.sys")) == 1)
    agent.close()
    assert again.losses == [(us(2), us(150), "the agent's buffer was overrun")]
    assert new(again, "L1.count") == [(number, us(number)) for number in range(150, 200)]
    # Older than anything in the ring, and still true.
    assert sent(again, "L1.sys")[0][0] == "FAULT"
    assert len(set(again.values)) == len(again.values)


def test_a_busy_agent_is_read_page_by_page(agent):
    agent.size = 5000
    agent.start_anew()
    with kept_by(session, lathe(agent, "count")) as out:
        wait_until(lambda: len(out.polls) >= 2)
        with agent.lock:
            for number in range(3500):
                agent.put("count", str(number), iso(number / 10))
        wait_until(lambda: len(new(out, "L1.count")) == 3500)
    assert [value for value, _ in new(out, "L1.count")] == list(range(3500))
    assert out.losses == []


def test_an_unchanged_value_is_stated_again_every_repeat_s(agent):
    device = lathe(agent)
    device.tags[0].repeat_s = 0.2
    with kept_by(session, device) as out:
        wait_until(lambda: len(out.values) >= 3)
    times = [at for *_, at in out.values]
    assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "document type or entities"),
        (b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type or entities"),
        (b'<?xml version="1.0"?><MTConnectStreams><Header', "did not send XML"),
        (b'<?xml version="1.0"?><html/>', "Expected MTConnectStreams"),
        (b'<?xml version="1.0"?><MTConnectError><Errors><Error errorCode="NO_DEVICE">no</Error></Errors>'
         b"</MTConnectError>", "NO_DEVICE no"),
        (b"\xff\xfe\x00", "did not send XML"),
        (b"<?xml version='1.0'?><a>" + b"x" * 9_000_000, "more than 8 MiB"),
        (b"<?xml version='1.0'?>" + b"<a>" * 100_000, "did not send XML"),
        (b"<?xml version='1.0'?>" + b"<a>" * 100_000 + b"</a>" * 100_000, "nested deeper than 100 levels"),
    ],
)  # fmt: skip
def test_nonsense_is_trouble_with_a_sentence(agent, body, sentence):
    agent.break_with.append((200, body))
    raised = raised_by(session, lathe(agent))
    assert isinstance(raised, Trouble)
    assert sentence in str(raised)


def test_an_error_page_and_a_dead_agent_are_trouble(agent):
    agent.break_with.append((502, b"Bad gateway"))
    assert "HTTP 502" in str(raised_by(session, lathe(agent)))
    raised = raised_by(
        session, MTConnect(code="L1", url=f"http://127.0.0.1:{free_port()}", tags=[Tag(name="a", address="b")])
    )
    assert isinstance(raised, Trouble)
    assert "did not answer 'current'" in str(raised)


def test_a_tag_without_data_item_is_named_and_the_others_flow(agent):
    with kept_by(session, lathe(agent, "nothing", "exec")) as out:
        wait_until(lambda: out.values)
    assert out.of("L1.exec") == [None]
    assert len(out.faults) == 1
    assert "no data item 'nothing' (tag L1.nothing)" in out.faults[0]


def test_the_probe_is_browsed_from_the_device_down(agent):
    agent.put("load", "12.5", iso(1))
    device = lathe(agent)
    [top] = ask(device, Question(device={})).found
    assert (top.address, top.name, top.has_children, top.meaning) == ("d1", "LATHE-1", True, "Device")
    branches = ask(device, Question(device={}, address="d1")).found
    assert [(each.address, each.path, each.meaning) for each in branches] == [
        ("path", "LATHE-1", "Controller"),
        ("spindle", "LATHE-1", "Controller"),
    ]
    found = {each.address: each for each in ask(device, Question(device={}, address="path")).found}
    assert (found["count"].kind, found["count"].meaning, found["count"].path) == (
        "counter",
        "PART_COUNT GOOD",
        "LATHE-1/path",
    )
    assert found["exec"].name == "execution"
    [load] = ask(device, Question(device={}, address="spindle")).found
    assert (load.kind, load.unit, load.value, load.quality, load.type) == ("number", "PERCENT", 12.5, 192, "SAMPLE")
    assert "no component 'x'" in ask(device, Question(device={}, address="x")).trouble
    read = ask(device, Question(kind="read", device={}, addresses=["load", "nothing"])).found
    assert [(each.value, each.quality) for each in read] == [(12.5, 192), (None, 4)]


def test_the_frame_shows_a_dead_agent_at_once_and_loses_nothing_by_it(agent):
    with framed([lathe(agent, "count", "exec")]) as driver:
        agent.put("exec", "READY")
        wait_until(lambda: driver.values("L1.exec")[-1:] == ["READY"])
        for number in range(1, 20):
            agent.put("count", str(number))
        wait_until(lambda: driver.values("L1.count")[-1:] == [19])
        agent.close()
        wait_until(lambda: driver.values("L1.exec")[-1] is None)
        for number in range(20, 60):
            agent.put("count", str(number))
        agent.open(agent.port)
        wait_until(lambda: driver.values("L1.count")[-1:] == [59])
        wait_until(lambda: driver.values("L1.exec")[-1] == "READY")
    counted = [value for value in driver.values("L1.count") if value is not None]
    # Said twice at most: when it came, and when the connection did.
    once = [value for value, before in zip(counted, [None, *counted], strict=False) if value != before]
    assert once == list(range(1, 60))
    assert len(counted) <= 60
    assert {lane for lane, _ in driver.rows} == {"s"}


def test_a_session_given_up_in_the_middle_of_a_page_loses_nothing(agent):
    class GivenUp(RecordingOut):
        """As the frame's: what comes after the end is not taken."""

        def value(self, tag, raw, **more):
            if len(self.values) == 30:
                self.stop()
            if not self.stopping:
                super().value(tag, raw, **more)

    device, out = lathe(agent, "count"), GivenUp()
    thread = threading.Thread(target=session, args=(device, out))
    thread.start()
    wait_until(lambda: len(out.polls) >= 2)
    with agent.lock:
        for number in range(100):
            agent.put("count", str(number), iso(number))
    thread.join(PATIENCE_S)
    with kept_by(session, device) as again:
        wait_until(lambda: len(new(again, "L1.count")) >= 71)
    assert new(out, "L1.count") + new(again, "L1.count") == [(number, us(number)) for number in range(100)]
