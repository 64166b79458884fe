"""Builders of time accounts: pieces a counter counted, accounts kept up to a minute, and what they say."""

from datetime import timedelta
from decimal import Decimal

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from factory_core.plant.models import Machine
from production.oee.models import AccountSlice, ShiftAccount
from production.oee.services import keep_accounts
from telemetry.devices.models import Tag
from telemetry.states.models import CounterStep
from tests.world.production import minute
from tests.world.telemetry import a_gateway, a_tag


def pieces(machine: Machine, *steps: tuple[float, int], counts: str = "pieces") -> None:
    """The machine's counter went up: (at minute, by so many)."""
    tag = Tag.objects.filter(machine=machine, name=f"{machine.code}.{counts}").first()
    if tag is None:
        gateway, _token = a_gateway(machine.line.area.site)
        tag = a_tag(gateway, f"{machine.code}.{counts}", machine, "counter")
    CounterStep.objects.bulk_create(
        CounterStep(machine=machine, tag=tag, at=minute(at), delta=Decimal(by), kind="count", counts=counts)
        for at, by in steps
    )


def kept(machine: Machine, at: float) -> int:
    """What the task does at a minute; gives how many accounts changed."""
    service = service_user("oee")
    with acting(service, channel="test"):
        return keep_accounts(actor=service, machine_id=machine.pk, at=minute(at))


def account_at(machine: Machine, at: float) -> ShiftAccount:
    """The account that covers a minute."""
    moment = minute(at)
    return ShiftAccount.objects.get(machine=machine, started_at__lte=moment, ended_at__gt=moment)


def said(account: ShiftAccount) -> dict[str, float]:
    """Minutes per class of an account."""
    found: dict[str, float] = {}
    for row in AccountSlice.objects.filter(account=account):
        if row.seconds:
            found[row.time_class] = found.get(row.time_class, 0) + float(row.seconds) / 60
    return found


def adds_up(account: ShiftAccount) -> bool:
    """Whether the classes add up to the account's period, to the millisecond."""
    rows = AccountSlice.objects.filter(account=account).values_list("seconds", flat=True)
    length = account.ended_at - account.started_at
    return sum(rows, Decimal(0)) == Decimal(length // timedelta(milliseconds=1)) / 1000
