"""Corrections that late data proposes and nobody has decided yet."""

from collections.abc import Iterable

from production.downtime.models import Downtime, DowntimeCorrection
from production.downtime.states import CorrectionStatus

# More than anybody decides in one sitting; the oldest come first.
MOST = 100


def proposed_on(machine_ids: Iterable[int]) -> list[DowntimeCorrection]:
    """The undecided corrections of machines with their stops, oldest first, at most a hundred."""
    rows = DowntimeCorrection.objects.filter(machine__among=machine_ids, status=CorrectionStatus.PROPOSED)
    return list(rows.select_related("downtime", "machine").order_by("id")[:MOST])


def proposed_for(downtime: Downtime) -> DowntimeCorrection | None:
    """The undecided correction of a stop."""
    return downtime.corrections.filter(status=CorrectionStatus.PROPOSED).first()
