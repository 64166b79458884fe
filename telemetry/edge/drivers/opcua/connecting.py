"""From the settings of a device to an open session; every refusal becomes a sentence."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from telemetry.edge.devices import OpcUa
from telemetry.edge.drivers.opcua import library as ua
from telemetry.edge.drivers.opcua import trust
from telemetry.edge.drivers.session import Trouble

SESSION_MS = 60_000
"""How long a server keeps what a lost connection left behind."""
CHANNEL_MS = 3_600_000
_GOODBYE_S = 1.5
_POLICIES = (
    ua.SecurityPolicyAes256Sha256RsaPss,
    ua.SecurityPolicyBasic256Sha256,
    ua.SecurityPolicyAes128Sha256RsaOaep,
)
"""What is used, the strongest first. The older ones are broken."""
_NONE_URI = ua.SecurityPolicyNone.URI
_MODES = {
    "none": ua.MessageSecurityMode.None_,
    "sign": ua.MessageSecurityMode.Sign,
    "sign_and_encrypt": ua.MessageSecurityMode.SignAndEncrypt,
}


@asynccontextmanager
async def opened(device: OpcUa) -> AsyncIterator[ua.Client]:
    """A new client with an open session. Raises Trouble. Leaving by an error drops the connection at once."""
    client = ua.Client(device.url, timeout=device.timeout_s)
    client.name = client.description = f"Millwright gateway, {device.code}"
    client.session_timeout, client.secure_channel_timeout = SESSION_MS, CHANNEL_MS
    renewing: asyncio.Task[None] | None = None
    try:
        try:
            await _connect(client, device)
        except (OSError, TimeoutError, ua.UaError, ua.ServiceError) as error:
            raise Trouble(sentence(error, device)) from error
        renewing = asyncio.create_task(_renew(client))
        yield client
        with suppress(OSError, TimeoutError, ua.UaError):
            await asyncio.wait_for(client.disconnect(), _GOODBYE_S)
    finally:
        if renewing is not None:
            renewing.cancel()
        _drop(client)


def is_open(client: ua.Client) -> bool:
    """False as soon as the connection is known to be gone."""
    return client.state is ua.UaClientState.CONNECTED


def _drop(client: ua.Client) -> None:
    protocol = client.uaclient.protocol
    if protocol is not None and protocol.transport is not None:
        # Closing in order would wait for a server that may be frozen.
        protocol.transport.abort()


async def _connect(client: ua.Client, device: OpcUa) -> None:
    folder = Path(device.trusted)
    password = _password(device)
    if device.security != "none":
        await _secure(client, device, folder)
    await client.connect_socket()
    await client.send_hello()
    await _open_channel(client, device)
    answer = await client.create_session()
    if device.user:
        _check_password_is_safe(client, device, folder, answer.ServerCertificate or b"")
    await client.activate_session(username=device.user or None, password=password or None)


async def _open_channel(client: ua.Client, device: OpcUa) -> None:
    try:
        await client.open_secure_channel()
    except (AssertionError, ConnectionError) as error:
        if device.security == "none":
            raise ConnectionError("the server closed it") from error
        # A refusal in this answer is lost in the library, and some servers only hang up.
        raise Trouble(_not_accepted(device, "no secure channel")) from error


async def _secure(client: ua.Client, device: OpcUa, folder: Path) -> None:
    endpoints = await client.connect_and_get_server_endpoints() or []
    mode = _MODES[device.security]
    for policy in _POLICIES:
        for endpoint in endpoints:
            if endpoint.SecurityMode == mode and endpoint.SecurityPolicyUri == policy.URI:
                certificate = _first(endpoint.ServerCertificate, device.url)
                trust.check(folder, certificate, device.url)
                own = trust.own(folder)
                client.application_uri = own.uri
                await client.set_security(policy, own.certificate, own.key, None, certificate, mode)
                return
    offered = sorted({f"{one.SecurityMode.name} {_short(one.SecurityPolicyUri)}" for one in endpoints})
    raise Trouble(
        f"The server at {device.url} does not offer {device.security!r} with a safe policy; it offers "
        f"{', '.join(offered) or 'nothing'}. Switch Basic256Sha256 on at the server."
    )


def _first(chain: bytes | None, url: str) -> bytes:
    try:
        return ua.first_certificate(chain or b"")
    except ValueError as error:
        raise Trouble(f"The server at {url} shows no certificate that can be read: {error}.") from error


def _short(policy_uri: str | None) -> str:
    return (policy_uri or "").rpartition("#")[2] or "None"


def _check_password_is_safe(client: ua.Client, device: OpcUa, folder: Path, chain: bytes) -> None:
    if device.security == "sign_and_encrypt":
        return
    policy = client.server_policy(ua.UserTokenType.UserName)
    if policy.SecurityPolicyUri in ("", None, _NONE_URI):
        raise Trouble(
            f"The server at {device.url} would get the password of {device.user!r} in clear with security "
            f"{device.security!r}. Use 'sign_and_encrypt'."
        )
    if device.security == "none":
        # The password is encrypted for whoever showed this certificate, so it must be the right one.
        trust.check(folder, _first(chain, device.url), device.url)


def _password(device: OpcUa) -> str:
    if not device.password_file:
        return ""
    try:
        return Path(device.password_file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"The password of {device.code} cannot be read from {device.password_file}: {error}.") from error


async def _renew(client: ua.Client) -> None:
    """Exchanges the keys of the channel before they end. A failure shows as a lost connection."""
    while True:
        await asyncio.sleep(client.secure_channel_timeout / 1000 * 0.75)
        await client.open_secure_channel(renew=True)
        client.uaclient.revolve_security_token()


def sentence(error: BaseException, device: OpcUa) -> str:
    """What went wrong with the connection, where, and what to do."""
    url = device.url
    if isinstance(error, ua.BadUserAccessDenied | ua.BadIdentityTokenRejected | ua.BadIdentityTokenInvalid):
        who = f"user {device.user!r} or the password" if device.user else "sessions without a user"
        return f"The server at {url} refuses {who} ({error_name(error)}). Correct `user` and `password_file`."
    if isinstance(error, ua.BadCertificateUntrusted | ua.BadSecurityChecksFailed):
        return _not_accepted(device, error_name(error))
    if isinstance(error, ua.BadTooManySessions):
        return f"The server at {url} has no session left. Close other clients, or wait a minute."
    if isinstance(error, socket.gaierror):
        return f"The name in {url} is not known here. Correct it, or use the number of the address."
    if isinstance(error, ConnectionRefusedError):
        return f"Nothing listens at {url}. Is the server switched on, and is the port right?"
    if isinstance(error, TimeoutError):
        return f"The server at {url} did not answer within {device.timeout_s:g} s."
    return f"The connection to {url} failed: {error_name(error)}."


def _not_accepted(device: OpcUa, why: str) -> str:
    own = Path(device.trusted) / "own" / "certificate.der"
    fingerprint = trust.fingerprint(own.read_bytes(), "sha1") if own.is_file() else "unknown"
    return (
        f"The server at {device.url} does not accept this gateway's certificate ({why}). "
        f"Accept it at the server; it is in {own}, fingerprint SHA-1 {fingerprint}."
    )


def error_name(error: BaseException) -> str:
    """An error of the library in a few words."""
    if isinstance(error, ua.ServiceError | ua.UaStatusCodeError):
        return ua.name_of(error.code)
    return f"{type(error).__name__}: {error}".removesuffix(": ")
