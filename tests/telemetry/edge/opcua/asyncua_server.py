"""A machine on asyncua's own server, in a process of its own. One argument: JSON {"port", "clock_off_s"}.

Says "READY <port>", then answers lines of JSON: {"set": ["Count", 5]}. Ends with its standard input.
"""

import asyncio
import json
import logging
import os
import sys
import threading
from datetime import UTC, datetime, timedelta

from asyncua import Server, ua

logging.disable(logging.CRITICAL)
OPTIONS = json.loads(sys.argv[1])


async def main() -> None:
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{OPTIONS['port']}")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    space = await server.register_namespace("urn:lathe.example")
    lathe = await server.nodes.objects.add_object(ua.NodeId("Lathe", space), "Lathe")
    nodes = {
        "Count": await lathe.add_variable(ua.NodeId("Lathe.Count", space), "Count", 17, ua.VariantType.UInt32),
        "Load": await lathe.add_variable(ua.NodeId(7001, space), "Load", [0.25, 0.5], ua.VariantType.Double),
        "Program": await lathe.add_variable(ua.NodeId("Lathe.Program", space), "Program", "0815"),
        "Stamped": await lathe.add_variable(ua.NodeId("Lathe.Stamped", space), "Stamped", 1.0),
    }
    loop, wishes = asyncio.get_running_loop(), asyncio.Queue()

    def listen() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(wishes.put_nowait, json.loads(line))
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    async with server:
        print(f"READY {OPTIONS['port']}", flush=True)
        while True:
            wish = await wishes.get()
            name, value = wish["set"]
            at = datetime.now(UTC) + timedelta(seconds=wish.get("off_s", 0))
            kind = ua.VariantType.UInt32 if name == "Count" else None
            written = ua.DataValue(ua.Variant(value, kind), SourceTimestamp=at, ServerTimestamp=at)
            await server.write_attribute_value(nodes[name].nodeid, written)
            print("DONE", flush=True)


asyncio.run(main())
