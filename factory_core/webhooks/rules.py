"""Where messages may go, how they are signed, and how long they are tried. Plain Python."""

import hashlib
import hmac
from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
SIGNATURE = "X-Millwright-Signature"
# Seconds between the tries; together a little more than a day.
WAITS_S = (10, 30, 60, 300, 900, 1800, 3600, *[7200] * 11)


def networks_of(written: Collection[str]) -> list[Network]:
    """Networks as the plant's settings write them. Raises ValueError."""
    return [ip_network(each) for each in written]


def may_go_to(address: str, networks: Collection[Network]) -> bool:
    """Whether an IP address lies in one of these networks; an IPv4 address in IPv6's clothes is what it is."""
    found = ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found.version == each.version and found in each for each in networks)


def signature(secret: str, body: bytes, at_s: int) -> str:
    """`t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>" in hex>`: an old message cannot be sent again as new."""
    digest = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"


def wait_after(attempts: int) -> int | None:
    """Seconds until the next try after so many; None when it is given up."""
    return WAITS_S[attempts] if attempts < len(WAITS_S) else None
