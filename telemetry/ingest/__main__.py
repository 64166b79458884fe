"""`python -m telemetry.ingest`: the ingest process under uvicorn, with TLS when INGEST_TLS says so."""

import argparse
import contextlib
import ssl
import sys
from collections.abc import AsyncIterator, Callable

import uvicorn
from django.conf import settings

from factory_core.clock import now
from factory_core.processes.gate import pass_the_gate
from telemetry.devices.authority.keeper import Authority, AuthorityError
from telemetry.ingest import app
from telemetry.ingest.listening import Connection, renewed, server_context
from telemetry.ingest.names import names


def main(arguments: list[str] | None = None) -> int:
    """Serves until a signal; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m telemetry.ingest", description="The door for gateways")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--tls", action="store_true", help="https with a certificate of the plant's own authority")
    options = parser.parse_args(arguments)
    pass_the_gate()
    config = configured(app.application, options.host, options.port)
    if options.tls:
        try:
            with_tls(config, app.application, names(options.host))
        except (AuthorityError, OSError) as error:
            sys.stderr.write(f"The door for gateways has no certificate: {error}\n")
            return 1
    server = uvicorn.Server(config)
    server.run()
    return 0 if server.started else 1


def configured(application: app.Application, host: str, port: int) -> uvicorn.Config:
    """As every process of the plant listens: quiet, no sockets, connections we can cut."""
    return uvicorn.Config(
        application, host=host, port=port, http=Connection, ws="none", access_log=False, log_level="warning",
        timeout_graceful_shutdown=4,
    )  # fmt: skip


def with_tls(config: uvicorn.Config, application: app.Application, names: list[str]) -> None:
    """Let the server speak TLS under these names; its certificate is renewed while it runs. Raises AuthorityError."""
    authority = Authority.of(settings.DATA_DIR)
    authority.ensure(now())
    context = server_context(authority, names, now())

    def factory(_config: uvicorn.Config, _default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        return context

    @contextlib.asynccontextmanager
    async def renewing() -> AsyncIterator[None]:
        async with renewed(context, authority, names, now):
            yield

    config.ssl_context_factory = factory
    application.beside.append(renewing)


if __name__ == "__main__":
    sys.exit(main())
