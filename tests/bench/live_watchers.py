"""Many open sockets in one process of their own: opens them, says so, and reports when each message came.

Run by bench_live.py: `python -m tests.bench.live_watchers URL ORIGIN COOKIE SOCKETS MESSAGES`. Prints `open` when all
sockets are, then one JSON line: how many messages came, and the latencies in ms from the `sent` field to arrival.
"""

import asyncio
import json
import sys
import time

import websockets


async def watch(
    url: str, origin: str, cookie: str, messages: int, opened: asyncio.Semaphore, ready: list[int]
) -> list[float]:
    latencies: list[float] = []
    async with opened:
        socket = await websockets.connect(
            url,
            origin=origin,
            additional_headers={"Cookie": cookie},
            compression=None,
            open_timeout=60,
            ping_interval=None,
        )
    ready[0] += 1
    try:
        async with asyncio.timeout(180):
            while len(latencies) < messages:
                message = json.loads(await socket.recv())
                if "sent" in message:
                    latencies.append(time.time() * 1000 - message["sent"])
    except TimeoutError:
        return latencies
    finally:
        await socket.close()
    return latencies


async def main(url: str, origin: str, cookie: str, sockets: int, messages: int) -> None:
    opened, ready = asyncio.Semaphore(20), [0]
    watchers = [asyncio.create_task(watch(url, origin, cookie, messages, opened, ready)) for _ in range(sockets)]
    while ready[0] < sockets:
        await asyncio.sleep(0.1)
        for watcher in watchers:
            if watcher.done():
                watcher.result()
    await asyncio.sleep(2)
    print("open", flush=True)
    found = await asyncio.gather(*watchers)
    print(json.dumps({"delivered": sum(map(len, found)), "latencies": [x for one in found for x in one]}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
