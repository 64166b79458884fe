"""The door for posts: few connections, short requests, clear answers. A post is answered 200 only when it was taken."""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

from telemetry.edge.devices import Push
from telemetry.edge.drivers.push.posts import LARGEST, Map, Refused, Said, is_known, tokens
from telemetry.edge.drivers.session import Out, Trouble

MOST_CONNECTIONS = 32
LONGEST_REQUEST_S = 15.0
_BEAT_S = 1.0


def session(device: Push, out: Out) -> None:
    """Listens until `out.stopping`. Connected means that the door is open. Raises Trouble when it cannot be opened."""
    door = _Door(device, out)
    thread = threading.Thread(target=door.serve_forever, args=(0.2,), name=f"push {device.code}", daemon=True)
    thread.start()
    try:
        while not out.stopping:
            out.heard()
            door.close_slow()
            out.wait(_BEAT_S)
            if not thread.is_alive():
                raise Trouble(f"{device.code} stopped listening for posts; it is started again.")
    finally:
        door.shutdown()
        door.close_all()
        door.server_close()


class _Door(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Accepts at most MOST_CONNECTIONS at a time and closes those that dawdle."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 2 * MOST_CONNECTIONS

    def __init__(self, device: Push, out: Out) -> None:
        self.out = out
        self.map = Map(device)
        self.tokens = tokens(device)
        self._tls = _identity(device)
        self._open: dict[socket.socket, float] = {}
        self._lock = threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in device.bind else socket.AF_INET
        try:
            super().__init__((device.bind, device.port), _Handler)
        except (OSError, OverflowError) as error:
            raise Trouble(
                f"{device.code} cannot listen at {device.bind}:{device.port}: {error}. "
                "Expected an address of this computer and a port nobody else uses."
            ) from error

    def process_request(self, request: Any, client_address: Any) -> None:
        """Hands a connection to a thread, or turns it away when there are too many."""
        with self._lock:
            full = len(self._open) >= MOST_CONNECTIONS
            if not full:
                self._open[request] = time.monotonic()
        if full:
            self.out.fault(f"More than {MOST_CONNECTIONS} connections at once; one from {client_address[0]} had to go.")
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """One request. With TLS, its handshake happens here, in the connection's own thread."""
        request.settimeout(LONGEST_REQUEST_S)
        if self._tls is None:
            super().finish_request(request, client_address)
            return
        try:
            safe = self._tls.wrap_socket(request, server_side=True)
        except (OSError, ValueError) as error:
            self.out.fault(f"{client_address[0]} did not agree on TLS: {error}.")
            return
        with self._lock:
            self._open[safe] = self._open.pop(request, time.monotonic())
        try:
            super().finish_request(safe, client_address)
        finally:
            with self._lock:
                self._open.pop(safe, None)
            _shut(safe)
            safe.close()

    def shutdown_request(self, request: Any) -> None:
        """The end of a connection, however it came."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke off is the sender's to repeat."""
        self.out.fault(f"A post from {client_address[0]} broke off.")

    def take_your_time(self, request: socket.socket) -> None:
        """The post was read; from here on it is this gateway that may be slow, and the sender shall hear the end."""
        with self._lock:
            self._open[request] = time.monotonic() + 3600

    def close_slow(self) -> None:
        """Cuts connections that take longer than any honest post."""
        old = time.monotonic() - LONGEST_REQUEST_S
        with self._lock:
            slow = [request for request, since in self._open.items() if since < old]
        for request in slow:
            _shut(request)

    def close_all(self) -> None:
        """Cuts every connection."""
        with self._lock:
            remaining = list(self._open)
        for request in remaining:
            _shut(request)


def _shut(request: socket.socket) -> None:
    try:
        request.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It was closed already, which is what is wanted.
        return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Door

    def log_message(self, *arguments: Any) -> None:
        """Health counts posts and faults; a line for each would fill the disk."""

    def do_POST(self) -> None:
        """Takes a post: all of its values, or none and a sentence."""
        began = time.monotonic()
        try:
            said = self._read()
        except Refused as refused:
            self.server.out.fault(f"A post from {self.client_address[0]} was refused: {refused}")
            self._say(refused.status, {"detail": str(refused)})
            if refused.status in {401, 411, 413}:
                self._drain()
            return
        self.server.take_your_time(self.connection)
        for each in said:
            self.server.out.value(each.tag, each.value, at_us=each.at_us)
        if self.server.out.stopping:
            # Nobody knows whether the last values were still taken: the sender must repeat the post.
            self._say(503, {"detail": "The gateway is about to stop. Send the post again."})
            return
        self.server.out.polled(time.monotonic() - began)
        self._say(200, {"taken": len(said)})

    def do_GET(self) -> None:
        """Any other method."""
        self._say(405, {"detail": "This is a place for posts. Expected POST with a JSON document."})

    def do_PUT(self) -> None:
        """A post with the wrong method."""
        self.do_GET()

    def _read(self) -> list[Said]:
        if not is_known(self.server.tokens, self.headers.get("authorization", "")):
            raise Refused(401, "The post has no valid token. Expected the header 'Authorization: Bearer <token>'.")
        length = self.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit():
            raise Refused(411, "The post does not say how long it is. Expected the header Content-Length.")
        if len(length) > 9 or int(length) > LARGEST:
            raise Refused(413, f"The post has {length[:20]} bytes; at most {LARGEST} are taken. Send it in parts.")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise Refused(400, "The post ended before its announced length.")
        return self.server.map.read(body)

    def _say(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        if status == 503:
            self.send_header("Retry-After", "5")
        if status == 405:
            self.send_header("Allow", "POST")
        self.end_headers()
        self.wfile.write(body)

    def _drain(self) -> None:
        # Closing with unread bytes would reset the connection before the sender has read the answer.
        self.connection.settimeout(1.0)
        left = 4 * LARGEST
        try:
            while left > 0 and (got := len(self.connection.recv(65_536))):
                left -= got
        except OSError:
            return


def _identity(device: Push) -> ssl.SSLContext | None:
    if not device.certificate_file and not device.key_file:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(device.certificate_file, device.key_file or None)
    except (OSError, ssl.SSLError) as error:
        raise Trouble(
            f"{device.code} cannot use certificate {device.certificate_file!r} with key {device.key_file!r}: {error}. "
            "Expected PEM files in the gateway's folder."
        ) from error
    return context
