"""Under which names gateways find this machine: what its certificates must say."""

import os
import socket

import psutil

from factory_core.processes.specs import reachable_host


def names(host: str) -> list[str]:
    """Every name and address under which gateways may call this machine; INGEST_NAMES adds more, with commas."""
    found = ["localhost", "127.0.0.1", "::1", socket.gethostname(), socket.getfqdn(), reachable_host(host)]
    found += [
        each.address
        for interface in psutil.net_if_addrs().values()
        for each in interface
        if each.family in (socket.AF_INET, socket.AF_INET6) and "%" not in each.address
    ]
    found += os.environ.get("INGEST_NAMES", "").replace(" ", "").split(",")
    return sorted({name for name in found if name and name.isascii()})
