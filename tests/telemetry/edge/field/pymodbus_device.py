"""Modbus devices made of pymodbus' own server: `tcp <port>`, or `rtu <port> <unit> <unit> …` for a whole line.

The registers are those of tests/peers/modbus_server.js: an even pair of the first 300 holds its own address, and the
clock in hundredths of a second. A line on standard input: {"delay": {"<unit>": seconds}}; answered with {}.
"""

import asyncio
import json
import sys
import time

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

DELAYS: dict[str, float] = {}


def device(unit: int) -> SimDevice:
    async def act(function, start, address, count, registers, values):
        if values is None:
            clock = int(time.time() * 100) & 0xFFFF
            kind = 0x4000 if function == 4 else 0
            for at in range(start, start + len(registers)):
                registers[at - start] = clock if at & 1 else (at + kind + 0x1000 * unit) & 0xFFFF
            if delay := DELAYS.get(str(unit)):
                await asyncio.sleep(delay)
        return None if address + count <= 300 else ExcCodes.ILLEGAL_ADDRESS

    return SimDevice(unit, SimData(0, count=300, values=0, datatype=DataType.REGISTERS), action=act)


async def listen() -> None:
    """Obeys standard input, and ends with it."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        DELAYS.clear()
        DELAYS.update(json.loads(line).get("delay", {}))
        print("{}", flush=True)


async def main() -> None:
    kind, port, *units = sys.argv[1:]
    if kind == "tcp":
        server = ModbusTcpServer(device(1), address=("127.0.0.1", int(port)))
    else:
        devices = [device(int(unit)) for unit in units]
        server = ModbusSerialServer(devices, port=port, baudrate=115200, ignore_missing_devices=True)
    await server.listen()
    print(json.dumps({"port": port}), flush=True)
    await listen()
    await server.shutdown()


if __name__ == "__main__":
    asyncio.run(main())
