"""Rows of a kind on their way out: what a person sees, with the numbers that the old system gave them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from factory_core.access.policy import visible
from factory_core.importing.kinds import OLD_ID, Kind, Value
from factory_core.importing.models import ExternalId
from factory_core.people.models import User
from factory_core.plant.models import Site

BATCH = 1000


def sites_for(user: User, kind: Kind) -> list[Site]:
    """The sites whose things of this kind a person may take out, by code."""
    return list(visible(user, Site.objects.order_by("code"), kind.capability))


def rows_out(kind: Kind, user: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    """What would have to stand in a file to come back unchanged; a few thousand rows are held at a time."""
    rows = iter(kind.rows(user, site))
    if not kind.old_id:
        yield from rows
        return
    while part := list(islice(rows, BATCH)):
        yield from _with_old_ids(kind, user, site, part)


def _with_old_ids(
    kind: Kind, user: User, site: Site | None, part: Sequence[Mapping[str, Value]]
) -> Iterator[Mapping[str, Value]]:
    name = kind.key[0]
    keys = {str(row[name]) for row in part if row.get(name) is not None}
    there = kind.known(user, site, keys) if kind.known is not None else {}
    kept = ExternalId.objects.filter(kind=kind.name, system="", record__in=list(there.values())).order_by("id")
    # A thing that had several numbers goes out with the last one said.
    numbers = {one.record: one.text for one in kept}
    for row in part:
        record = there.get(str(row.get(name)))
        yield {**row, OLD_ID: numbers.get(record) if record is not None else None}
