"""The processes of a plant on one machine: one readable table. Plain Python."""

import ipaddress
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from factory_core.processes import broker
from factory_core.processes.data_dir import DataDir

CHECKOUT = Path(__file__).resolve().parent.parent.parent
# Live messages are small: compressing each for each screen would cost more than it saves on a plant's network.
SOCKETS = ("--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--ws-max-size", "65536")
MOST_CONSUMERS = 16
# What a process is told that needs none of the apps above telemetry (settings.py).
READINGS_ONLY = {"LOADS": "readings"}
MANAGE = (sys.executable, str(CHECKOUT / "manage.py"))


class BadSetting(Exception):
    """A value from the environment makes no sense; the message names it and what is expected."""


@dataclass(frozen=True)
class PlantSettings:
    """What one start of the plant was asked to do."""

    data: DataDir
    bind: str
    port: int
    ingest_port: int
    demo: bool
    database_url: str
    web_server: str
    mqtt: bool = False
    mqtt_port: int = 8883
    mqtt_consumers: int = 1
    ingest_tls: bool = False
    # The broker of Sparkplug nodes, where there are any.
    sparkplug_broker: str = ""

    @property
    def has_broker(self) -> bool:
        """Whether the plant runs an MQTT broker: asked for, and installed."""
        return self.mqtt and broker.program() is not None

    @property
    def url(self) -> str:
        """Where people find the plant on this machine."""
        host = reachable_host(self.bind)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


@dataclass(frozen=True)
class ProcessSpec:
    """One process: its name, its command, and how long it may take to end."""

    name: str
    command: tuple[str, ...]
    stop_patience_s: float = 8.0
    # Loads while the plant is still being prepared, and goes on once it is (gate.py).
    loads_early: bool = False
    # Takes in, carries or reads readings, and needs none of the apps above telemetry.
    readings_only: bool = False


def plant_settings(
    environment: Mapping[str, str], *, port: int | None = None, data_dir: str | None = None, no_demo: bool = False
) -> PlantSettings:
    """Read the environment; options of the command line win. Raises BadSetting."""
    port = port if port is not None else _number(environment, "PORT", 8000)
    web_server = environment.get("WEB_SERVER", "uvicorn")
    if web_server not in ("uvicorn", "daphne"):
        raise BadSetting(f"WEB_SERVER is '{web_server}'; expected uvicorn or daphne.")
    bind = environment.get("BIND") or "127.0.0.1"
    return PlantSettings(
        data=DataDir(Path(data_dir or environment.get("DATA_DIR") or CHECKOUT / "var").resolve()),
        bind=bind,
        port=port,
        ingest_port=_number(environment, "INGEST_PORT", port + 1),
        demo=not no_demo and _is_on(environment, "DEMO", "1"),
        database_url=environment.get("DATABASE_URL", ""),
        web_server=web_server,
        ingest_tls=_is_on(environment, "INGEST_TLS", "0" if is_loopback(bind) else "1"),
        mqtt=_is_on(environment, "MQTT", "0"),
        mqtt_port=_number(environment, "MQTT_PORT", 8883),
        mqtt_consumers=_number(environment, "MQTT_CONSUMERS", 1, most=MOST_CONSUMERS),
        sparkplug_broker=environment.get("SPARKPLUG_BROKER", ""),
    )


def process_table(plant: PlantSettings) -> list[ProcessSpec]:
    """Everything that runs besides PostgreSQL, in the order of starting; they are stopped in the reverse order."""
    table = [
        ProcessSpec("web", _web(plant), loads_early=True),
        ProcessSpec("ingest", _ingest(plant), loads_early=True, readings_only=True),
        ProcessSpec("derive", (*MANAGE, "derive"), readings_only=True),
        ProcessSpec("worker", (*MANAGE, "work"), stop_patience_s=15),
    ]
    if plant.has_broker:
        table.append(ProcessSpec("broker", (*MANAGE, "broker", "--port", str(plant.mqtt_port)), readings_only=True))
        table += [_consumer(number) for number in range(1, plant.mqtt_consumers + 1)]
    if plant.sparkplug_broker:
        table.append(ProcessSpec("sparkplug", (*MANAGE, "sparkplug"), readings_only=True))
    if plant.data.demo_gateway.exists():
        table.append(ProcessSpec("gateway", _gateway(plant.data.demo_gateway)))
    if plant.data.plant_gateway.exists():
        table.append(ProcessSpec("plant-gateway", _gateway(plant.data.plant_gateway)))
    return table


def child_environment(plant: PlantSettings, database_url: str) -> dict[str, str]:
    """What every process of the plant is told."""
    secret = {} if os.environ.get("SECRET_KEY") else {"SECRET_KEY_FILE": str(plant.data.secret_key_file)}
    return {
        **os.environ,
        **({} if os.environ.get("SECRET_KEY_FILE") else secret),
        "DATABASE_URL": database_url,
        "DATA_DIR": str(plant.data.root),
        "BIND": plant.bind,
        "PORT": str(plant.port),
        "INGEST_PORT": str(plant.ingest_port),
        "INGEST_TLS": "1" if plant.ingest_tls else "0",
        "DEMO": "1" if plant.demo else "0",
        "DJANGO_SETTINGS_MODULE": "factory_core.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")])),
    }


def reachable_host(bind: str) -> str:
    """An address of this machine behind `bind`, which may mean all addresses at once."""
    address = ipaddress.ip_address(bind) if bind.replace(".", "").isdecimal() or ":" in bind else None
    if address is None or not address.is_unspecified:
        return bind
    return "127.0.0.1" if address.version == 4 else "::1"


def is_loopback(bind: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if bind == "localhost":
        return True
    try:
        return ipaddress.ip_address(bind).is_loopback
    except ValueError:
        return False


def ingest_url(bind: str, port: int, tls: bool) -> str:
    """Where programs on this machine find the door for gateways."""
    host = reachable_host(bind)
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def _ingest(plant: PlantSettings) -> tuple[str, ...]:
    where = ("--host", plant.bind, "--port", str(plant.ingest_port))
    return (sys.executable, "-m", "telemetry.ingest", *where, *(("--tls",) if plant.ingest_tls else ()))


def _web(plant: PlantSettings) -> tuple[str, ...]:
    if plant.web_server == "daphne":
        daphne = ("-m", "daphne", "-b", plant.bind, "-p", str(plant.port), "-v", "0", "factory_core.asgi:application")
        return (sys.executable, *daphne)
    return _uvicorn("factory_core.asgi:application", plant.bind, plant.port)


def _uvicorn(application: str, bind: str, port: int) -> tuple[str, ...]:
    quiet = ("--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "4")
    return (sys.executable, "-m", "uvicorn", application, "--host", bind, "--port", str(port), *quiet, *SOCKETS)


def _gateway(config: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "telemetry.edge", "--config", str(config))


def _consumer(number: int) -> ProcessSpec:
    name = "mqtt" if number == 1 else f"mqtt-{number}"
    return ProcessSpec(name, (*MANAGE, "mqtt", "--number", str(number)), readings_only=True)


def _is_on(environment: Mapping[str, str], name: str, default: str) -> bool:
    return environment.get(name, default).strip().lower() not in ("0", "false", "no", "off", "")


def _number(environment: Mapping[str, str], name: str, default: int, most: int = 65535) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) <= most:
        raise BadSetting(f"{name} is '{text}'; expected a number from 1 to {most}.")
    return int(text)
