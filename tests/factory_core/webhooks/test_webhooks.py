"""What happens is told to another program: once an event, signed, later when it fails, and nowhere else."""

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from factory_core.access.identity import acting
from factory_core.events.models import Event
from factory_core.events.services import publish
from factory_core.events.types import EventType
from factory_core.people.models import User
from factory_core.webhooks import posting, services
from factory_core.webhooks.models import Webhook, WebhookDelivery
from factory_core.webhooks.posting import BadAddress, NotTaken
from factory_core.webhooks.rules import WAITS_S, may_go_to, networks_of, signature, wait_after
from factory_core.webhooks.states import Sending
from factory_core.webhooks.tasks import queue_webhooks
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HAPPENED = EventType("doorbell.rang", "It rang")
OTHER = EventType("doorstep.swept", "It was swept")
PRIVATE = networks_of(["127.0.0.0/8", "10.0.0.0/8", "fc00::/7"])


class Receiver:
    """A program on this machine that takes messages as a test tells it to."""

    def __init__(self) -> None:
        self.status, self.headers, self.taken = 200, {}, []
        self.is_silent = False
        self.go_on = Flag()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.taken.append((self.path, dict(self.headers), body))
                if receiver.is_silent:
                    receiver.go_on.wait(20)
                    return
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *about: object) -> None:
                """Tests stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook?a=1"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def plant() -> Plant:
    return a_plant()


@pytest.fixture
def admin(plant: Plant) -> User:
    return a_user("ida", "it_admin", plant.site)


@pytest.fixture
def hook(plant: Plant, admin: User, receiver: Receiver) -> Webhook:
    with acting(admin, channel="test"):
        made = Webhook.objects.create(site=plant.site, name="ERP", address=receiver.address, events=["doorbell.*"])
        made.secret = services.give_secret(actor=admin, webhook=made)  # type: ignore[attr-defined]  # for the test
    return made


def happens(actor: User, *about: Any, kind: EventType = HAPPENED) -> Event:
    with acting(actor, channel="test"):
        return publish(kind, about=about, at=NOW, actor=actor, times=3)


def _taken_back(admin: User, plant: Plant) -> None:
    with acting(admin, channel="test"):
        publish(HAPPENED, about=[plant.press], at=NOW, actor=admin)
        raise ZeroDivisionError


def send(delivery: WebhookDelivery, attempts: int = 0, at: datetime = NOW) -> WebhookDelivery:
    services.deliver(delivery_id=delivery.pk, attempts=attempts, at=at)
    delivery.refresh_from_db()
    return delivery


def test_what_was_asked_for_is_told_signed_and_once(
    hook: Webhook, admin: User, plant: Plant, receiver: Receiver
) -> None:
    event = happens(admin, plant.press)
    happens(admin, plant.press, kind=OTHER)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.event, delivery.status) == (event, Sending.WAITING)

    queue_webhooks.func(0)
    queue_webhooks.func(0)
    job = ProcrastinateJob.objects.get(task_name="factory_core.deliver_webhook")
    assert job.args == {"delivery_id": delivery.pk}

    assert (send(delivery).status, delivery.answer, delivery.attempts) == (Sending.SENT, "HTTP 200", 1)
    send(delivery)
    ((path, headers, body),) = receiver.taken
    assert path == "/hook?a=1"
    told = json.loads(body)
    assert (told["id"], told["name"], told["site"], told["machine"], told["by"], told["payload"]) == (
        event.pk, "doorbell.rang", plant.site.code, plant.press.code, "ida", {"times": 3},
    )  # fmt: skip
    assert headers["X-Millwright-Id"] == str(event.pk)
    at = int(NOW.timestamp())
    digest = hmac.new(hook.secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Millwright-Signature"] == f"t={at},v1={digest}" == signature(hook.secret, body, at)


def test_an_event_that_never_was_is_not_told_and_other_sites_hear_nothing(
    hook: Webhook, admin: User, plant: Plant
) -> None:
    other = a_plant("other")
    happens(admin, other.press)
    with pytest.raises(ZeroDivisionError):
        _taken_back(admin, plant)
    assert not WebhookDelivery.objects.exists()
    happens(admin)
    assert WebhookDelivery.objects.count() == 1


def test_what_is_not_taken_is_tried_later_and_later_then_needs_a_look(
    hook: Webhook, admin: User, plant: Plant, receiver: Receiver
) -> None:
    happens(admin, plant.press)
    delivery = WebhookDelivery.objects.get()
    receiver.status = 500
    with pytest.raises(NotTaken):
        send(delivery)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.answer, delivery.attempts) == (Sending.QUEUED, "HTTP 500", 1)
    assert not Event.objects.filter(name="webhooks.gave_up").exists()

    assert timedelta(hours=22) < timedelta(seconds=sum(WAITS_S)) < timedelta(hours=26)
    assert (wait_after(0), wait_after(len(WAITS_S))) == (10, None)
    with pytest.raises(NotTaken):
        send(delivery, attempts=len(WAITS_S))
    delivery.refresh_from_db()
    assert delivery.status == Sending.FAILED
    assert "HTTP 500" in Event.objects.get(name="webhooks.gave_up").sentence

    receiver.status = 204
    assert send(delivery).status == Sending.SENT


def test_no_redirect_is_followed(hook: Webhook, admin: User, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 302, {"Location": receiver.address + "&led=elsewhere"}
    with pytest.raises(NotTaken, match="HTTP 302"):
        posting.post(hook.address, b"{}", {}, PRIVATE)
    assert len(receiver.taken) == 1


def test_a_slow_receiver_is_not_waited_for(hook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "LIMIT_S", 0.2)
    receiver.is_silent = True
    with pytest.raises(NotTaken):
        posting.post(hook.address, b"{}", {}, PRIVATE)


def test_a_name_is_resolved_once_and_only_into_allowed_networks(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def resolve(host: str, port: int, **_more: object) -> list[Any]:
        asked.append(host)
        ip = "127.0.0.1" if len(asked) == 1 else "93.184.216.34"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    monkeypatch.setattr(posting.socket, "getaddrinfo", resolve)
    posting.resolved("erp.example", 80, PRIVATE)
    with pytest.raises(BadAddress, match="outside the networks"):
        posting.resolved("erp.example", 80, PRIVATE)
    assert asked == ["erp.example", "erp.example"]


@pytest.mark.parametrize(
    "address",
    ["ftp://127.0.0.1/", "http://", "http://a:b@127.0.0.1/", "http://127.0.0.1:99999/", "http://127.0.0.1/\n"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        posting.post(address, b"{}", {}, PRIVATE)


@pytest.mark.parametrize(
    ("ip", "may_go"),
    [("10.2.3.4", True), ("::ffff:10.2.3.4", True), ("fd00::1", True), ("169.254.169.254", False),
     ("::ffff:8.8.8.8", False), ("fe80::1%eth0", False)],
)  # fmt: skip
def test_which_addresses_lie_inside(ip: str, may_go: bool) -> None:
    assert may_go_to(ip, PRIVATE) is may_go


def test_a_webhook_out_of_use_is_told_nothing_more(hook: Webhook, admin: User, receiver: Receiver) -> None:
    happens(admin)
    with acting(admin, channel="test"):
        Webhook.objects.filter(pk=hook.pk).update(is_active=False)
    happens(admin)
    assert send(WebhookDelivery.objects.get()).status == Sending.ENDED
    assert receiver.taken == []


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_who_administers_sets_one_up_tries_it_and_sees_what_came(plant: Plant, admin: User, receiver: Receiver) -> None:
    client = as_(admin)
    form = {"site": plant.site.pk, "name": "MES", "address": receiver.address, "events": "orders.*,doorbell.rang",
            "is_active": "on"}  # fmt: skip
    bad = client.post("/admin/factory_core/webhook/add/", {**form, "address": "http://8.8.8.8/"})
    assert "outside the networks" in bad.content.decode()
    said = client.post("/admin/factory_core/webhook/add/", form, follow=True).content.decode()
    webhook = Webhook.objects.get()
    secret = services.unseal(webhook.sealed)
    assert secret is not None
    assert secret in said
    assert secret not in webhook.sealed
    assert secret not in client.get(f"/admin/factory_core/webhook/{webhook.pk}/change/").content.decode()

    client.post("/admin/factory_core/webhook/", {"action": "test", "_selected_action": [webhook.pk]})
    send(WebhookDelivery.objects.get())
    assert json.loads(receiver.taken[0][2])["name"] == "webhooks.test"
    assert "HTTP 200" in client.get("/admin/factory_core/webhookdelivery/").content.decode()


def test_strangers_and_other_sites_see_no_webhook(hook: Webhook) -> None:
    assert as_(a_user("stranger")).get("/admin/factory_core/webhook/").status_code == 403
    elsewhere = as_(a_user("otto", "it_admin", a_plant("other").site))
    assert "ERP" not in elsewhere.get("/admin/factory_core/webhook/").content.decode()
    assert elsewhere.get(f"/admin/factory_core/webhook/{hook.pk}/change/").status_code in (302, 403, 404)
