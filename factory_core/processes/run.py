"""One start of the plant, from the first check to the clean end. Plain Python."""

import argparse
import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from types import FrameType

import psycopg

from factory_core.processes import broker, children
from factory_core.processes.data_dir import AlreadyRunning
from factory_core.processes.gate import Gate
from factory_core.processes.logs import say
from factory_core.processes.postgres import EmbeddedPostgres
from factory_core.processes.postgres_home import NoEmbeddedPostgres
from factory_core.processes.specs import (
    MANAGE,
    BadSetting,
    PlantSettings,
    child_environment,
    plant_settings,
    process_table,
    reachable_host,
)
from factory_core.processes.supervisor import Supervisor, end_orphans

HELP = "Start the whole plant on this machine and keep it running until Ctrl-C."
READY_PATIENCE_S = 120.0
ASK_EVERY_S = 0.3
DOOR_PATIENCE_S = 20.0
ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OLDEST_POSTGRES = 150000


class CannotStart(Exception):
    """The plant cannot start; the message is a sentence for the person at the console."""


class _Asked(Exception):
    """Ctrl-C or SIGTERM."""


def main(arguments: list[str]) -> int:
    """`manage.py up` without loading the application: the supervisor stays small and a refusal comes at once."""
    parser = argparse.ArgumentParser(prog="manage.py up", description=HELP)
    add_arguments(parser)
    return start(**vars(parser.parse_args(arguments)))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `up`; each also has a name in the environment."""
    parser.add_argument("--port", type=int, help="port of the pages (PORT, 8000); gateways use the next one")
    parser.add_argument("--data-dir", help="where everything is kept (DATA_DIR, var)")
    parser.add_argument("--no-demo", action="store_true", help="an empty plant instead of the demo plant (DEMO=0)")


def start(*, port: int | None, data_dir: str | None, no_demo: bool) -> int:
    """Run the plant that options and environment describe; the exit code."""
    try:
        return run(plant_settings(os.environ, port=port, data_dir=data_dir, no_demo=no_demo))
    except BadSetting as error:
        say(str(error))
        return 1


def run(plant: PlantSettings) -> int:
    """Run the plant until it is asked to stop; the exit code."""
    try:
        plant.data.root.mkdir(parents=True, exist_ok=True)
        with plant.data.hold(), _stoppable():
            return _run(plant)
    except _Asked:
        return 0
    except (CannotStart, AlreadyRunning, NoEmbeddedPostgres) as error:
        say(str(error))
        return 1
    except PermissionError as error:
        say(f"{error.filename} cannot be used: {error.strerror}. Choose another DATA_DIR than {plant.data.root}.")
        return 1


def _run(plant: PlantSettings) -> int:
    for name in end_orphans(plant.data):
        say(f"{name} was left over from a start that was killed; it is ended.")
    _check_ports(plant)
    _check_demo(plant)
    plant.data.make()
    postgres = None if plant.database_url else EmbeddedPostgres(plant.data.root)
    environment = child_environment(plant, plant.database_url or EmbeddedPostgres(plant.data.root).url())
    supervisor = Supervisor(plant.data, environment, postgres)
    try:
        if postgres is None:
            _check_outside_database(plant.database_url)
        # Loading takes longest: who is needed first loads while the database starts and the plant is prepared. The
        # others come last, or all would wait for all.
        supervisor.start([spec for spec in process_table(plant) if spec.loads_early])
        with _preparing(environment) as prepare:
            if postgres is not None:
                postgres.start()
            prepare()
        supervisor.gate.open()
        _wait_until_ready(plant, supervisor)
        _wait_for_the_door(plant, supervisor)
        supervisor.start([spec for spec in process_table(plant) if not spec.loads_early])
        _greet(plant)
        while True:
            supervisor.tick()
    except _Asked:
        say("Stopping …")
        return 0
    finally:
        # A second Ctrl-C must not interrupt the clean end; every wait in it is bounded.
        for which in ASKING:
            signal.signal(which, signal.SIG_IGN)
        supervisor.stop()


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    def ask(number: int, frame: FrameType | None) -> None:
        raise _Asked

    before = {which: signal.signal(which, ask) for which in ASKING}
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)


def _check_ports(plant: PlantSettings) -> None:
    if plant.port == plant.ingest_port:
        raise CannotStart(f"PORT and INGEST_PORT are both {plant.port}; pages and gateways need a port each.")
    ports = {"PORT": plant.port, "INGEST_PORT": plant.ingest_port}
    if plant.has_broker:
        if plant.mqtt_port in ports.values():
            raise CannotStart(f"MQTT_PORT is {plant.mqtt_port}, which pages or gateways use already; choose another.")
        ports["MQTT_PORT"] = plant.mqtt_port
    for name, port in ports.items():
        family = socket.AF_INET6 if ":" in plant.bind else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind((plant.bind, port))
            except OSError as error:
                raise CannotStart(_port_sentence(name, plant.bind, port, error)) from error


def _port_sentence(name: str, bind: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {bind} is used by another program. Choose another one, for example {name}={port + 10}."
    if error.errno == errno.EACCES:
        return f"Port {port} may not be opened by this account. Choose {name} above 1023."
    return f"The address {bind}:{port} cannot be opened: {error.strerror}. Check BIND and {name}."


def _check_demo(plant: PlantSettings) -> None:
    if plant.data.holds_demo() and not plant.demo:
        raise CannotStart(
            f"The data in {plant.data.root} is the demo plant, with accounts whose passwords everybody knows. "
            "A plant without demo needs its own DATA_DIR, and its own database if DATABASE_URL is set."
        )


def _check_outside_database(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        raise CannotStart(f"The database of DATABASE_URL does not answer: {str(error).strip()}") from error
    if version < OLDEST_POSTGRES:
        raise CannotStart(f"DATABASE_URL leads to PostgreSQL {version // 10000}; Millwright needs 15 or later.")


@contextlib.contextmanager
def _preparing(environment: dict[str, str]) -> Iterator[Callable[[], None]]:
    """Loads what prepares the plant; the function it gives lets that work, and returns when it is done."""
    # In a process of its own: this one must not hold database connections or a copy of the application.
    gate = Gate()
    preparing = subprocess.Popen(
        [*MANAGE, "prepare"],
        env={**environment, **gate.told},
        pass_fds=(gate.handle,),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=children.dies_with_parent(signal.SIGTERM),
    )

    def prepare() -> None:
        gate.open()
        if preparing.wait() != 0:
            raise CannotStart("The plant could not be prepared; the lines above say why. Nothing was left running.")

    try:
        yield prepare
    finally:
        if preparing.poll() is None:
            preparing.terminate()
            preparing.wait()
        gate.remove()


def _wait_until_ready(plant: PlantSettings, supervisor: Supervisor) -> None:
    until = time.monotonic() + READY_PATIENCE_S
    answer = "no answer"
    ask_at = 0.0
    while time.monotonic() < until:
        supervisor.tick()
        if time.monotonic() < ask_at:
            continue
        ask_at = time.monotonic() + ASK_EVERY_S
        ready, answer = _ask_ready(plant.url)
        if ready:
            return
    raise CannotStart(
        f"The plant was not ready within {READY_PATIENCE_S:.0f} s ({answer}). The logs are in {plant.data.logs}."
    )


def _wait_for_the_door(plant: PlantSettings, supervisor: Supervisor) -> None:
    # Pages are of use without gateways: a door that stays shut is told, and is no reason to end.
    until = time.monotonic() + DOOR_PATIENCE_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection((reachable_host(plant.bind), plant.ingest_port), 1):
            return
        supervisor.tick()
    say(f"The door for gateways does not answer on port {plant.ingest_port} yet. Its log is in {plant.data.logs}.")


def _ask_ready(url: str) -> tuple[bool, str]:
    try:
        # Never through a proxy of the environment: this is our own machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{url}/readyz", timeout=5) as answer:
            return True, str(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return False, f"{error.code}: {_red_parts(error.read())}"
    except OSError as error:
        return False, str(error)


def _red_parts(body: bytes) -> str:
    try:
        return ", ".join(part["part"] for part in json.loads(body)["parts"] if part["colour"] == "red")
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace")


def _greet(plant: PlantSettings) -> None:
    say(f"Millwright is ready: {plant.url}")
    if plant.data.holds_demo():
        say(plant.data.demo_accounts.read_text().rstrip())
    else:
        python = os.path.relpath(sys.executable)
        say(f"Make the first account: {python} manage.py create_user NAME --role it_admin --superuser")
    if plant.has_broker:
        say(f"Gateways with a certificate may send their packets over MQTT to port {plant.mqtt_port}.")
    elif plant.mqtt:
        say(broker.NOT_INSTALLED)
    say(f"Data and logs: {plant.data.root}. Ctrl-C stops everything.")
