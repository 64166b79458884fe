"""Gateways that drain a backlog over MQTT, one packet under way each, as the agent does. A process of its own.

`python -m tests.bench.mqtt_load PLAN` reads {"port", "ca", "gateways": [{"code", "tags", "epoch", "chain", "key"}],
"packets", "end_ms"} and prints {"seconds", "rows", "slowest_ms", "slowed_s"}. Packets are sealed before the clock
starts.
"""

import gzip
import json
import socket
import ssl
import sys
import threading
import time
from typing import Any

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.bench.ingest_load import ROWS, packet

PATIENCE_S = 60


class Gateway:
    """One gateway's connection and its backlog."""

    def __init__(self, plan: dict[str, Any], told: dict[str, Any]) -> None:
        self.topic = f"millwright/v1/{told['code']}"
        self.slowest = self.slowed = 0.0
        self.trouble = ""
        self._answer: dict[str, Any] | None = None
        self._some = threading.Condition()
        self._ready = threading.Event()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, told["code"], protocol=paho.MQTTv5)
        context = ssl.create_default_context(cafile=plan["ca"])
        context.load_cert_chain(told["chain"], told["key"])
        self.client.tls_set_context(context)
        # As the agent does.
        self.client.on_socket_open = lambda client, data, opened: opened.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        self.client.on_message = self._heard
        self.client.on_subscribe = lambda *told: self._ready.set()
        self.client.connect("localhost", plan["port"])
        self.client.loop_start()
        self.client.subscribe(f"{self.topic}/down/ack", 1)
        if not self._ready.wait(10):
            raise SystemExit("the broker does not let a gateway in")

    def drain(self, bodies: list[bytes]) -> None:
        """Send one packet after the other, each when the one before is committed."""
        try:
            for number, body in enumerate(bodies):
                self._send(number, body)
        except SystemExit as error:
            self.trouble = str(error)

    def _send(self, number: int, body: bytes) -> None:
        told = Properties(PacketTypes.PUBLISH)
        told.CorrelationData = str(number).encode()
        told.UserProperty = ("Millwright-Sent-Ms", str(time.time_ns() // 1_000_000))
        began = time.perf_counter()
        self._answer = None
        self.client.publish(f"{self.topic}/up/packet", body, qos=1, properties=told)
        with self._some:
            if not self._some.wait_for(lambda: self._answer is not None, PATIENCE_S):
                raise SystemExit(f"no answer within {PATIENCE_S} s")
        answer = self._answer
        self.slowest = max(self.slowest, time.perf_counter() - began)
        if answer is None or answer.get("new") != ROWS:
            raise SystemExit(f"a packet was not stored whole: {answer}")
        if answer["slow_down_ms"]:
            self.slowed += answer["slow_down_ms"] / 1000
            time.sleep(answer["slow_down_ms"] / 1000)

    def _heard(self, client: paho.Client, data: Any, message: paho.MQTTMessage) -> None:
        with self._some:
            self._answer = msgspec.json.decode(message.payload)
            self._some.notify_all()


def main(plan: dict[str, Any]) -> None:
    """Seal in portions, so that a long run needs no great memory, and drain each portion."""
    packets, end_ms = int(plan["packets"]), int(plan["end_ms"])
    gateways = [Gateway(plan, told) for told in plan["gateways"]]
    seconds = 0.0
    for start in range(0, packets, 100):
        sealed = [
            [
                gzip.compress(msgspec.json.encode(
                    packet(which, number, packets, told["tags"], end_ms, told["epoch"])
                ), 1)
                for number in range(start, min(start + 100, packets))
            ]
            for which, told in enumerate(plan["gateways"])
        ]  # fmt: skip
        senders = [
            threading.Thread(target=gateway.drain, args=(bodies,))
            for gateway, bodies in zip(gateways, sealed, strict=True)
        ]
        began = time.perf_counter()
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        seconds += time.perf_counter() - began
        if trouble := next((gateway.trouble for gateway in gateways if gateway.trouble), ""):
            raise SystemExit(trouble)
    rows = packets * ROWS * len(gateways)
    slowest = max(gateway.slowest for gateway in gateways) * 1000
    slowed = sum(gateway.slowed for gateway in gateways) / len(gateways)
    print(json.dumps({"seconds": seconds, "rows": rows, "slowest_ms": slowest, "slowed_s": slowed}))


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        main(json.load(file))
