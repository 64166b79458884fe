"""GET /ingest/v1/questions and POST /ingest/v1/answers: what people ask a gateway, held open until there is something.

A gateway behind a firewall cannot be called. So it asks, and its question is answered when somebody asks it to look
into a device, when its configuration changes, or after some seconds.
"""

from __future__ import annotations

import asyncio
import json
import math
from urllib.parse import parse_qs

import msgspec
import psycopg

from telemetry import wire
from telemetry.edge.questions import LARGEST_FOUND, Answer, Question, Questions
from telemetry.ingest.directory import GatewayInfo
from telemetry.ingest.door import Door, no_database
from telemetry.ingest.http import Answer as HttpAnswer
from telemetry.ingest.http import Gone, Problem, Request, json_answer, whole

LONGEST_WAIT_S = 25.0
LARGEST_ANSWER = 512 * 1024
LONGEST_TROUBLE = 1_000
_MOST_KNOWN = 40
# Questions older than a minute are given up, see `telemetry.questions.rules.WAIT_FOR_ANSWER`.
_OPEN = """SELECT id, kind, device, address, addresses FROM telemetry_gatewayquestion
    WHERE gateway_id = %s AND answered_at IS NULL AND asked_at > %s - interval '60 seconds' AND NOT id = ANY(%s)
    ORDER BY id LIMIT 8"""
_ANSWERED = """UPDATE telemetry_gatewayquestion SET answered_at = %s, answer = %s, trouble = %s
    WHERE id = %s AND gateway_id = %s AND answered_at IS NULL"""
_OWN = "SELECT 1 FROM telemetry_gatewayquestion WHERE id = %s AND gateway_id = %s"


async def questions(door: Door, request: Request) -> HttpAnswer:
    """Open questions of the gateway that asks, at once or as soon as there are any.

    `wait`: seconds at most; `config`: the version the gateway works with; `have`: numbers of questions it knows.
    """
    gateway = door.gateway(request)
    wait_s, version, known = _asked(request.query)
    loop = asyncio.get_running_loop()
    end = loop.time() + wait_s
    async with door.directory.polls.place(gateway.id) as event:
        while True:
            event.clear()
            # Asked afresh each time: meanwhile the gateway may have been revoked or configured.
            gateway = door.gateway(request)
            found = await _open(door, gateway, known)
            left = end - loop.time()
            if (
                found
                or version != gateway.config_version
                or left <= 0
                or not door.directory.polls.holds(gateway.id, event)
            ):
                return json_answer(Questions(config_version=gateway.config_version, questions=found))
            if not await _woken(event, request, left):
                raise Gone


async def answers(door: Door, request: Request) -> HttpAnswer:
    """What a gateway found. Only its own questions can be answered, each once; a repeat changes nothing."""
    gateway = door.gateway(request)
    with door.admitted(gateway):
        body = await request.body()
        if len(body) > LARGEST_ANSWER:
            raise wire.TooLarge(f"an answer has at most {LARGEST_ANSWER} bytes")
        answer: Answer = whole(body, Answer)
        if len(answer.found) > LARGEST_FOUND:
            raise wire.TooLarge(f"an answer names at most {LARGEST_FOUND} things")
        at = door.now()
        content = msgspec.json.encode(msgspec.structs.replace(answer, trouble="")).decode().replace("\\u0000", "")
        trouble = answer.trouble.replace("\0", "")[:LONGEST_TROUBLE]
        try:
            async with door.pool.connection(timeout=3) as connection, connection.transaction():
                done = await connection.execute(_ANSWERED, [at, content, trouble, answer.id, gateway.id])
                taken = done.rowcount == 1
                if not taken and await (await connection.execute(_OWN, [answer.id, gateway.id])).fetchone() is None:
                    raise Problem(404, "no_such_question", "This gateway was not asked this question.")
                if taken:
                    notice = {"topic": f"gateway:{gateway.id}", "t": "answered", "question": answer.id}
                    await connection.execute("SELECT pg_notify('millwright_live', %s)", [json.dumps(notice)])
        except psycopg.DataError as error:
            raise wire.Invalid(f"the answer cannot be stored: {error}") from error
        except psycopg.Error as error:
            raise no_database() from error
    return json_answer({"taken": taken})


def _asked(query: str) -> tuple[float, int, list[int]]:
    values = parse_qs(query)
    try:
        wait_s = float(values.get("wait", ["0"])[0])
        version = int(values.get("config", ["-1"])[0])
        known = [int(number) for number in values.get("have", [""])[0].split(",") if number][:_MOST_KNOWN]
    except ValueError as error:
        raise wire.Invalid("wait, config and have are numbers, like ?wait=20&config=3&have=17,18") from error
    if any(abs(number) >= 2**63 for number in known) or math.isnan(wait_s):
        raise wire.Invalid("wait is a number of seconds, numbers of questions are smaller than 2^63")
    return min(max(wait_s, 0.0), LONGEST_WAIT_S), version, known


async def _open(door: Door, gateway: GatewayInfo, known: list[int]) -> list[Question]:
    try:
        async with door.pool.connection(timeout=3) as connection:
            rows = await (await connection.execute(_OPEN, [gateway.id, door.now(), known])).fetchall()
    except psycopg.Error as error:
        raise no_database() from error
    return [
        Question(id=number, kind=kind, device=device, address=address, addresses=addresses)
        for number, kind, device, address, addresses in rows
    ]


async def _woken(event: asyncio.Event, request: Request, seconds: float) -> bool:
    """Waits until something came up or the time is over; False when the gateway went away meanwhile."""
    waiting = asyncio.ensure_future(event.wait())
    leaving = asyncio.ensure_future(request.left())
    try:
        await asyncio.wait((waiting, leaving), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return not leaving.done()
    finally:
        for task in (waiting, leaving):
            task.cancel()
        await asyncio.gather(waiting, leaving, return_exceptions=True)
