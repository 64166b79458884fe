"""Setting webhooks up, and sending what happened."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from factory_core.access.identity import acting
from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.webhooks.events import WEBHOOK_GAVE_UP
from factory_core.webhooks.models import Webhook, WebhookDelivery
from factory_core.webhooks.posting import BadAddress, NotTaken, parts_of, post, resolved
from factory_core.webhooks.rules import SIGNATURE, networks_of, signature, wait_after
from factory_core.webhooks.sealing import new_secret, seal, unseal
from factory_core.webhooks.states import Sending

MANAGE = "webhook.manage"
KEPT = timedelta(days=30)
# So many messages to one program are handed to the worker at a time.
AT_ONCE = 20
_WAITING = """
UPDATE factory_core_webhookdelivery SET status = 'QUEUED' WHERE id IN (
  SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY webhook_id ORDER BY id) AS place
    FROM factory_core_webhookdelivery WHERE status = 'WAITING') waiting WHERE place <= %s)
AND status = 'WAITING' RETURNING id
"""


def check_address(address: str) -> None:
    """Refuse an address to which messages may not go. Raises BadAddress."""
    _scheme, host, port, _target = parts_of(address)
    try:
        resolved(host, port, networks_of(settings.WEBHOOK_NETWORKS))
    except NotTaken as error:
        raise BadAddress(_("The address of %(why)s was not found.") % {"why": error}) from error


def give_secret(*, actor: User, webhook: Webhook) -> str:
    """A new secret for a webhook, told this once; messages from now on are signed with it."""
    require(actor, MANAGE, webhook.site)
    secret = new_secret()
    webhook.sealed = seal(secret)
    webhook.version += 1
    webhook.save(update_fields=["sealed", "version", "updated_at"])
    return secret


def send_test(*, actor: User, webhook: Webhook, at: datetime) -> WebhookDelivery:
    """Have a message without an event sent."""
    require(actor, MANAGE, webhook.site)
    return WebhookDelivery.objects.create(webhook=webhook, made_at=at)


def take_waiting() -> list[int]:
    """The messages to hand to the worker now, each once; in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [AT_ONCE])
        return [key for (key,) in cursor.fetchall()]


def deliver(*, delivery_id: int, attempts: int, at: datetime) -> None:
    """Send one message, and keep how it went. Raises NotTaken when it is to be tried again, or was given up."""
    delivery = WebhookDelivery.objects.select_related("webhook__site", "event__machine", "event__actor").get(
        pk=delivery_id
    )
    if delivery.status == Sending.SENT:
        return
    webhook = delivery.webhook
    if not webhook.is_active:
        _keep(delivery, Sending.ENDED, "", at)
        return
    try:
        answer = f"HTTP {_sent(webhook, delivery, at)}"
    except (NotTaken, BadAddress) as error:
        given_up = wait_after(attempts) is None
        _keep(delivery, Sending.FAILED if given_up else Sending.QUEUED, str(error), at)
        if given_up:
            _tell(delivery, str(error), at)
        raise NotTaken(str(error)) from error
    _keep(delivery, Sending.SENT, answer, at)


def forget_old(*, at: datetime) -> int:
    """Messages that were taken long ago are kept no longer; the events stay."""
    ended = [Sending.SENT.value, Sending.ENDED.value]
    return WebhookDelivery.objects.filter(status__in=ended, made_at__lt=at - KEPT).delete()[0]


def message_of(delivery: WebhookDelivery) -> dict[str, Any]:
    """What is told of an event; a receiver knows it again by `id`."""
    event, site = delivery.event, delivery.webhook.site
    if event is None:
        return {"id": f"test-{delivery.pk}", "name": "webhooks.test", "at": delivery.made_at.isoformat(),
                "site": site.code}  # fmt: skip
    return {
        "id": event.pk, "name": event.name, "at": event.at.isoformat(), "recorded_at": event.recorded_at.isoformat(),
        "site": site.code, "machine": event.machine.code if event.machine else None, "by": event.actor.username,
        "about": event.about, "payload": event.payload,
    }  # fmt: skip


def _sent(webhook: Webhook, delivery: WebhookDelivery, at: datetime) -> int:
    secret = unseal(webhook.sealed)
    if secret is None:
        raise NotTaken(_("its secret cannot be read with the plant's key: give it a new one"))
    body = json.dumps(message_of(delivery), ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        SIGNATURE: signature(secret, body, int(at.timestamp())), "User-Agent": "Millwright",
        "X-Millwright-Id": str(message_of(delivery)["id"]),
    }  # fmt: skip
    return post(webhook.address, body, headers, networks_of(settings.WEBHOOK_NETWORKS))


def _keep(delivery: WebhookDelivery, status: Sending, answer: str, at: datetime) -> None:
    delivery.status, delivery.answer, delivery.tried_at = status.value, answer[:200], at
    delivery.attempts += 1
    delivery.save(update_fields=["status", "answer", "tried_at", "attempts"])


def _tell(delivery: WebhookDelivery, why: str, at: datetime) -> None:
    hand = service_user("webhooks")
    with acting(hand, channel="worker"):
        publish(WEBHOOK_GAVE_UP, about=[delivery.webhook], at=at, actor=hand, event=delivery.event_id, reason=why[:200])
