"""The same driver with another server: asyncua's, which does not cut arrays and stamps as it is told."""

import time

from telemetry.edge.drivers import opcua
from telemetry.edge.questions import Question
from tests.patience import wait_until
from tests.telemetry.edge.opcua.peers import asyncua_machine, device, tag
from tests.telemetry.edge.recording_out import kept_by

LATHE = "nsu=urn:lathe.example"


def test_a_lathe_on_asyncuas_server(tmp_path):
    server = asyncua_machine()
    tags = [
        tag("Count", f"{LATHE};s=Lathe.Count"),
        tag("Load", f"{LATHE};i=7001[1]"),
        tag("Program", f"{LATHE};s=Lathe.Program"),
        tag("Stamped", f"{LATHE};s=Lathe.Stamped"),
        tag("Nothing", f"{LATHE};s=Lathe.Nothing"),
    ]
    settings = device(server, tmp_path, *tags)
    try:
        with kept_by(opcua.session, settings) as out:
            wait_until(lambda: len({value[0] for value in list(out.values)}) == 5)
            assert (out.last("Count"), out.last("Load"), out.last("Program")) == (17, 0.5, "0815")
            server.tell(set=["Count", 18])
            server.tell(set=["Load", [0.75, 1.5]])
            wait_until(lambda: (out.last("Count"), out.last("Load")) == (18, 1.5))
            # Times that cannot be true are not used.
            now = time.time()
            for value, off_s in ((2.0, 0.1), (3.0, 30), (4.0, -7200)):
                server.tell(set=["Stamped", value], off_s=off_s)
                wait_until(lambda value=value: out.last("Stamped") == value)
            stamps = [at for name, _value, _quality, at in out.values if name == "Stamped"][1:]
            # Reported without stopping the others.
            assert [fault for fault in out.faults if "Nothing" in fault] == [
                f"{LATHE};s=Lathe.Nothing: the server says BadNodeIdUnknown."
            ]
        assert out.raised is None
        assert stamps[1:] == [None, None]
        assert 0 <= stamps[0] / 1e6 - now < 20
        found = opcua.ask(settings, Question(device={}, address=f"{LATHE};s=Lathe")).found
        assert [(one.name, one.type, one.value) for one in found] == [
            ("Count", "UInt32", 18),
            ("Load", "Double[]", None),
            ("Program", "String", "0815"),
            ("Stamped", "Double", 4.0),
        ]
        with kept_by(opcua.session, settings) as out:
            wait_until(lambda: out.last("Count") == 18)
            server.kill()
            wait_until(lambda: out.raised is not None)
        assert "closed the connection" in str(out.raised)
    finally:
        if server.process.poll() is None:
            server.stop()
