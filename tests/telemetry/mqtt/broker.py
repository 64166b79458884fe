"""A real mosquitto with the plant's own configuration and a throwaway authority, and a gateway's bare side of it."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from factory_core.processes.broker import broker_files, look_again, program
from telemetry.devices.authority.certificates import new_key
from telemetry.devices.authority.keeper import Authority
from telemetry.ingest.mqtt.papers import papers, write_all
from tests.factory_core.processes.box import short_folder
from tests.patience import PATIENCE_S
from tests.ports import free_port
from tests.world.running import wait_for

needs_broker = pytest.mark.skipif(program() is None, reason="the broker mosquitto is not installed")


@dataclass
class Broker:
    """The broker of one test, in a data directory of its own."""

    folder: Path = field(default_factory=short_folder)
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.files = broker_files(self.folder)
        self.authority = Authority.of(self.folder)
        write_all(self.files, papers(self.folder, "127.0.0.1", _now()), "127.0.0.1", self.port)

    def start(self) -> "Broker":
        """Start it; returns when it takes connections."""
        self.files.socket.unlink(missing_ok=True)
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(program()), "-c", str(self.files.configuration)], stdout=log, stderr=log
            )
        self.files.pid.write_text(str(self.process.pid))
        wait_for(self._answers, 10, "the broker")
        return self

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as knock:
            return knock.connect_ex(str(self.files.socket)) == 0

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_S)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> str:
        return (self.folder / "broker.log").read_text(errors="replace")

    def arrivals(self, consumer: int) -> int:
        """How often the broker has let this consumer in."""
        return self.log.count(f" as server/{consumer} ")

    def certificate(self, code: str) -> tuple[Path, Path, x509.Certificate]:
        """A fresh certificate of a gateway: (chain file, key file, certificate)."""
        return a_certificate(self.authority, code, self.folder)

    def revoke(self, certificate: x509.Certificate) -> None:
        """Put a certificate on the list, as the plant does."""
        self.authority.write_revocations([(certificate.serial_number, _now())], _now())

    def look_again(self) -> bool:
        return look_again(self.files)

    def device(self, code: str, *, certificate: tuple[Path, Path] | None = None, **more: Any) -> "Device":
        chain, key = certificate or self.certificate(code)[:2]
        return Device(code, self, chain, key, **more)


class Device:
    """A gateway's connection, without any of the agent's cleverness."""

    def __init__(self, code: str, broker: Broker, chain: Path, key: Path, *, version: int = paho.MQTTv5) -> None:
        self.code = code
        self.answers: list[tuple[bytes | None, dict[str, Any]]] = []
        self.pubacks: dict[int, int] = {}
        self.ended: list[str] = []
        self.refused: list[str] = []
        self._some = threading.Condition()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, f"any-{code}", protocol=version)
        context = ssl.create_default_context(cafile=str(broker.authority.ca_file))
        context.load_cert_chain(chain, key)
        self.client.tls_set_context(context)
        self.client.on_message = self._heard
        self.client.on_publish = lambda client, data, mid, reason, told: self._note(self.pubacks, mid, reason.value)
        self.client.on_disconnect = lambda client, data, flags, reason, told: self.ended.append(str(reason))
        self.client.connect("localhost", broker.port)
        self.client.loop_start()
        wait_for(self.client.is_connected, 5, "the broker to let the device in")
        self.client.subscribe(f"millwright/v1/{code}/down/#", 1)

    def send(self, payload: bytes, *, topic: str = "", correlation: bytes | None = None, qos: int = 1) -> int:
        """Publish; the message's number."""
        told = Properties(PacketTypes.PUBLISH)
        if correlation is not None:
            told.CorrelationData = correlation
        topic = topic or f"millwright/v1/{self.code}/up/packet"
        return self.client.publish(topic, payload, qos=qos, properties=told).mid

    def ask(self, payload: bytes, seconds: float = 60) -> dict[str, Any]:
        """Publish and wait for the answer to it."""
        mark = secrets.token_bytes(8)
        self.send(payload, correlation=mark)
        return self.answer(mark, seconds)

    def answer(self, mark: bytes, seconds: float = 60) -> dict[str, Any]:
        with self._some:
            assert self._some.wait_for(lambda: any(each[0] == mark for each in self.answers), seconds), "no answer"
            return next(content for found, content in self.answers if found == mark)

    def puback(self, mid: int, seconds: float = 60) -> int:
        """The reason code of a PUBACK."""
        with self._some:
            assert self._some.wait_for(lambda: mid in self.pubacks, seconds), "no PUBACK"
            return self.pubacks[mid]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _heard(self, client: paho.Client, data: Any, message: paho.MQTTMessage) -> None:
        with self._some:
            mark = getattr(message.properties, "CorrelationData", None)
            self.answers.append((mark, json.loads(message.payload)))
            self._some.notify_all()

    def _note(self, where: dict[int, int], mid: int, value: int) -> None:
        with self._some:
            where[mid] = value
            self._some.notify_all()


@contextlib.contextmanager
def consuming(broker: Broker, number: int = 1) -> Iterator[None]:
    """A consumer in a thread of this process, on Django's database."""
    from telemetry.ingest.mqtt import process

    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    running = threading.Thread(
        target=lambda: loop.run_until_complete(process.consume(broker.folder, "127.0.0.1", number, stop)), daemon=True
    )
    running.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        running.join(PATIENCE_S)
        assert not running.is_alive(), "the consumer did not stop"
        loop.close()


def a_certificate(authority: Authority, code: str, folder: Path) -> tuple[Path, Path, x509.Certificate]:
    """A gateway's key and certificate in files: (chain file, key file, certificate)."""
    key = new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, code)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    certificate = authority.sign_gateway(request, code, _now())
    chain, private = folder / f"{code}.pem", folder / f"{code}.key"
    chain.write_bytes(authority.chain(certificate))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, private, certificate


def database_url() -> str:
    """The address of the tests' database for a process of its own."""
    from urllib.parse import urlsplit

    from django.db import connection

    name = connection.settings_dict["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _now() -> datetime:
    return datetime.now(UTC)


def settle(seconds: float = 0.3) -> None:
    """Let the door learn of what was just changed."""
    time.sleep(seconds)
