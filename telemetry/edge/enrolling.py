"""How a gateway gets its identity, and the next one before the present one ends. The heartbeat's thread does it."""

from __future__ import annotations

import hashlib
import logging
import ssl
import time

import msgspec

from telemetry import wire
from telemetry.edge.identity import WrongAuthority
from telemetry.edge.lean import httpx
from telemetry.edge.net import Link, store_secret
from telemetry.edge.report import VERSION, EnrolAnswer

log = logging.getLogger("millwright.edge.enrolling")

_RENEW_AGAIN_S = 3600.0
_RENEW_AGAIN_NEAR_THE_END_S = 300.0
_NEAR_THE_END_S = 24 * 3600.0


class EnrolRefused(Exception):
    """This gateway is not enrolled now; the message says why and what to do."""


class Enrolling:
    """What the gateway does about its identity."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._identity = link.identity
        self._code = link.settings.enrol_code
        # Remembers which code was used, so that a new one in the configuration is noticed and an old one is not.
        self._spent = self._identity.path.with_name("enrol_code.used")
        self._renew_at = 0.0

    @property
    def wants(self) -> bool:
        """Whether there is a code that was not tried yet."""
        return bool(self._code) and not (self._spent.exists() and self._spent.read_text().strip() == self._mark())

    def enrol(self) -> str:
        """Turns the one-time code into token and certificate; returns the gateway's code.

        Without a code it asks to be let in. Raises EnrolRefused, or httpx.HTTPError when no answer comes.
        """
        try:
            if self._identity.meet_authority():
                self._link.go_over()
        except WrongAuthority as error:
            raise EnrolRefused(str(error)) from error
        except (OSError, ssl.SSLError) as error:
            raise EnrolRefused(f"The files of this gateway's identity cannot be used: {error}.") from error
        if not self._code:
            self._knock()
        wish = {"code": self._code, "request": self._request(self._identity.name), "name": self._identity.name}
        # An enrolment ends the present identity at once, and every connection that shows it.
        with self._link.meet_with(None) as client:
            response = client.post(wire.ENROL_PATH, content=msgspec.json.encode(wish))
        if response.status_code >= 500 or response.status_code == 429:
            raise httpx.HTTPStatusError("the server is busy", request=response.request, response=response)
        if response.status_code == 403:
            store_secret(self._spent, self._mark())
        if response.status_code not in (200, 201):
            raise EnrolRefused(
                f"The server refused the enrolment code ({response.status_code} {response.text[:300]!r}). "
                "Ask an administrator for a new one: each code works once and for a short time."
            )
        answer = _read(response)
        if answer.token:
            self._link.keep_token(answer.token)
        store_secret(self._spent, self._mark())
        if answer.certificate:
            self._prove(answer)
        self._link.go_over()
        log.info("Enrolled as %s.", answer.gateway)
        return answer.gateway

    def renew_if_due(self) -> bool:
        """Asks for the next certificate when two thirds of the present one are over; whether a new one is in use.

        The present one stays until the new one worked. Raises httpx.HTTPError when no answer comes.
        """
        life = self._identity.life if self._identity.is_ours else None
        now = time.time()
        if life is None or not life.is_due(now) or now < self._renew_at or now >= life.ends:
            return False
        near = life.ends - now < _NEAR_THE_END_S
        self._renew_at = now + (_RENEW_AGAIN_NEAR_THE_END_S if near else _RENEW_AGAIN_S)
        body = msgspec.json.encode({"request": self._request(self._identity.code_name())})
        response = self._link.post(wire.RENEW_PATH, body)
        if response.status_code != 200:
            log.error("The certificate was not renewed (%d %s).", response.status_code, response.text[:300])
            return False
        try:
            proven = self._prove(_read(response))
        except EnrolRefused as error:
            log.error("The certificate was not renewed: %s", error)
            return False
        if not proven:
            return False
        self._link.go_over()
        log.info("The certificate was renewed.")
        return True

    def _knock(self) -> None:
        """Asks to be let in under its name; an administrator compares the key's fingerprint and makes a code."""
        name, mark = self._identity.name, self._identity.fingerprint()
        if name:
            said = {"name": name, "fingerprint": mark, "version": VERSION}
            self._link.post(wire.KNOCK_PATH, msgspec.json.encode(said))
        raise EnrolRefused(
            f"This gateway has no enrolment code. It asked to be let in as {name!r} with key {mark[:16]}…; an "
            "administrator finds it on the Health page and makes a code for it."
            if name
            else "This gateway has no enrolment code. Ask an administrator for one and write it as server.enrol_code."
        )

    def _request(self, name: str) -> str:
        """A certificate request; empty where no certificate can be shown: without TLS, or without the library."""
        if not self._identity.is_ours:
            return ""
        try:
            return self._identity.request(name).decode()
        except ImportError:
            log.warning("The library cryptography is missing: this gateway is known by its token alone.")
            return ""

    def _prove(self, answer: EnrolAnswer) -> bool:
        """Shows the new certificate once; only if the server knows it, it takes the place of the present one."""
        draft = self._identity.draft(answer.certificate)
        try:
            with self._link.meet_with(draft) as client:
                works = client.get(wire.CONFIG_PATH).status_code == 200
        except (httpx.HTTPError, OSError, ssl.SSLError) as error:
            log.error("The new certificate does not work (%s); the present credential stays.", error)
            works = False
        if works:
            self._identity.adopt(draft, answer.ca)
        else:
            draft.unlink(missing_ok=True)
        return works

    def _mark(self) -> str:
        return hashlib.sha256(self._code.encode()).hexdigest()


def _read(response: httpx.Response) -> EnrolAnswer:
    try:
        return msgspec.json.decode(response.content, type=EnrolAnswer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EnrolRefused(f"The server's answer to the enrolment cannot be read: {error}") from error
