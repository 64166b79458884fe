"""A press on node-opcua, a server nobody here wrote: values, qualities, times, lost values, moved namespaces."""

import time
from itertools import pairwise

from telemetry.edge.drivers import opcua
from telemetry.edge.drivers.opcua import subscribing
from tests.patience import wait_until
from tests.telemetry.edge.opcua.peers import MANY, PRESS, accept_the_rejected, device, needs_node, tag
from tests.telemetry.edge.recording_out import kept_by, raised_by

pytestmark = needs_node


def first_of(out, name):
    return next((value, quality) for tag_name, value, quality, _at in out.values if tag_name == name)


def test_every_kind_of_value_arrives_as_what_it_is(shared, tmp_path):
    names = ["State", "Current", "PartCount", "Energy", "Running", "OrderNo", "Message", "Started", "Sensor", "Doubt"]
    tags = [tag(name) for name in names]
    tags += [
        tag("Hot", f"{PRESS}.Temperatures[2]"),
        # A control that shows elements as nodes of their own: here the brackets are part of the name.
        tag("Speed", f"{PRESS}.Speed[1]"),
        tag("Far", f"{PRESS}.Temperatures[9]"),
        tag("Blob"),
        tag("Temperatures"),
    ]
    with kept_by(opcua.session, device(shared, tmp_path, *tags)) as out:
        wait_until(lambda: len({value[0] for value in out.values}) == len(tags))
        got = {one.name: first_of(out, one.name) for one in tags}
        wait_until(lambda: len(out.faults) == 3)
    assert out.raised is None
    assert got == {
        "State": (2, 192),
        "Current": (5.25, 192),
        "PartCount": (1207, 192),
        "Energy": (123456, 192),
        "Running": (True, 192),
        "OrderNo": ("00123", 192),
        "Message": ("Door open", 192),
        "Started": ("2026-11-20T06:00:00.250Z", 192),
        "Sensor": (1.5, 16),
        "Doubt": (2.5, 80),
        "Hot": (22.5, 192),
        "Speed": (7.5, 192),
        "Far": (None, 4),
        "Blob": (None, 4),
        "Temperatures": (None, 4),
    }
    faults = " ".join(out.faults)
    assert f"{PRESS}.Blob is a ByteString of 12 bytes" in faults
    assert f"{PRESS}.Temperatures is an array of 3. Name the element" in faults
    assert f"{PRESS}.Temperatures[9]" in faults
    assert [type(got[name][0]) for name in ("State", "Current", "Running")] == [int, float, bool]


def test_changes_come_in_order_with_the_time_of_the_source(shared, tmp_path):
    with kept_by(opcua.session, device(shared, tmp_path, tag("Current"), tag("Seq"))) as out:
        wait_until(lambda: out.of("Current"))
        before = time.time_ns() // 1000
        for value in (6.5, 7.5):
            shared.tell(set=["Current", value])
            wait_until(lambda value=value: out.last("Current") == value)
        wait_until(lambda: len(out.of("Seq")) >= 8)
        after = time.time_ns() // 1000
    times = [at for name, _value, _quality, at in out.values if name == "Current"][1:]
    assert out.of("Current")[1:] == [6.5, 7.5]
    assert before - 1000 <= times[0] <= times[1] <= after
    seen = out.of("Seq")
    assert seen == sorted(set(seen))
    assert out.signs_of_life > 0
    assert out.polls
    assert out.losses == []
    shared.tell(set=["Current", 5.25])


def test_what_did_not_fit_into_the_servers_queue_is_declared_as_lost(shared, tmp_path):
    began = time.time_ns() // 1000
    with kept_by(opcua.session, device(shared, tmp_path, tag("Burst", lane="e", period_s=1.0))) as out:
        wait_until(lambda: out.of("Burst"))
        shared.tell(burst=500)
        wait_until(lambda: out.last("Burst") == 500)
    ended = time.time_ns() // 1000
    # The server keeps the newest 200 between two publications; each break in the row is declared, nothing else is.
    got = out.of("Burst")[1:]
    breaks = [(before, after) for before, after in pairwise([0, *got]) if after != before + 1]
    assert breaks
    assert len(out.losses) == len(breaks)
    assert got == sorted(set(got))
    first, last, reason = out.losses[0]
    assert began - 5_000_000 <= first <= last <= ended
    assert f"{PRESS}.Burst" in reason
    shared.tell(set=["Burst", 0])


def test_one_bad_node_among_1000_encrypted_ones_is_named_and_the_others_flow(shared, tmp_path):
    tags = [tag(f"v{at}", f"{MANY}.{at}", period_s=0.5) for at in range(1000)]
    tags[517] = tag("v517", f"{MANY}.nowhere", period_s=0.5)
    bites = device(shared, tmp_path, *tags, security="sign_and_encrypt")
    raised_by(opcua.session, bites)
    accept_the_rejected(tmp_path)
    with kept_by(opcua.session, bites) as out:
        wait_until(lambda: len({value[0] for value in list(out.values)}) == 1000)
    assert out.raised is None
    assert out.faults == [f"{MANY}.nowhere: the server says BadNodeIdUnknown."]
    assert {name: value for name, value, quality, _at in out.values if quality == 192} == {
        f"v{at}": at for at in range(1000) if at != 517
    }
    assert first_of(out, "v517") == (None, 4)
    # Seven bites of 150, which is what this server allows.
    assert len(out.polls) >= 7


def test_a_bad_node_is_tried_again_and_flows_when_the_server_has_it(shared, tmp_path, monkeypatch):
    monkeypatch.setattr(subscribing, "RETRY_S", 0.5)
    late = "nsu=http://press.example/machine%3Bv=1;s=Late"
    names = ["State", "Current", "PartCount", "Energy", "Running", "OrderNo"]
    tags = [*(tag(name) for name in names), tag("Late", late), tag("Other", "nsu=urn:not:here;i=1"), tag("X", "no id")]
    with kept_by(opcua.session, device(shared, tmp_path, *tags)) as out:
        wait_until(lambda: len(out.faults) >= 6)
        shared.tell(add="Late")
        wait_until(lambda: out.last("Late") == 9.5)
        assert out.last("OrderNo") == "00123"
    assert f"{late}: the server says BadNodeIdUnknown." in out.faults
    assert "'nsu=urn:not:here;i=1': the server has no namespace 'urn:not:here'." in out.faults
    assert any(fault.startswith("'no id' is no node id.") for fault in out.faults)
    # The bad ones are said to be bad once, not at every try.
    assert out.of("Other") == out.of("X") == [None]
