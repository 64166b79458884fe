"""Modbus devices made of pymodbus' own server: `tcp <port>`, or `rtu <port> <unit> <unit> …` for a whole line.

`sunspec <port>` is a meter that lists its models: common (1), another (120), floating point meter (213).

The registers are those of tests/peers/modbus_server.js: an even pair of the first 300 holds its own address, and the
clock in hundredths of a second. A line on standard input: {"delay": {"<unit>": seconds}}, for two requests in a
row of each five; answered with {}.
"""

import asyncio
import json
import logging
import sys
import time

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

DELAYS: dict[str, float] = {}
REQUESTS: dict[int, int] = {}


def device(unit: int) -> SimDevice:
    async def act(function, start, address, count, registers, values):
        if values is None:
            clock = int(time.time() * 100) & 0xFFFF
            kind = 0x4000 if function == 4 else 0
            for at in range(start, start + len(registers)):
                registers[at - start] = clock if at & 1 else (at + kind + 0x1000 * unit) & 0xFFFF
            REQUESTS[unit] = REQUESTS.get(unit, 0) + 1
            if (delay := DELAYS.get(str(unit))) and REQUESTS[unit] % 5 in (3, 4):
                # The whole device is late, as a real one on a line: it never answers a later request first.
                time.sleep(delay)
        return None if address + count <= 300 else ExcCodes.ILLEGAL_ADDRESS

    return SimDevice(unit, SimData(0, count=300, values=0, datatype=DataType.REGISTERS), action=act)


def meter() -> SimDevice:
    head = [0x5375, 0x6E53, 1, 4, 0, 0, 0, 0, 120, 2, 0, 0, 213, 124]
    floats = [float(index) for index in range(61)]
    blocks = [
        SimData(40_000, values=head, datatype=DataType.REGISTERS),
        SimData(40_000 + len(head), values=floats, datatype=DataType.FLOAT32),
        SimData(40_000 + len(head) + 122, values=[0, 8, 0xFFFF, 0], datatype=DataType.REGISTERS),
    ]
    return SimDevice(1, blocks)


async def listen() -> None:
    """Obeys standard input, and ends with it."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        DELAYS.clear()
        DELAYS.update(json.loads(line).get("delay", {}))
        print("{}", flush=True)


async def main() -> None:
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL + 1)
    kind, port, *units = sys.argv[1:]
    if kind in ("tcp", "sunspec"):
        server = ModbusTcpServer(device(1) if kind == "tcp" else meter(), address=("127.0.0.1", int(port)))
    else:
        devices = [device(int(unit)) for unit in units]

        def only_ours(sending: bool, data: bytes) -> bytes:
            # For a unit it does not know pymodbus' server has an exception; on a real line there is nobody.
            return b"" if sending and str(data[0]) not in units else data

        server = ModbusSerialServer(devices, port=port, baudrate=115200, trace_packet=only_ours)
    await server.listen()
    print(json.dumps({"port": port}), flush=True)
    await listen()
    await server.shutdown()


if __name__ == "__main__":
    asyncio.run(main())
