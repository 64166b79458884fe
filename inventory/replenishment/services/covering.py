"""A plan takes over: what it orders is not suggested besides."""

from collections.abc import Collection

from django.db.models import F
from django.db.models.functions import Now

from factory_core.plant.models import Site
from inventory.replenishment.models import Suggestion
from inventory.replenishment.states import SuggestionStatus


def hold_suggestions(*, site: Site) -> dict[int, int]:
    """Until the transaction ends nobody orders an open suggestion of the site: a plan reads what is on order.

    Gives the item of each suggestion.
    """
    rows = Suggestion.objects.filter(site=site, status=SuggestionStatus.OPEN).order_by("id")
    return dict(rows.select_for_update(no_key=True).values_list("pk", "item_id"))


def end_suggestions(*, keys: Collection[int]) -> None:
    """These open suggestions, held before, are no longer needed: a plan orders their items."""
    if keys:
        gone = Suggestion.objects.filter(pk__in=keys, status=SuggestionStatus.OPEN)
        gone.update(status=SuggestionStatus.GONE, version=F("version") + 1, updated_at=Now())
