"""The agent `mtconnect` 0.3.3 of PyPI behind a few lines of HTTP; runs in the peers' environment, prints its port.

Its documents are its own: probe, current, sample, errors, buffer. It is not quite after the standard (no namespace, no
`nextSequence` in the header, times in whole seconds), so it also shows that the driver bears with such agents.
Two things are done for it here: it calls `getchildren`, gone since Python 3.9, and it counts from the number after
the one it is asked for. Lines `id value` on standard input are pushed into it.
"""

import sys

# Only the Python version of the parser can be given the method that is missing.
sys.modules["_elementtree"] = None

import threading  # noqa: E402  # after the line above
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer  # noqa: E402
from urllib.parse import parse_qs, urlsplit  # noqa: E402
from xml.etree import ElementTree  # noqa: E402

ElementTree.Element.getchildren = lambda self: list(self)

from mtconnect import MTConnect  # noqa: E402  # needs getchildren


def main() -> None:
    agent = MTConnect(loc=sys.argv[1], hostname="http://127.0.0.1")
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments) -> None:
            pass

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: int(values[0]) for name, values in parse_qs(parts.query).items()}
            with lock:
                if parts.path == "/sample":
                    answer = agent.sample(start=query["from"] - 1, count=query["count"])
                else:
                    answer = {"/probe": agent.probe, "/current": agent.current}[parts.path]()
            body = answer.get_xml().encode()
            self.send_response(answer.get_status())
            self.send_header("content-type", "text/xml")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    for line in sys.stdin:
        item, _, value = line.strip().partition(" ")
        with lock:
            agent.push_data(item, float(value) if item == "load" else value)


main()
