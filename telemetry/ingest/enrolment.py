"""POST /ingest/v1/enrol: a one-time code becomes a gateway's token."""

import asyncio
import time

import msgspec
from django.db import DatabaseError, connection

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from telemetry.devices.services import BadEnrolmentCode, enrol_with_code
from telemetry.edge.report import EnrolAnswer
from telemetry.ingest.door import Door, no_database
from telemetry.ingest.http import Answer, Problem, Request, json_answer, whole
from telemetry.ingest.rules import Allowance

# 128 random bits cannot be guessed; the bound keeps guessing from costing the database anything.
_allowance = Allowance(per_s=2, burst=20)


class EnrolRequest(msgspec.Struct):
    """The code as the administrator got it."""

    code: str


async def enrol(door: Door, request: Request) -> Answer:
    """Answers {"gateway", "token"}; the token is never shown again. 403 for a wrong, used or old code."""
    wish = whole(await request.body(), EnrolRequest)
    if wait := _allowance.take(time.monotonic()):
        raise Problem(429, "too_many", "Too many enrolments at once.", retry_after_s=wait)
    try:
        answer = await asyncio.to_thread(_enrol, wish.code)
    except BadEnrolmentCode as refused:
        door.background.refused(request.address, wish.code, "bad_code")
        raise Problem(403, refused.code, refused.sentence) from refused
    except DatabaseError as error:
        raise no_database() from error
    return json_answer(answer)


def _enrol(code: str) -> EnrolAnswer:
    try:
        actor = service_user("ingest")
        with acting(actor, channel="ingest"):
            gateway, token = enrol_with_code(actor=actor, code=code, at=now())
        return EnrolAnswer(gateway=gateway.code, token=token)
    finally:
        connection.close()
