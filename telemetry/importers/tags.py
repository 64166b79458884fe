"""The machines and tags that rows name: found, made where that was asked for, or missing."""

import re
from collections.abc import Callable, Collection, Mapping

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.importing.kinds import Context
from factory_core.plant.importers import MANAGE, made_from_key
from factory_core.plant.models import Machine, Site
from telemetry.devices.models import Gateway, GatewayStatus, Tag, TagKind

# (code of the machine, key of the tag as the file writes it)
Named = tuple[str, str]
_BLANKS = re.compile(r"\s+")


def found_or_made(
    wanted: Collection[Named], context: Context, words: Callable[[], Mapping[Named, bool]]
) -> tuple[dict[str, Machine], dict[Named, Tag]]:
    """The machines by code, and the tags. A tag is called as its key, or as machine and key.

    `words` says which keys the whole file has, and whether any of their values is a word; it is asked only when tags
    are made.
    """
    machines = _machines({machine for machine, _key in wanted}, context)
    tags = _tags(wanted, machines, context.here)
    missing = [named for named in wanted if named not in tags and named[0] in machines]
    if missing and context.creates_missing:
        told = words()
        more = [named for named in told if named[0] in machines and named not in tags]
        more = [named for named in more if named not in _tags(more, machines, context.here)]
        gateway = _gateway(context.here)
        made = [_tag(gateway, machines[named[0]], named, is_word=told.get(named, False)) for named in {*missing, *more}]
        Tag.objects.bulk_create([tag for tag in made if tag is not None], batch_size=500)
        tags = _tags(wanted, machines, context.here)
    return machines, tags


def name_in(machine: Machine, key: str) -> str:
    """What a tag made for a key of a machine is called."""
    return f"{machine.code}.{_BLANKS.sub('_', key.strip())}"


def import_gateway(site: Site) -> str:
    """The code of the gateway to which tags belong that only imports brought: nothing can send by it."""
    return f"import-{site.code}"[:40]


def _machines(codes: Collection[str], context: Context) -> dict[str, Machine]:
    here = Machine.objects.filter(line__area__site=context.here)
    found = {machine.code: machine for machine in here.filter(code__in=codes)}
    if context.creates_missing and may(context.actor, MANAGE, context.here):
        for code in sorted(set(codes) - found.keys()):
            try:
                found[code] = made_from_key(code, context)
            except ValidationError:
                # The rows that name it are refused, as those are that name a machine nobody knows.
                continue
    return found


def _tags(wanted: Collection[Named], machines: Mapping[str, Machine], site: Site) -> dict[Named, Tag]:
    both = {named: (named[1], name_in(machines[named[0]], named[1])) for named in wanted if named[0] in machines}
    names = {name for pair in both.values() for name in pair}
    of_machines = Q(machine__in=[machine.pk for machine in machines.values()], name__in=names)
    found: dict[tuple[int, str], Tag] = {}
    # Where two gateways use one name, the rules of states hear the first.
    for tag in Tag.objects.filter(of_machines, gateway__site=site).order_by("-id"):
        found[tag.machine_id or 0, tag.name] = tag
    tags = {}
    for named, pair in both.items():
        for name in pair:
            if (key := (machines[named[0]].pk, name)) in found:
                tags[named] = found[key]
                break
    return tags


def _gateway(site: Site) -> Gateway:
    """Revoked from its first day: its tags are history, and no sender may ever use it."""
    return Gateway.objects.get_or_create(
        code=import_gateway(site),
        defaults={"name": _("Imported readings"), "site": site, "status": GatewayStatus.REVOKED},
    )[0]


def gateway_of(site: Site) -> Gateway:
    """The gateway of imports of a site, made at its first need."""
    return _gateway(site)


def _tag(gateway: Gateway, machine: Machine, named: Named, *, is_word: bool) -> Tag | None:
    tag = Tag(
        gateway=gateway, machine=machine, name=name_in(machine, named[1]),
        kind=TagKind.TEXT if is_word else TagKind.NUMBER, decision=_("History of the old system"),
    )  # fmt: skip
    try:
        tag.clean_fields(exclude=["gateway", "machine", "device"])
    except ValidationError:
        return None
    return tag
