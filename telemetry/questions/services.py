"""Asking a gateway to look into a device."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import Busy
from factory_core.people.models import User
from telemetry.devices.models import Gateway
from telemetry.devices.services import BadConfiguration, NoSuchGateway
from telemetry.devices.services.common import must_be_active
from telemetry.edge.config import ConfigError, remote_devices
from telemetry.edge.questions import LARGEST_FOUND
from telemetry.questions.models import GatewayQuestion, QuestionKind
from telemetry.questions.rules import KEEP, MOST_OPEN, WAIT_FOR_ANSWER

LARGEST_DEVICE = 64 * 1024
LONGEST_ADDRESS = 400


class TooManyQuestions(Busy):
    """The gateway still looks for the answers to several questions."""

    code = "too_many_questions"


def ask_gateway(
    *,
    actor: User,
    gateway_id: int,
    kind: str,
    device: dict[str, Any],
    at: datetime,
    address: str = "",
    addresses: Sequence[str] = (),
) -> GatewayQuestion:
    """Ask what there is under `address` of a device (`browse`), or for the values at `addresses` (`read`).

    `device`: its settings as in the gateway's configuration, saved or not yet. The gateway hears of it when the
    caller's transaction is committed; the live topic `gateway:<id>` tells when it answered.
    Raises NoSuchGateway, GatewayNotActive, BadConfiguration, TooManyQuestions.
    """
    gateway = Gateway.objects.filter(pk=gateway_id).first()
    if gateway is None:
        raise NoSuchGateway(_("There is no gateway with number %(number)s.") % {"number": gateway_id})
    require(actor, "telemetry.device.manage", gateway)
    must_be_active(gateway)
    _check(kind, device, address, addresses)
    open_now = GatewayQuestion.objects.filter(
        gateway=gateway, answered_at=None, asked_at__gt=at - WAIT_FOR_ANSWER, asked_at__lte=at
    )
    if open_now.count() >= MOST_OPEN:
        raise TooManyQuestions(
            _("Gateway %(gateway)s still works on %(number)s questions. Ask again in a moment.")
            % {"gateway": gateway.code, "number": MOST_OPEN}
        )
    return GatewayQuestion.objects.create(
        gateway=gateway, kind=kind, device=device, address=address, addresses=list(addresses), asked_by=actor,
        asked_at=at,
    )  # fmt: skip


def _check(kind: str, device: dict[str, Any], address: str, addresses: Sequence[str]) -> None:
    if kind not in QuestionKind.values:
        raise BadConfiguration(_("A gateway can be asked to browse or to read, not to '%(kind)s'.") % {"kind": kind})
    if len(json.dumps(device)) > LARGEST_DEVICE:
        raise BadConfiguration(_("The settings of a device have at most 64 KiB."))
    if len(addresses) > LARGEST_FOUND:
        raise BadConfiguration(
            _("At most %(number)s values can be read at once. Choose fewer.") % {"number": LARGEST_FOUND}
        )
    if any(len(each) > LONGEST_ADDRESS or "\0" in each for each in (address, *addresses)):
        raise BadConfiguration(
            _("An address in a device has at most %(number)s characters.") % {"number": LONGEST_ADDRESS}
        )
    try:
        remote_devices({"devices": [device]}, [])
    except ConfigError as error:
        raise BadConfiguration(str(error)) from error


def forget_old_questions(*, at: datetime) -> int:
    """Delete questions of more than a day ago; returns how many. They are nobody's record, so nobody is asked."""
    return GatewayQuestion.objects.filter(asked_at__lt=at - KEEP).delete()[0]
