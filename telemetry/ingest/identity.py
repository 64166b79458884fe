"""Whom a request comes from: the certificate shown in the handshake, else the token."""

import time
from datetime import datetime

from telemetry.ingest.directory import Directory, GatewayInfo
from telemetry.ingest.http import Problem
from telemetry.ingest.listening import Peer


class Stranger(Problem):
    """A request that is not let in, with what the waiting list shall say: why, and by which credential."""

    def __init__(
        self, status: int, code: str, sentence: str, why: str, credential: str, gateway_id: int | None
    ) -> None:
        super().__init__(status, code, sentence)
        self.why, self.credential, self.gateway_id = why, credential, gateway_id


def identified(directory: Directory, peer: Peer | None, token: str, at: datetime) -> GatewayInfo:
    """The gateway behind certificate or token. Raises Stranger.

    Whoever shows a certificate is judged by it: a good token does not help a certificate that was revoked.
    """
    if peer is not None:
        gateway = _of_certificate(directory, peer, at)
        other = directory.gateway_of(token) if token else None
        if other is not None and other.id != gateway.id:
            raise Stranger(
                403, "two_identities", "The certificate and the token of this request belong to different gateways.",
                "two_identities", peer.serial, gateway.id,
            )  # fmt: skip
        return gateway
    found = directory.gateway_of(token) if token else None
    if found is None:
        sentence = "This token belongs to no gateway. Enrol the gateway."
        raise Stranger(401, "unknown_gateway", sentence, "unknown", token, None)
    if not found.is_active:
        raise _revoked(found, token)
    return found


def _of_certificate(directory: Directory, peer: Peer, at: datetime) -> GatewayInfo:
    known = directory.certificate(peer.serial)
    if known is None or known.gateway.code != peer.name:
        sentence = "This certificate is not on record. Enrol the gateway with a new code."
        raise Stranger(403, "certificate_unknown", sentence, "certificate_unknown", peer.serial, None)
    if not known.gateway.is_active:
        raise _revoked(known.gateway, peer.serial)
    if known.is_revoked:
        sentence = "This certificate was revoked. Enrol the gateway with a new code."
        raise Stranger(403, "certificate_revoked", sentence, "certificate_revoked", peer.serial, known.gateway.id)
    if peer.ends_at <= at:
        sentence = f"This certificate ended on {peer.ends_at:%Y-%m-%d}. Enrol the gateway with a new code."
        raise Stranger(403, "certificate_expired", sentence, "certificate_expired", peer.serial, known.gateway.id)
    return known.gateway


def _revoked(gateway: GatewayInfo, credential: str) -> Stranger:
    sentence = "This gateway was revoked. Ask an administrator to enrol it again."
    return Stranger(403, "revoked", sentence, "revoked", credential, gateway.id)


WITHIN_S = 60.0
MOST_PLACES = 8


class Twins:
    """Notices one identity at work in two places: it goes there and comes back, twice, within a minute.

    A place is an address, or one run of the agent. A gateway that moved or was started again does not come back.
    """

    def __init__(self) -> None:
        self._now_at: dict[tuple[int, str], str] = {}
        self._left: dict[tuple[int, str], dict[str, float]] = {}
        self._returns: dict[tuple[int, str], float] = {}
        self.suspected: dict[int, str] = {}

    def saw(self, gateway_id: int, kind: str, place: str, monotonic_s: float | None = None) -> None:
        """The gateway spoke from a place; `kind` of place: address or run."""
        key = (gateway_id, kind)
        here = self._now_at.get(key)
        if place == here or not place:
            return
        at = time.monotonic() if monotonic_s is None else monotonic_s
        self._now_at[key] = place
        if here is None:
            return
        left = self._left.setdefault(key, {})
        came_back = at - left.get(place, -WITHIN_S - 1) <= WITHIN_S
        left[here] = at
        while len(left) > MOST_PLACES:
            del left[min(left, key=left.__getitem__)]
        if not came_back:
            return
        if at - self._returns.get(key, -WITHIN_S - 1) <= WITHIN_S:
            self.suspected[gateway_id] = f"{kind}: {here}, {place}"
        self._returns[key] = at
