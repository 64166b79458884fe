"""Eight gateways that drain a backlog: sealed packets, and the sockets that post them. A process of its own.

`python -m tests.bench.ingest_load PLAN` reads {"port", "gateways": [{"token", "tags"}], "packets", "end_ms"} and prints
{"seconds", "rows", "slowest_ms", "slowed_s"} at the end. Packets are sealed before the clock starts.
"""

import asyncio
import gzip
import json
import math
import random
import sys
import time

import msgspec

ROWS = 1_000
TICK_MS = 1_000


def packet(gateway: int, number: int, packets: int, tags: list[str], end_ms: int, epoch: str) -> dict[str, object]:
    """Packet `number` of a gateway: one tick a second, every tag once a tick, the first tag a motor current."""
    chance = random.Random(gateway * 1_000_003 + number)
    ticks = ROWS // len(tags)
    t0 = end_ms - (packets - number) * ticks * TICK_MS
    rows = []
    for tick in range(ticks):
        running = ((number * ticks + tick) // 90 + gateway) % 3 != 0
        rows.append([0, tick * TICK_MS, round((8 if running else 1) + chance.gauss(0, 0.05), 3)])
        for tag in range(1, len(tags)):
            wave = math.sin((number * ticks + tick) / (10 + tag))
            rows.append([tag, tick * TICK_MS + tag, round(50 + 20 * wave + chance.gauss(0, 0.5), 2)])
    return {
        "schema": "millwright.packet/1", "epoch": epoch, "lane": "s", "first_seq": number * ROWS + 1, "count": ROWS,
        "sent_ms": end_ms, "clock": {"synced": True, "source": "ntp", "err_ms": 4}, "t0": t0, "tags": tags,
        "rows": rows,
    }  # fmt: skip


async def drain(port: int, token: str, bodies: list[bytes]) -> tuple[float, float]:
    """Post one packet after the other as a gateway does, waiting when the server asks.

    Gives the slowest answer and the seconds the server asked to wait.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    slowest, waited = 0.0, 0.0
    for body in bodies:
        head = (
            f"POST /ingest/v1/packets HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n"
            f"content-encoding: gzip\r\nmillwright-sent-ms: {time.time_ns() // 1_000_000}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        began = time.perf_counter()
        writer.write(head.encode() + body)
        answer = await _answer(reader)
        slowest = max(slowest, time.perf_counter() - began)
        if answer["new"] != ROWS:
            raise SystemExit(f"a packet was not stored whole: {answer}")
        if answer["slow_down_ms"]:
            waited += answer["slow_down_ms"] / 1000
            await asyncio.sleep(answer["slow_down_ms"] / 1000)
    writer.close()
    return slowest, waited


async def _answer(reader: asyncio.StreamReader) -> dict[str, int]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
    body = await reader.readexactly(length)
    if not head.startswith("HTTP/1.1 200"):
        raise SystemExit(f"{head.splitlines()[0]} {body[:300]!r}")
    found: dict[str, int] = msgspec.json.decode(body)
    return found


async def main(plan: dict[str, object]) -> None:
    """Seal everything in portions, so that a long run needs no great memory, and drain each portion."""
    gateways: list[dict[str, object]] = plan["gateways"]  # type: ignore[assignment]
    packets, port, end_ms = int(plan["packets"]), int(plan["port"]), int(plan["end_ms"])  # type: ignore[call-overload]
    seconds, slowest, waited = 0.0, 0.0, 0.0
    for start in range(0, packets, 100):
        sealed = [
            [
                gzip.compress(msgspec.json.encode(
                    packet(which, number, packets, gateway["tags"], end_ms, gateway["epoch"])  # type: ignore[arg-type]
                ), 1)
                for number in range(start, min(start + 100, packets))
            ]
            for which, gateway in enumerate(gateways)
        ]  # fmt: skip
        began = time.perf_counter()
        found = await asyncio.gather(
            *(drain(port, str(each["token"]), bodies) for each, bodies in zip(gateways, sealed, strict=True))
        )
        seconds += time.perf_counter() - began
        slowest = max(slowest, *(each[0] for each in found))
        waited += sum(each[1] for each in found) / len(gateways)
    rows = packets * ROWS * len(gateways)
    print(json.dumps({"seconds": seconds, "rows": rows, "slowest_ms": slowest * 1000, "slowed_s": waited}))


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        asyncio.run(main(json.load(file)))
