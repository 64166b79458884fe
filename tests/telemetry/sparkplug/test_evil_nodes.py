"""Nodes that break the rules, encoded by npm sparkplug-payload and carried by a real Mosquitto, into the tables."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from telemetry.models import DeadLetter, LatestValue, Newcomer, Reading, SparkplugNode, Tag
from tests.telemetry.sparkplug.running import Peer, a_broker, a_host, a_node, a_peer, chosen, needs_peers, now_ms
from tests.world.plant import Plant
from tests.world.running import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), needs_peers]

Metric = dict[str, Any]


class EvilNode:
    """One node of the group `evil`, whose messages are written by hand."""

    def __init__(self, peer: Peer, name: str) -> None:
        self._peer, self.name = peer, name
        self._at = now_ms() - 1_000

    def says(self, verb: str, *metrics: Metric, seq: int | None = None, **more: Any) -> None:
        """One message, a millisecond after the one before."""
        self._at += 1
        payload: dict[str, Any] = {"timestamp": self._at, "metrics": list(metrics)}
        if seq is not None:
            payload["seq"] = seq
        self._peer.tell(topic=f"spBv1.0/evil/{verb}/{self.name}", payload=payload, **more)

    def sends(self, verb: str, bytes_as_hex: str) -> None:
        """Bytes as they are."""
        self._peer.tell(topic=f"spBv1.0/evil/{verb}/{self.name}", hex=bytes_as_hex)

    def born(self, *metrics: Metric, bd_seq: int = 3) -> None:
        """A birth."""
        self.says("NBIRTH", *metrics, number("bdSeq", bd_seq, "UInt64"), seq=0)


def number(name: str | None, value: Any, kind: str | None = "Double", **more: Any) -> Metric:
    """A metric as the peer's library wants it."""
    metric: Metric = {"value": value, **more}
    if name is not None:
        metric["name"] = name
    if kind is not None:
        metric["type"] = kind
    return metric


def wrong_seq(node: EvilNode) -> None:
    node.born(number("x", 0))
    node.says("NDATA", number("x", 1), seq=1)
    node.says("NDATA", number("x", 2), seq=9)


def missing_birth(node: EvilNode) -> None:
    node.says("NDATA", number("x", 7), seq=5)


def alias_reuse(node: EvilNode) -> None:
    node.born(number("x", 0, alias=1), number("y", 0, alias=1), number("z", 0, alias=2))
    node.says("NDATA", number(None, 5, alias=1), number(None, 6, alias=2), seq=1)
    node.born(number("x", 10, alias=2), bd_seq=4)
    node.says("NDATA", number(None, 11, alias=2), seq=1)


def no_datatype(node: EvilNode) -> None:
    node.born(number("x", -3, "Int16"))
    # The peer cannot leave the datatype out: name x, int_value 4294967290 (-6), seq 1, by hand.
    node.sends("NDATA", "12090a017850faffffff0f1801")


def negative(node: EvilNode) -> None:
    node.born(number("x", -5, "Int8"))
    node.says("NDATA", number("x", -128, "Int8"), number("x", 127, "Int8", timestamp=now_ms()), seq=1)


def null(node: EvilNode) -> None:
    node.born(number("x", 1))
    node.says("NDATA", number("x", None, isNull=True), seq=1)


def historical(node: EvilNode) -> None:
    node.born(number("x", 1))
    node.says("NDATA", number("x", 2, isHistorical=True, timestamp=now_ms() + 500), seq=1)


def template(node: EvilNode) -> None:
    inner = {"version": "", "templateRef": "t", "isDefinition": False, "metrics": [number("deep", 4)], "parameters": []}
    node.born(number("x", inner, "Template"))


def compressed(node: EvilNode) -> None:
    node.born(number("x", 1))
    node.says("NDATA", number("x", 2), seq=1, pack="GZIP")
    node.says("NDATA", number("x", 3), seq=2, pack="DEFLATE")
    node.sends("NDATA", "ff00ff00")


def replayed_death(node: EvilNode) -> None:
    node.born(number("x", 1), bd_seq=8)
    node.says("NDEATH", number("bdSeq", 7, "UInt64"))
    node.says("NDATA", number("x", 2), seq=1)


def round_and_round(node: EvilNode) -> None:
    node.born(number("x", 0))
    for count in range(1, 510):
        node.says("NDATA", number("x", count), seq=count % 256)


# Name → (what it does, values of x in the order of time, what is counted).
CASES: dict[str, tuple[Any, list[float | None], dict[str, int]]] = {
    "wrong-seq": (wrong_seq, [0, 1, 2], {"seq_jumps": 1}),
    "missing-birth": (missing_birth, [7], {}),
    "alias-reuse": (alias_reuse, [0, 10, 11], {}),
    "no-datatype": (no_datatype, [-3, -6], {}),
    "negative": (negative, [-5, -128, 127], {}),
    "null": (null, [1, None], {}),
    "historical": (historical, [1, 2], {}),
    "template": (template, [4], {}),
    "compressed": (compressed, [1, 2, 3], {"undecodable": 1}),
    "replayed-death": (replayed_death, [1, 2], {"old_deaths": 1}),
    "round": (round_and_round, [float(n) for n in range(510)], {}),
}
ASKED = {"wrong-seq", "missing-birth", "alias-reuse"}
COUNTS = ("seq_jumps", "unknown_aliases", "refused_values", "repeated", "old_deaths", "undecodable")


def values(tag: Tag) -> list[float | None]:
    return list(Reading.objects.filter(tag=tag).order_by("at", "seq").values_list("value", flat=True))


def test_eleven_ways_to_break_the_rules_and_fifty_nodes_without_a_birth(live_plant: Plant, tmp_path: Path) -> None:
    tags = {
        name: chosen(
            a_node(live_plant.site, f"evil/{name}"),
            "x",
            live_plant.press,
            address="/x/deep" if name == "template" else "/x",
        )
        for name in CASES
    }
    with a_broker(tmp_path) as broker, a_peer("spb_evil.js", broker.url) as peer, a_host(broker.url):
        peer.until("ready")
        # All of the eleven are asked when the host begins, since nobody remembers them.
        wait_for(lambda: len(peer.events("command")) >= len(CASES), 15, "the first questions")
        for number_of in range(50):
            peer.tell(
                topic=f"spBv1.0/unborn/NDATA/n{number_of}",
                payload={"timestamp": now_ms(), "seq": 3, "metrics": [number("x", 1.0)]},
            )
        for name, (does, _values, _counts) in CASES.items():
            does(EvilNode(peer, name))
        for name, (_does, wanted, _counts) in CASES.items():
            wait_for(
                lambda name=name, wanted=wanted: len(values(tags[name])) >= len(wanted), 20, f"the values of {name}"
            )
        unborn = lambda: [each for each in peer.events("command") if "/unborn/" in each["topic"]]  # noqa: E731 - short
        wait_for(lambda: len(unborn()) >= 50, 40, "fifty questions")
        commands = peer.events("command")
        found = {name: values(tag) for name, tag in tags.items()}
        nodes = {
            node.name.removeprefix("evil/"): node for node in SparkplugNode.objects.filter(name__startswith="evil/")
        }
    assert found == {name: wanted for name, (_does, wanted, _counts) in CASES.items()}
    counted = {name: {key: getattr(nodes[name], key) for key in COUNTS if getattr(nodes[name], key)} for name in CASES}
    assert counted == {name: counts for name, (_does, _values, counts) in CASES.items()}
    assert {name for name, node in nodes.items() if node.need} == ASKED - {"alias-reuse"}
    assert LatestValue.objects.get(tag=tags["historical"]).number == 1.0
    assert LatestValue.objects.get(tag=tags["null"]).quality == 0
    (letter,) = DeadLetter.objects.all()
    assert (letter.source, bytes(letter.body), letter.gateway_id) == (
        "sparkplug", bytes.fromhex("ff00ff00"), tags["compressed"].gateway_id,
    )  # fmt: skip
    # Only births were ever asked for, over more than five seconds, and each node once in ten.
    assert {tuple(each["names"]) for each in commands} == {("Node Control/Rebirth",)}
    times = [each["at"] for each in commands if "/unborn/" in each["topic"]]
    assert len({each["topic"] for each in commands if "/unborn/" in each["topic"]}) == 50
    # Seen when they came: on a busy machine the first may have come late.
    assert times[49] - times[0] >= 3_000
    for topic in {each["topic"] for each in commands}:
        asked = [each["at"] for each in commands if each["topic"] == topic]
        assert all(later - earlier >= 5_000 for earlier, later in pairwise(asked)), topic
    assert Newcomer.objects.filter(source="sparkplug", name__startswith="unborn/").count() == 50
    # What was asked in the last moment before the end may not have been seen.
    assert 0 <= SparkplugNode.objects.aggregate(n=Sum("rebirths_asked"))["n"] - len(commands) <= 8
