"""The opening for the day a site goes live: runs are put into it, and it is accepted or undone as a whole."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import Invalid, Missing, Refused
from factory_core.events.services import publish
from factory_core.importing import events
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.footprint import Footprint, Kept, Why, footprint_of
from factory_core.importing.queries.opening import CAME, GONE, has_come, members_of, missing_of
from factory_core.importing.register_models import Acceptance, Opening, OpeningRun
from factory_core.importing.services.accepting import ACCEPT, refuse_own, settle, signature, unsettle, withdraw
from factory_core.importing.states import Meaning, OpeningStatus, RunStatus
from factory_core.people.models import User
from factory_core.people.services import prove
from factory_core.plant.models import Site

RUN = "import.run"


class NoSuchOpening(Missing):
    """The opening does not exist, or the asker may not see it."""

    code = "no_such_opening"


class OpeningThere(Refused):
    """The site has an opening on that day."""

    code = "opening_exists"


class OpeningAccepted(Refused):
    """What was accepted is not changed before the acceptance is taken back."""

    code = "opening_accepted"


class NotForOpening(Invalid):
    """The run belongs to another site or opening, or nothing came of it."""

    code = "not_for_opening"


class OpeningNotWhole(Refused):
    """A run of the opening has not come in."""

    code = "opening_not_whole"


def begin_opening(*, actor: User, site: Site, opens_on: date, at: datetime, note: str = "") -> Opening:
    """Name the day on which a site goes live. Raises NotAllowed, OpeningThere."""
    require(actor, RUN, site)
    try:
        with transaction.atomic():
            opening = Opening.objects.create(site=site, opens_on=opens_on, note=note.strip()[:400])
    except IntegrityError as error:
        raise OpeningThere(
            _("%(site)s has an opening on %(day)s already.") % {"site": site.name, "day": opens_on.isoformat()}
        ) from error
    publish(events.OPENING_BEGUN, about=[opening], at=at, actor=actor)
    return opening


def put_in(*, actor: User, opening_id: int, run_ids: Iterable[int], at: datetime) -> int:
    """Put runs of the same site into an opening; those in it already stay. Gives how many came.

    Raises NoSuchOpening, NotAllowed, OpeningAccepted, NotForOpening.
    """
    opening = _open(actor, opening_id, RUN)
    wanted = set(run_ids)
    runs = list(visible(actor, ImportRun.objects.filter(pk__in=wanted, site=opening.site), "import.view"))
    others = OpeningRun.objects.filter(run__in=runs).exclude(opening=opening)
    elsewhere = others.select_related("run", "opening").first()
    if elsewhere is not None:
        raise NotForOpening(
            _("%(file)s belongs to the opening on %(day)s.") % {"file": elsewhere.run, "day": elsewhere.opening}
        )
    unfit = next((run for run in runs if run.status in GONE), None)
    if len(runs) < len(wanted) or unfit is not None:
        raise NotForOpening(
            _("%(file)s does not belong to an opening of %(site)s: nothing of it is there.")
            % {"file": unfit or _("One of the imports"), "site": opening.site.name}
        )
    there = set(OpeningRun.objects.filter(opening=opening).values_list("run_id", flat=True))
    new = [OpeningRun(opening=opening, run=run) for run in runs if run.pk not in there]
    OpeningRun.objects.bulk_create(new)
    return len(new)


def take_out(*, actor: User, opening_id: int, run_id: int, at: datetime) -> None:
    """A run does not belong to the opening. Raises NoSuchOpening, NotAllowed, OpeningAccepted."""
    opening = _open(actor, opening_id, RUN)
    OpeningRun.objects.filter(opening=opening, run=run_id).delete()


def accept_opening(
    *, actor: User, opening_id: int, secret: str, at: datetime, meaning: str = Meaning.APPROVED, note: str = ""
) -> Acceptance:
    """Sign an opening as a whole; its runs are accepted with it, and what is missing is part of what is signed.

    Raises NoSuchOpening, NotAllowed, OpeningAccepted, OpeningNotWhole, OwnImport, BadMeaning, WrongSecret.
    """
    opening = _open(actor, opening_id, ACCEPT)
    runs = [run for run in _locked_runs(opening) if run.status not in GONE]
    if not runs:
        raise OpeningNotWhole(_("No import belongs to this opening yet."))
    for run in runs:
        if run.status not in CAME and has_come(run):
            raise OpeningNotWhole(
                _("Rows of %(file)s wait to come in: bring them, or leave them out.") % {"file": run.file_name}
            )
        if run.status not in CAME:
            raise OpeningNotWhole(
                _("%(file)s has not come in: bring it, or take it out of the opening.") % {"file": run.file_name}
            )
    refuse_own(actor, runs)
    prove(actor, secret)
    missing = [one.code for one in missing_of(opening, runs)]
    signed = signature(
        actor, at, meaning, note, runs, opening=opening, opens_on=opening.opens_on.isoformat(), missing=missing
    )
    for run in runs:
        if run.status == RunStatus.IMPORTED:
            settle(run, actor, at)
    _stand(opening, OpeningStatus.ACCEPTED)
    publish(events.OPENING_ACCEPTED, about=[opening], at=at, actor=actor, runs=len(runs))
    return signed


def take_opening_back(*, actor: User, opening_id: int, secret: str, reason: str, at: datetime) -> Acceptance:
    """Take the acceptance of an opening back; runs that were not accepted for themselves are open again.

    Raises NoSuchOpening, NotAllowed, OpeningAccepted where there is nothing to take back, NoReason, WrongSecret.
    """
    opening = opening_locked(actor, opening_id, ACCEPT)
    signed = Acceptance.objects.select_for_update().filter(opening=opening, withdrawn_at=None).first()
    if signed is None:
        raise OpeningAccepted(_("The opening on %(day)s is not accepted.") % {"day": opening})
    withdraw(signed, actor, secret, reason, at)
    alone = Acceptance.objects.filter(run__membership__opening=opening, withdrawn_at=None)
    signed_alone = set(alone.values_list("run_id", flat=True))
    for run in _locked_runs(opening):
        if run.status == RunStatus.ACCEPTED and run.pk not in signed_alone:
            unsettle(run)
    _stand(opening, OpeningStatus.OPEN)
    publish(events.ACCEPTANCE_TAKEN_BACK, about=[opening], at=at, actor=actor, reason=signed.reason)
    return signed


@dataclass(frozen=True)
class Undoing:
    """What an undo of one run would take back, by table, and how many rows it would keep."""

    run: ImportRun
    reversed: int
    tables: tuple[tuple[str, int], ...]
    kept: int


def list_undo(*, actor: User, opening_id: int) -> list[Undoing]:
    """What an undo of the whole opening would do, run by run, the last one first; nothing is changed.

    What only a later run of the opening stands on does not stay: that run goes first. Raises as `runs_to_undo`.
    """
    found: list[Undoing] = []
    later: dict[str, set[int]] = defaultdict(set)
    for run in runs_to_undo(actor=actor, opening_id=opening_id):
        footprint = footprint_of(run)
        tables: Counter[str] = Counter()
        for part in (footprint.added, footprint.changed, footprint.removed):
            tables.update({table: len(keys) for table, keys in part.items()})
        kept = len(_staying(footprint, later))
        found.append(Undoing(run, tables.total() - kept, tuple(sorted(tables.items())), kept))
        for part in (footprint.added, footprint.changed, footprint.removed):
            for table, keys in part.items():
                later[table] |= keys
    return found


def _staying(footprint: Footprint, later: Mapping[str, set[int]]) -> set[tuple[str, int]]:
    """What stays of a run although the runs after it are gone."""
    gone = {(table, key) for table, keys in later.items() for key in keys}
    staying = dict(footprint.kept)
    while True:
        freed = [place for place, one in staying.items() if _reason(one) in gone]
        if not freed:
            return set(staying)
        for place in freed:
            del staying[place]
        gone.update(freed)


def _reason(one: Kept) -> tuple[str, int]:
    """The row because of which another one stays: itself, where somebody touched it since."""
    table, _space, key = one.by.rpartition(" ")
    return (table, int(key)) if one.why in (Why.USED_SINCE, Why.BELONGS) else (one.table, one.key)


def runs_to_undo(*, actor: User, opening_id: int) -> list[ImportRun]:
    """What an undo of the whole opening takes back, the last one first.

    Raises NoSuchOpening, NotAllowed, OpeningAccepted.
    """
    opening = _open(actor, opening_id, RUN)
    runs = [run for run in members_of(opening) if has_come(run)]
    accepted = next((run for run in runs if run.status == RunStatus.ACCEPTED), None)
    if accepted is not None:
        raise OpeningAccepted(
            _("%(file)s is accepted for itself: take that back before all of it is undone.")
            % {"file": accepted.file_name}
        )
    return sorted(runs, key=lambda run: (run.ended_at or run.started_at, run.pk), reverse=True)


def opening_locked(actor: User, opening_id: int, capability: str) -> Opening:
    """An opening that nobody else changes until this transaction ends. Raises NoSuchOpening, NotAllowed."""
    rows = visible(actor, Opening.objects.select_related("site"), "import.view").filter(pk=opening_id)
    opening = rows.select_for_update(of=("self",)).first()
    if opening is None:
        raise NoSuchOpening(_("There is no such opening that you may see."))
    require(actor, capability, opening.site)
    return opening


def _open(actor: User, opening_id: int, capability: str) -> Opening:
    opening = opening_locked(actor, opening_id, capability)
    if opening.status != OpeningStatus.OPEN:
        raise OpeningAccepted(
            _("The opening on %(day)s is accepted: take the acceptance back first.") % {"day": opening}
        )
    return opening


def _locked_runs(opening: Opening) -> list[ImportRun]:
    ids = OpeningRun.objects.filter(opening=opening).values("run_id")
    rows = ImportRun.objects.filter(pk__in=ids).select_related("site", "by").order_by("pk")
    return list(rows.select_for_update(of=("self",)))


def _stand(opening: Opening, status: OpeningStatus) -> None:
    opening.status = status.value
    opening.version += 1
    opening.save(update_fields=["status", "version", "updated_at"])
