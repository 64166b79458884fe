"""An S7 control made of python-snap7's own server: `<port>`. Ends with its standard input."""

import json
import logging
import struct
import sys

from snap7.server import Server
from snap7.type import SrvArea


def block() -> bytearray:
    """Data block 1: 200 bytes, one value of each type at the start."""
    data = bytearray(200)
    data[0] = 0b1000
    data[2] = 200
    struct.pack_into(">hHfiId", data, 4, -12345, 54321, 3.25, -123_456_789, 4_000_000_000, -0.1)
    data[28:42] = bytes((20, 12)) + b"MILLWRIGHT 7"
    data[60:62] = bytes((20, 99))  # a string longer than it may be
    for number in range(20):
        struct.pack_into(">I", data, 100 + 4 * number, 1_000_000 + number)
    return data


logging.getLogger("snap7").setLevel(logging.CRITICAL + 1)
server = Server(log=False)
server.register_area(SrvArea.DB, 1, block())
server.register_area(SrvArea.MK, 0, bytearray([0, 0, 0, 0, 0b1, 0, 0x12, 0x34]))
server.register_area(SrvArea.PE, 0, bytearray([0b10000000]))
server.register_area(SrvArea.PA, 0, bytearray([0b10]))
server.start(tcp_port=int(sys.argv[1]))
print(json.dumps({"port": int(sys.argv[1])}), flush=True)
for _line in sys.stdin:
    print("{}", flush=True)
server.stop()
