"""What late data proposes: accepted by rule while no person touched the record, else by a person, or turned down."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import Missing, Refused, StaleVersion
from factory_core.events.services import publish
from factory_core.people.models import User
from production.downtime import events
from production.downtime.models import Downtime, DowntimeCorrection
from production.downtime.queries import standing
from production.downtime.rules import FOREVER, Correction, keeps_reason
from production.downtime.services.locks import REASON_FIELDS, clear_reason, live, locked_machine, store
from production.downtime.states import CorrectionStatus, DowntimeStatus


class NoSuchCorrection(Missing):
    """The correction does not exist, or the asker may not see it."""

    code = "no_such_correction"


class AlreadyDecided(Refused):
    """The correction was accepted, turned down or withdrawn before."""

    code = "already_decided"


class NeighbourInTheWay(Refused):
    """The proposed times overlap another downtime of the machine."""

    code = "neighbour_in_the_way"


def correct(*, actor: User, downtime: Downtime, wanted: Correction, at: datetime) -> None:
    """Put a correction on record, and carry it out when the rule accepted it. The same proposal is made once.

    A proposal that a person turned down is not made again.
    """
    same = Q(kind=wanted.kind, started_at=wanted.started_at, ended_at=wanted.ended_at)
    undone = (CorrectionStatus.PROPOSED, CorrectionStatus.REJECTED)
    if not wanted.accepted and downtime.corrections.filter(same, status__in=undone).exists():
        return
    correction = downtime.corrections.filter(status=CorrectionStatus.PROPOSED).first()
    if correction is None:
        correction = DowntimeCorrection(machine=downtime.machine, downtime=downtime)
    else:
        correction.version += 1
    correction.kind, correction.started_at, correction.ended_at = wanted.kind, wanted.started_at, wanted.ended_at
    correction.status = CorrectionStatus.PROPOSED
    if wanted.accepted:
        _carry_out(actor, correction, at)
        return
    correction.save()
    publish(
        events.CORRECTION_PROPOSED,
        about=[downtime, downtime.machine],
        at=at,
        actor=actor,
        live=live(downtime.machine),
        proposal=told(correction),
        correction_id=correction.pk,
        downtime_id=downtime.pk,
    )


def withdraw_outdated(
    *, actor: User, downtimes: Iterable[Downtime], wanted: Iterable[Correction], at: datetime
) -> None:
    """Take back proposals for records that agree with the states again."""
    still = {correction.id for correction in wanted}
    settled = [downtime.pk for downtime in downtimes if downtime.pk not in still]
    rows = DowntimeCorrection.objects.filter(downtime__in=settled, status=CorrectionStatus.PROPOSED)
    for correction in rows.select_related("downtime__machine", "machine"):
        _decide(actor, correction, CorrectionStatus.REJECTED, at)
        publish(
            events.CORRECTION_WITHDRAWN,
            about=[correction.downtime, correction.machine],
            at=at,
            actor=actor,
            downtime_id=correction.downtime_id,
        )


def accept_correction(
    *, actor: User, correction_id: int, at: datetime, version: int | None = None
) -> DowntimeCorrection:
    """Let a proposed correction come true. The reason stays where more than half of the stop was there before.

    Raises NoSuchCorrection, AlreadyDecided, StaleVersion, NeighbourInTheWay.
    """
    correction = _locked(actor, correction_id, version)
    downtime = correction.downtime
    if correction.started_at is not None:
        others = standing().filter(machine=correction.machine, started_at__lt=correction.ended_at or FOREVER)
        others = others.filter(Q(ended_at=None) | Q(ended_at__gt=correction.started_at)).exclude(pk=downtime.pk)
        if others.exists():
            raise NeighbourInTheWay(
                _("The proposed times overlap another stop of %(machine)s. Merge the stops, or turn this down.")
                % {"machine": correction.machine.name}
            )
    _carry_out(actor, correction, at)
    return correction


def reject_correction(
    *, actor: User, correction_id: int, at: datetime, version: int | None = None
) -> DowntimeCorrection:
    """Turn a proposed correction down: the record stays as people settled it."""
    correction = _locked(actor, correction_id, version)
    _decide(actor, correction, CorrectionStatus.REJECTED, at)
    publish(
        events.CORRECTION_REJECTED,
        about=[correction.downtime, correction.machine],
        at=at,
        actor=actor,
        live=live(correction.machine),
        downtime_id=correction.downtime_id,
    )
    return correction


def told(correction: DowntimeCorrection) -> str:
    """What a correction proposes, in local time."""
    if correction.started_at is None:
        return str(_("the machine ran"))
    zone = correction.machine.line.area.site.zone
    start = correction.started_at.astimezone(zone)
    end = correction.ended_at.astimezone(zone) if correction.ended_at else None
    until = f"{end:%H:%M:%S}" if end else str(_("now"))
    return f"{start:%Y-%m-%d %H:%M:%S}–{until}"


def _carry_out(actor: User, correction: DowntimeCorrection, at: datetime) -> None:
    downtime = correction.downtime
    if correction.started_at is None:
        downtime.status = DowntimeStatus.VOID
        downtime.ended_at = downtime.ended_at or max(at, downtime.started_at)
        if downtime.ended_at == downtime.started_at:
            downtime.ended_at = None
        store(downtime, "status", "ended_at")
    else:
        before = (downtime.started_at, downtime.ended_at or at)
        after = (correction.started_at, correction.ended_at or at)
        if downtime.reason_id is not None and not keeps_reason(before, after):
            clear_reason(downtime)
        downtime.started_at, downtime.ended_at = correction.started_at, correction.ended_at
        downtime.status = DowntimeStatus.OPEN if correction.ended_at is None else DowntimeStatus.CLOSED
        store(downtime, "started_at", "ended_at", "status", *REASON_FIELDS)
    _decide(actor, correction, CorrectionStatus.ACCEPTED, at)
    publish(
        events.DOWNTIME_CORRECTED,
        about=[downtime, downtime.machine],
        at=at,
        actor=actor,
        live=live(downtime.machine),
        proposal=told(correction),
        correction_id=correction.pk,
        downtime_id=downtime.pk,
    )


def _decide(actor: User, correction: DowntimeCorrection, status: CorrectionStatus, at: datetime) -> None:
    correction.status, correction.decided_by, correction.decided_at = status, actor, at
    if correction.pk is not None:
        correction.version += 1
    correction.save()


def _locked(actor: User, correction_id: int, version: int | None) -> DowntimeCorrection:
    found = visible(actor, DowntimeCorrection.objects.all()).filter(pk=correction_id).first()
    if found is None:
        raise NoSuchCorrection(_("There is no such correction that you may see."))
    require(actor, "production.downtime.edit", found)
    locked_machine(found.machine_id)
    correction = DowntimeCorrection.objects.select_related("machine__line__area__site", "downtime__machine__line").get(
        pk=correction_id
    )
    if correction.status != CorrectionStatus.PROPOSED:
        raise AlreadyDecided(_("This correction was decided before."))
    # More late data may have changed the proposal since somebody read it.
    if version is not None and version != correction.version:
        raise StaleVersion(
            _("More late data came in the meantime; it now says: %(proposal)s. Look again, then decide.")
            % {"proposal": told(correction)},
            current={"version": correction.version, "proposal": told(correction)},
        )
    return correction
