"""One message to one address: resolved once, inside allowed networks, in limited time, led nowhere else."""

import http.client
import socket
import ssl
from collections.abc import Collection, Mapping
from threading import Timer
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from factory_core.errors import Refused
from factory_core.webhooks.rules import Network, may_go_to

LIMIT_S = 5.0


class BadAddress(Refused):
    """Messages cannot or may not go to this address."""

    code, status = "bad_webhook_address", 422


class NotTaken(Exception):
    """The other side did not take the message; the text says what it did instead, and names no secret."""


def post(address: str, body: bytes, headers: Mapping[str, str], networks: Collection[Network]) -> int:
    """Send a message; gives the answer's status, which is 200 to 299. Raises BadAddress, NotTaken."""
    scheme, host, port, target = parts_of(address)
    ip = resolved(host, port, networks)
    connection = _Pinned(host, port, ip, is_tls=scheme == "https")
    # A peer that sends a byte now and then would keep every single wait short, and the whole without end.
    end = Timer(LIMIT_S, connection.cut)
    end.start()
    try:
        connection.request("POST", target, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = _("no answer within %d s") % LIMIT_S if connection.is_cut else f"{type(error).__name__}: {error}"
        raise NotTaken(why[:200]) from error
    finally:
        end.cancel()
        connection.close()
    if not 200 <= answer.status < 300:
        raise NotTaken(f"HTTP {answer.status}")
    return answer.status


def parts_of(address: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and target of an address. Raises BadAddress."""
    try:
        found = urlsplit(address)
        port = found.port or (443 if found.scheme == "https" else 80)
    except ValueError:
        raise _bad(address) from None
    odd = any(ord(letter) <= 32 or ord(letter) == 127 for letter in address)
    if found.scheme not in ("http", "https") or not found.hostname or found.username or odd or not address.isascii():
        raise _bad(address)
    return found.scheme, found.hostname, port, (found.path or "/") + (f"?{found.query}" if found.query else "")


def resolved(host: str, port: int, networks: Collection[Network]) -> str:
    """The IP address of a host, all of whose addresses must be allowed. Raises BadAddress, NotTaken."""
    try:
        found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise NotTaken(f"{host}: {error}"[:200]) from error
    for ip in found:
        if not may_go_to(ip, networks):
            raise BadAddress(
                _("%(host)s is %(ip)s, which lies outside the networks that this plant allows for webhooks.")
                % {"host": host, "ip": ip}
            )
    return found[0]


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was looked at, whatever the name says a moment later."""

    def __init__(self, host: str, port: int, ip: str, *, is_tls: bool) -> None:
        super().__init__(host, port, timeout=LIMIT_S)
        self._ip, self._is_tls, self.is_cut = ip, is_tls, False

    def connect(self) -> None:
        """Connect to the address; with TLS the name must fit its certificate."""
        self.sock = socket.create_connection((self._ip, self.port), self.timeout)
        if self._is_tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End it from outside: whoever waits for an answer is told."""
        self.is_cut = True
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                # It ended by itself in the same moment.
                return


def _bad(address: str) -> BadAddress:
    return BadAddress(
        _("“%(address)s” is no address for messages: http://host/path or https://host/path is expected.")
        % {"address": address[:80]}
    )
