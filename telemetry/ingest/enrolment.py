"""How a gateway comes to its identity: root certificate, one-time code, renewal; and how strangers knock."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
from django.conf import settings
from django.db import DatabaseError, connection

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.people.services import service_user
from telemetry import wire
from telemetry.devices.authority.certificates import LARGEST_REQUEST, BadRequest, key_fingerprint, pem, read_request
from telemetry.devices.authority.keeper import Authority, AuthorityError
from telemetry.devices.models import Source
from telemetry.devices.services import enrol_with_code, enrol_with_request, renew_certificate
from telemetry.edge.report import EnrolAnswer
from telemetry.ingest.door import Door, no_database
from telemetry.ingest.http import Answer, Problem, Request, json_answer, text_answer, whole
from telemetry.ingest.metrics import REFUSED
from telemetry.ingest.rules import Allowance

# 128 random bits cannot be guessed; the bounds keep guessing and knocking from costing the database anything.
_enrolments = Allowance(per_s=2, burst=20)
_knocks = Allowance(per_s=5, burst=50)
_renewals: dict[int, Allowance] = {}
RENEWALS_PER_S, RENEWALS_BURST = 1 / 60, 5.0


class EnrolRequest(msgspec.Struct):
    """The code as the administrator got it, and the certificate request (PEM) of a gateway that has a key."""

    code: str = ""
    request: str = ""
    name: str = ""


class RenewRequest(msgspec.Struct):
    """A certificate request for a new key."""

    request: str


class Knock(msgspec.Struct):
    """What a gateway says of itself that has no code: its name, the fingerprint of its key, its version."""

    name: str
    fingerprint: str = ""
    version: str = ""


async def authority_of_the_plant(door: Door, request: Request) -> Answer:
    """GET /ingest/v1/ca: the public root certificate, to be compared with the fingerprint that was told."""
    try:
        root = Authority.of(settings.DATA_DIR).root()
    except AuthorityError as error:
        raise Problem(404, "no_authority", "This plant has no certificate authority yet.") from error
    return text_answer(pem(root), b"application/x-pem-file")


async def enrol(door: Door, request: Request) -> Answer:
    """Answers the gateway's code, its token and, to a certificate request, its certificate; never shown again.

    403 for a wrong, used or old code; 422 for a certificate request the plant does not sign, which keeps the code.
    """
    wish = whole(await request.body(), EnrolRequest)
    if wait := _enrolments.take(time.monotonic()):
        raise Problem(429, "too_many", "Too many enrolments at once.", retry_after_s=wait)
    if not wish.code:
        _note_knock(door, request, wish.name, _fingerprint(wish), "")
        sentence = "Enrolling needs a one-time code. The gateway stands on the waiting list; ask an administrator."
        raise Problem(403, "no_code", sentence)
    answer = await _act(door, request, wish.code, _enrol, wish)
    await _known(door)
    return json_answer(answer)


async def renew(door: Door, request: Request) -> Answer:
    """POST /ingest/v1/renew: the present certificate asks for the next one."""
    gateway = door.gateway(request)
    if request.peer is None:
        REFUSED.labels("certificate_needed").inc()
        sentence = "Only the present certificate, shown over TLS, is renewed. Enrol with a one-time code."
        raise Problem(401, "certificate_needed", sentence)
    allowance = _renewals.setdefault(gateway.id, Allowance(RENEWALS_PER_S, RENEWALS_BURST))
    if wait := allowance.take(time.monotonic()):
        raise Problem(429, "too_many", "This gateway renews too often.", retry_after_s=wait)
    wish = whole(await request.body(), RenewRequest)
    answer = await _act(door, request, request.peer.serial, _renew, gateway.id, wish)
    await _known(door)
    return json_answer(answer)


async def knock(door: Door, request: Request) -> Answer:
    """POST /ingest/v1/knock: 202, and one line on the waiting list. Nothing else is kept of a stranger."""
    body = await request.body()
    if len(body) > LARGEST_REQUEST:
        raise Problem(413, "too_large", f"A knock has at most {LARGEST_REQUEST} bytes.")
    said = whole(body, Knock)
    if wait := _knocks.take(time.monotonic()):
        raise Problem(429, "too_many", "Too many knock at once.", retry_after_s=wait)
    if not said.name.strip():
        raise wire.Invalid("name is empty; expected what the gateway shall be called")
    _note_knock(door, request, said.name, said.fingerprint, said.version)
    return json_answer({"waiting": True}, 202)


def _note_knock(door: Door, request: Request, name: str, fingerprint: str, version: str) -> None:
    REFUSED.labels("knock").inc()
    claims = {"version": version[:40]} if version else {}
    door.background.knocked(Source.AGENT, name, request.address, "", mark=fingerprint[:64], claims=claims)


def _fingerprint(wish: EnrolRequest) -> str:
    try:
        return key_fingerprint(read_request(wish.request.encode(), "").public_key())  # type: ignore[arg-type]  # only EC keys are read
    except BadRequest:
        return ""


async def _act(door: Door, request: Request, credential: str, act: Callable[..., Any], *wish: Any) -> Any:
    """Run an act of the plant beside the loop; refusals become answers and are counted."""
    try:
        return await asyncio.to_thread(_acting, act, *wish)
    except Refusal as refused:
        door.background.refused(request.address, credential, _WHY.get(refused.code, "refused"))
        retry = 5 if refused.status == 503 else 0
        raise Problem(refused.status, refused.code, refused.sentence, retry_after_s=retry) from refused
    except DatabaseError as error:
        raise no_database() from error


_WHY = {"bad_enrolment_code": "bad_code", "bad_certificate_request": "bad_request"}


def _acting(act: Callable[..., EnrolAnswer], *wish: Any) -> EnrolAnswer:
    try:
        actor = service_user("ingest")
        with acting(actor, channel="ingest"):
            return act(actor, *wish)
    finally:
        connection.close()


def _enrol(actor: Any, wish: EnrolRequest) -> EnrolAnswer:
    if not wish.request:
        gateway, token = enrol_with_code(actor=actor, code=wish.code, at=now())
        return EnrolAnswer(gateway=gateway.code, token=token)
    made = enrol_with_request(actor=actor, code=wish.code, request=wish.request.encode(), at=now())
    return EnrolAnswer(gateway=made.gateway.code, token=made.token, certificate=made.certificate, ca=made.ca)


def _renew(actor: Any, gateway_id: int, wish: RenewRequest) -> EnrolAnswer:
    made = renew_certificate(actor=actor, gateway_id=gateway_id, request=wish.request.encode(), at=now())
    return EnrolAnswer(gateway=made.gateway.code, certificate=made.certificate, ca=made.ca)


async def _known(door: Door) -> None:
    """Whoever hears that it is enrolled comes back at once and must be known then; else the next notice tells."""
    try:
        await door.directory.refresh(door.pool)
    except psycopg.Error as error:
        raise no_database() from error
