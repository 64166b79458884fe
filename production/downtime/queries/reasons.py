"""Which reasons there are, and which of them a machine needs most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from factory_core.plant.models import Machine
from production.downtime.models import Downtime, DowntimeReason
from production.downtime.states import STANDING

FREQUENT = 8
LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Choice:
    """A reason as a button."""

    code: str
    name: str
    suggested: bool = False


@dataclass(frozen=True)
class Group:
    """A category with its reasons."""

    name: str
    reasons: tuple[Choice, ...]


def frequent_reasons(machine: Machine, frozen_at: datetime, suggested: str = "") -> list[Choice]:
    """The eight reasons most often given at a machine in the 30 days before `frozen_at`, the start of the shift.

    What was given after it does not count, so that a button does not move under a finger (03-ux R6).
    """
    given_before = Q(explained_at__lt=frozen_at) | Q(explained_at=None, started_at__lt=frozen_at)
    counts = dict(
        Downtime.objects.filter(
            given_before,
            machine=machine,
            status__in=STANDING,
            reason__isnull=False,
            started_at__gte=frozen_at - LOOK_BACK,
        )
        .values_list("reason")
        .annotate(n=Count("id"))
        .order_by()
    )
    first = sorted(pickable(), key=lambda reason: -counts.get(reason.pk, 0))[:FREQUENT]
    return [Choice(reason.code, reason.name, reason.code == suggested) for reason in first]


def reason_groups() -> list[Group]:
    """All reasons in their categories; reasons without a category stand under "Other"."""
    groups: dict[str, list[Choice]] = {}
    for reason in pickable():
        name = reason.parent.name if reason.parent else _("Other")
        groups.setdefault(name, []).append(Choice(reason.code, reason.name))
    return [Group(name, tuple(choices)) for name, choices in groups.items()]


def pickable() -> Sequence[DowntimeReason]:
    """Reasons one may give: in use, and not a category that holds others."""
    active = DowntimeReason.objects.filter(is_active=True).select_related("parent")
    rows = sorted(active, key=_place)
    categories = {row.parent_id for row in rows}
    return [row for row in rows if row.pk not in categories]


def _place(reason: DowntimeReason) -> tuple[int, str, int, str]:
    """The order of the list: by category, inside it by position."""
    top = reason.parent or reason
    return top.position, top.code, reason.position, reason.code


def reason_by_word() -> dict[str, DowntimeReason]:
    """Which reason a word of a machine gives by itself; words are compared without case."""
    words: dict[str, DowntimeReason] = {}
    for reason in pickable():
        for word in reason.machine_words:
            words.setdefault(str(word).casefold(), reason)
    return words
