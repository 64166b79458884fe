"""Letting an edge node in: it becomes a gateway of its own kind, without a token, known by group and node."""

from datetime import datetime

from django.utils.translation import gettext as _

from factory_core.errors import Invalid, Missing
from factory_core.people.models import User
from factory_core.plant.models import Machine, Site
from telemetry.devices.models import Gateway, Newcomer, Source, Tag
from telemetry.devices.services import add_tag
from telemetry.devices.services.newcomers import admit_newcomer
from telemetry.sparkplug.queries import birth_metrics, node_of
from telemetry.sparkplug.rules.topics import name_of


class NoSuchNode(Missing):
    """No edge node of this name waits."""

    code = "no_such_node"


class NotInBirths(Invalid):
    """The node's births offer nothing of this address that can be collected."""

    code = "not_in_births"


def admit_node(*, actor: User, name: str, code: str, site: Site, at: datetime) -> Gateway:
    """Let the edge node `group/node` in; from then on tags that are chosen are stored. Raises NoSuchNode, CodeTaken."""
    newcomer = Newcomer.objects.filter(source=Source.SPARKPLUG, name=name).first()
    if newcomer is None:
        raise NoSuchNode(
            _("No Sparkplug node '%(name)s' waits. It is listed here once the plant's broker carried a message of it.")
            % {"name": name}
        )
    return admit_newcomer(actor=actor, newcomer_id=newcomer.pk, code=code, site=site, at=at, name=name)


def choose_metric(
    *,
    actor: User,
    gateway_id: int,
    address: str,
    decision: str,
    at: datetime,
    name: str = "",
    machine: Machine | None = None,
    kind: str = "",
) -> Tag:
    """Collect one metric of a node's births; kind and unit come from the birth unless `kind` says counter, say.

    Raises NotInBirths, NoDecision, CodeTaken, NotAllowed.
    """
    gateway = Gateway.objects.filter(pk=gateway_id, source=Source.SPARKPLUG).first()
    node = node_of(gateway) if gateway else None
    found = next((each for each in birth_metrics(node) if each.address == address), None) if node else None
    if found is None or not found.kind:
        raise NotInBirths(
            _("The births of this node offer nothing at '%(address)s' that can be collected.") % {"address": address}
        )
    tag = add_tag(
        actor=actor, gateway_id=gateway_id, name=name or name_of(address), decision=decision, at=at,
        kind=kind or found.kind, machine=machine, unit=found.unit,
    )  # fmt: skip
    tag.address = address
    tag.version += 1
    tag.save(update_fields=["address", "version", "updated_at"])
    return tag
