"""Work centres of the old system come over with what an hour of them costs."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.importing.kinds import Context, Outcome, Row
from production.costing.models import Rate
from production.costing.services.rates import MANAGE
from production.products.models import WorkCentre
from production.products.services.bringing.centres import Centres

_HOURS = ("machine_hour", "labour_hour", "overhead_hour")
_DIGITS, _MOST = Decimal("0.000001"), Decimal(10) ** 12


def take_centres(rows: Sequence[Row], context: Context) -> None:
    """Bring rows of work centres in; see `factory_core.importing.kinds.Take`.

    What an hour costs holds from the day said, else from today; what is said already by another day stays history.
    """
    centres = Centres(context, (row.values.get("code") for row in rows))
    pairs = [(row, centre) for row in rows if (centre := centres.take(row)) is not None]
    rated = [(row, centre) for row, centre in pairs if _may_be(row, context)]
    centres.keep()
    known: dict[int, list[Rate]] = {}
    there = Rate.objects.filter(work_centre__in=[centre.pk for _row, centre in rated]).select_for_update()
    for rate in there.order_by("valid_from"):
        known.setdefault(rate.work_centre_id, []).append(rate)
    today = timezone.localdate(context.at)
    found = (_rate(row, centre, known.get(centre.pk, []), today) for row, centre in rated)
    rates: list[Rate] = [rate for rate in found if rate is not None]
    added = [rate for rate in rates if rate.pk is None]
    changed = [rate for rate in rates if rate.pk is not None]
    Rate.objects.bulk_create(added, batch_size=1000)
    for rate in changed:
        rate.version += 1
    if changed:
        Rate.objects.bulk_update(changed, [*_HOURS, "currency", "version"], batch_size=500)


def _may_be(row: Row, context: Context) -> bool:
    """Whether a row says what an hour costs, in amounts that can be."""
    said = {name: row.values[name] for name in _HOURS if row.values.get(name) is not None}
    if said and not may(context.actor, MANAGE):
        row.refuse(next(iter(said)), "not_allowed", _("You may not say what an hour costs; leave this column out."))
    for name, amount in said.items():
        if not 0 <= Decimal(str(amount)) < _MOST:
            row.refuse(name, "out_of_bounds", _("An amount of money from zero up."))
    return bool(said) and row.outcome is not Outcome.REFUSED


def _rate(row: Row, centre: WorkCentre, there: list[Rate], today: date) -> Rate | None:
    said: dict[str, Any] = {
        name: Decimal(str(row.values[name])).quantize(_DIGITS, ROUND_HALF_UP)
        for name in _HOURS
        if row.values.get(name) is not None
    }
    since = row.values.get("rate_from")
    on = since if isinstance(since, date) else today
    standing = next((rate for rate in reversed(there) if rate.valid_from <= on), None)
    exact = standing is not None and standing.valid_from == on
    if standing is None and not any(said.values()):
        return None
    if standing is not None and (exact or since is None):
        differ = [name for name in said if getattr(standing, name) != said[name]]
        if not differ:
            return None
        if row.outcome is Outcome.UNCHANGED:
            row.outcome = Outcome.CHANGED
        row.changes |= {name: (f"{getattr(standing, name).normalize():f}", f"{said[name]:f}") for name in differ}
        if exact:
            for name in differ:
                setattr(standing, name, said[name])
            return standing
    former = {name: getattr(standing, name) for name in (*_HOURS, "overhead_base")} if standing is not None else {}
    if row.outcome is Outcome.UNCHANGED:
        row.outcome = Outcome.CHANGED
    return Rate(work_centre=centre, valid_from=on, currency=settings.CURRENCY, **{**former, **said})
