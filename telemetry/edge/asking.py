"""Questions from the server: waited for at its door, each answered by a process of its own that may not take long."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Callable

import msgspec

from telemetry import wire
from telemetry.edge.children import driver_process
from telemetry.edge.config import ConfigError, Place, device_from
from telemetry.edge.drivers.looking import Task
from telemetry.edge.lean import httpx
from telemetry.edge.net import Backoff, Link, retry_after
from telemetry.edge.questions import LARGEST_FOUND, Answer, Question, Questions

log = logging.getLogger("millwright.edge.asking")

WAIT_S = 20
AT_ONCE = 2
TIME_LIMIT_S = 20.0
REMEMBERED_S = 90.0
"""The server tells a question for 60 s; so long its number is remembered, and longer."""
LARGEST_ANSWER = 480 * 1024
_NO_SUCH_DOOR_S = 300.0
_SHORTEST_PAUSE_S = 0.2
_TRIES = 4


class Asking(threading.Thread):
    """Waits at the server's door, without end."""

    def __init__(
        self, link: Link, place: Place, version: Callable[[], int], pull: Callable[[Link], None], json_log: bool
    ) -> None:
        """`version`: of the configuration in use; `pull` fetches the present one."""
        super().__init__(name="questions", daemon=True)
        self._link = link
        self._place = place
        self._version = version
        self._pull = pull
        self._json_log = json_log
        self._known: dict[int, float] = {}
        self._room = threading.Semaphore(AT_ONCE)
        self._stop_asked = threading.Event()
        self._said = ""

    def stop(self) -> None:
        """Ends the thread; a request under way is broken off with the link."""
        self._stop_asked.set()

    def run(self) -> None:
        """Asks, answers, asks again."""
        backoff = Backoff()
        while not self._stop_asked.is_set():
            pause = self._link.settings.auth_retry_s
            if self._link.has_token:
                try:
                    pause = self._once(backoff)
                except (httpx.HTTPError, msgspec.MsgspecError, UnicodeDecodeError, RuntimeError) as error:
                    # RuntimeError: the link was closed under the request, because the agent stops.
                    self._say(f"The server's questions cannot be heard: {error or type(error).__name__}")
                    pause = backoff.failed()
            self._stop_asked.wait(max(pause, _SHORTEST_PAUSE_S))

    def _once(self, backoff: Backoff) -> float:
        """One round at the door; returns the seconds to wait before the next."""
        now = time.monotonic()
        self._known = {number: at for number, at in self._known.items() if now - at < REMEMBERED_S}
        have = ",".join(map(str, self._known))
        path = f"{wire.QUESTIONS_PATH}?wait={WAIT_S}&config={self._version()}&have={have}"
        response = self._link.get(path, patience_s=WAIT_S + self._link.settings.timeout_s)
        if response.status_code in (404, 405):
            return _NO_SUCH_DOOR_S
        if response.status_code in (401, 403):
            return self._link.settings.auth_retry_s
        if response.status_code != 200:
            return backoff.failed(retry_after(response))
        heard = msgspec.json.decode(response.content, type=Questions)
        for question in heard.questions:
            if question.id not in self._known:
                self._known[question.id] = now
                threading.Thread(target=self._work, args=(question,), daemon=True).start()
        if heard.config_version != self._version():
            self._pull(self._link)
            if heard.config_version != self._version():
                # Not given, or changed again: the server would answer at once, again and again.
                return backoff.failed()
        backoff.succeeded()
        self._said = ""
        return 0.0

    def _work(self, question: Question) -> None:
        with self._room:
            answer = answered(question, self._place, self._json_log)
        answer.id = question.id
        backoff = Backoff()
        for _ in range(_TRIES):
            try:
                response = self._link.post(wire.ANSWERS_PATH, msgspec.json.encode(answer))
                if response.status_code < 500 and response.status_code != 429:
                    return
                self._stop_asked.wait(backoff.failed(retry_after(response)))
            except (httpx.HTTPError, RuntimeError) as error:
                self._say(f"An answer did not reach the server: {error or type(error).__name__}")
                self._stop_asked.wait(backoff.failed())
            if self._stop_asked.is_set():
                return

    def _say(self, text: str) -> None:
        if text != self._said and not self._stop_asked.is_set():
            log.warning("%s", text)
        self._said = text


def answered(question: Question, place: Place, json_log: bool = False, limit_s: float = TIME_LIMIT_S) -> Answer:
    """Looks into the device in a process of its own; a sentence in the answer where that failed."""
    try:
        device = device_from(question.device, place)
    except ConfigError as error:
        return Answer(trouble=str(error))
    task = Task(device, msgspec.structs.replace(question, device={}))
    process = driver_process("--ask", "--json-log" if json_log else "")
    try:
        said, _nothing = process.communicate(msgspec.json.encode(task) + b"\n", timeout=limit_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return Answer(trouble=f"Device {device.code} did not answer the question within {limit_s:g} s.")
    try:
        return fitting(msgspec.json.decode(said, type=Answer))
    except msgspec.MsgspecError:
        return Answer(trouble=f"The driver of {device.code} ended with code {process.returncode} instead of an answer.")


def fitting(answer: Answer) -> Answer:
    """The answer cut to what the server takes; `more` then says that there was more."""
    if len(answer.found) > LARGEST_FOUND:
        answer.found, answer.more = answer.found[:LARGEST_FOUND], True
    while len(msgspec.json.encode(answer)) > LARGEST_ANSWER and answer.found:
        answer.found, answer.more = answer.found[: len(answer.found) // 2], True
    return answer
