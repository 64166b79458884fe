"""All nodes together: who is asked for births and when, who is known, what nobody can read."""

import random
from itertools import pairwise

from telemetry.sparkplug.rules.asking import FIRST_PAUSE_S, LONGEST_PAUSE_S, Throttle
from telemetry.sparkplug.rules.host import MOST_WAITING, Arrived, Host
from tests.telemetry.sparkplug.payloads import birth, payload
from tests.telemetry.sparkplug.scripts import NOON_MS


def us(seconds: float) -> int:
    return round(NOON_MS * 1000 + seconds * 1_000_000)


def says(host: Host, topic: str, body: bytes, seconds: float, admitted: object = (), token: object = None) -> None:
    host.take(Arrived(topic, body, us(seconds), seconds, token), admitted)


def asked_until(host: Host, start: float, end: float) -> list[tuple[float, tuple[str, str]]]:
    """Everybody asked, in steps of 50 ms as the process has them."""
    found = []
    for step in range(round((end - start) * 20)):
        at_s = start + step / 20
        host.tick(us(at_s), at_s, True)
        if key := host.asks(us(at_s), at_s):
            found.append((at_s, key))
    return found


def test_fifty_nodes_without_a_birth_are_asked_over_more_than_five_seconds() -> None:
    host = Host(random.Random(7))
    for number in range(50):
        says(host, f"spBv1.0/g/NDATA/n{number}", payload(NOON_MS, 3, a=1.0).SerializeToString(), 0.0)
    asked = asked_until(host, 0.0, 10.0)
    assert len({key for _at, key in asked}) == len(asked) == 50
    assert 5.0 <= asked[-1][0] <= 10.0
    assert all(later - earlier >= 0.1 for (earlier, _a), (later, _b) in pairwise(asked))


def test_one_node_is_asked_after_0_10_30_70_seconds_and_at_last_every_five_minutes() -> None:
    host = Host()
    says(host, "spBv1.0/g/NDATA/n", payload(NOON_MS, 3, a=1.0).SerializeToString(), 0.0)
    times = [round(at) for at, _key in asked_until(host, 0.0, 1300.0)]
    assert times == [0, 10, 30, 70, 150, 310, 610, 910, 1210]
    assert host.nodes["g", "n"].tables.counts.rebirths_asked == 9


def test_the_pause_is_short_again_after_a_quiet_time() -> None:
    throttle = Throttle()
    for at_s in (0.0, 10.0, 30.0):
        assert throttle.may(at_s)
        throttle.asked(at_s)
    assert throttle.pause_s == 40.0
    throttle.wanted(149.0)
    assert throttle.pause_s == 40.0
    throttle.wanted(151.0)
    throttle.asked(151.0)
    assert (throttle.pause_s, throttle.may(160.0), throttle.may(161.0)) == (FIRST_PAUSE_S, False, True)
    for _time in range(9):
        throttle.asked(200.0)
    assert throttle.pause_s == LONGEST_PAUSE_S


def test_the_throttle_survives_a_restart() -> None:
    host = Host()
    says(host, "spBv1.0/g/NDATA/n", payload(NOON_MS, 3, a=1.0).SerializeToString(), 0.0)
    assert [at for at, _key in asked_until(host, 0.0, 11.0)] == [0.0, 10.0]
    again = Host()
    again.knows(host.nodes["g", "n"].tables, us(12), 512.0)
    says(again, "spBv1.0/g/NDATA/n", payload(NOON_MS, 4, a=1.0).SerializeToString(), 512.0)
    assert [round(at) for at, _key in asked_until(again, 512.0, 540.0)] == [530]


def test_strangers_cannot_make_nodes_without_end() -> None:
    host = Host()
    for number in range(MOST_WAITING + 50):
        says(
            host, f"spBv1.0/g/NDATA/n{number}", payload(NOON_MS, 3, a=1.0).SerializeToString(), 0.0, {("g", "known")}, 9
        )
    assert (len(host.nodes), host.turned_away) == (MOST_WAITING, 50)
    says(host, "spBv1.0/g/NBIRTH/known", birth(NOON_MS, 1, a=1.0).SerializeToString(), 0.0, {("g", "known")})
    assert ("g", "known") in host.nodes
    # Those turned away are acknowledged too, or they would come back for ever.
    assert len(host.collect().tokens) == MOST_WAITING + 50


def test_what_nobody_can_read_becomes_a_letter_and_is_acknowledged() -> None:
    host = Host()
    says(host, "spBv1.0/g/NBIRTH/n", b"\xff\xff", 1.0, token="t")
    says(host, "spBv1.0/g/NCMD/n", b"\xff\xff", 1.0, token="command")
    work = host.collect()
    assert [(letter.key, letter.body, letter.at_us) for letter in work.letters] == [(("g", "n"), b"\xff\xff", us(1.0))]
    assert work.tokens == ["t", "command"]
    assert host.nodes["g", "n"].tables.counts.undecodable == 1
    assert host.nodes["g", "n"].need == "a birth that cannot be read"
    assert not host.collect()


def test_a_broker_gone_for_four_seconds_ends_all_values_and_nodes_get_time_to_be_born() -> None:
    host = Host()
    for name in ("a", "b"):
        says(host, f"spBv1.0/g/NBIRTH/{name}", birth(NOON_MS, 1, x=1.0).SerializeToString(), 0.0)
    host.tick(us(0.5), 0.5, True)
    host.collect()
    for at_s in (1.0, 4.9):
        host.tick(us(at_s), at_s, False)
        assert host.collect().samples == {}
    host.tick(us(5.0), 5.0, False)
    assert {key: [s.quality for s in samples] for key, samples in host.collect().samples.items()} == {
        ("g", "a"): [24], ("g", "b"): [24],
    }  # fmt: skip
    host.tick(us(20), 20.0, True)
    assert [(key, loss.from_us, loss.to_us) for key, loss in host.collect().losses] == [
        (("g", "a"), us(0.5), us(20)), (("g", "b"), us(0.5), us(20)),
    ]  # fmt: skip
    says(host, "spBv1.0/g/NBIRTH/a", birth(NOON_MS + 21_000, 1, x=1.0).SerializeToString(), 21.0)
    asked = asked_until(host, 21.0, 30.0)
    assert [key for _at, key in asked] == [("g", "b")]
    assert asked[0][0] >= 25.0
