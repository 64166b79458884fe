"""A plan takes over: what it orders is not suggested besides."""

from collections.abc import Collection

from django.db.models import F
from django.db.models.functions import Now

from factory_core.plant.models import Site
from inventory.replenishment.models import Suggestion
from inventory.replenishment.states import SuggestionStatus


def hold_suggestions(*, site: Site) -> None:
    """Until the transaction ends nobody orders an open suggestion of the site: a plan reads what is on order."""
    rows = Suggestion.objects.filter(site=site, status=SuggestionStatus.OPEN).order_by("id")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def end_suggestions(*, site: Site, items: Collection[int]) -> int:
    """Open suggestions of these items are no longer needed: a plan orders them. How many there were."""
    rows = Suggestion.objects.filter(site=site, status=SuggestionStatus.OPEN, item__in=items).order_by("id")
    keys = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    if not keys:
        return 0
    gone = Suggestion.objects.filter(pk__in=keys)
    return gone.update(status=SuggestionStatus.GONE, version=F("version") + 1, updated_at=Now())
