"""Rules and suggestions as lists and pages show them."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.queries import items_found
from inventory.replenishment.models import ReplenishmentRule, Suggestion
from inventory.replenishment.states import SuggestionStatus


class NoSuchRule(Missing):
    """The rule does not exist, or the asker may not see it."""

    code = "no_such_rule"


class NoSuchSuggestion(Missing):
    """The suggestion does not exist, or the asker may not see it."""

    code = "no_such_suggestion"


def suggestions_found(
    actor: User, *, text: str = "", site: str = "", status: str = SuggestionStatus.OPEN
) -> QuerySet[Suggestion]:
    """Suggestions, the most urgent first; an empty status means all."""
    rows = visible(actor, Suggestion.objects.select_related("item__unit", "site", "supplier", "order_line__order"))
    if status:
        rows = rows.filter(status=status)
    if site:
        rows = rows.filter(site__code=site)
    if text:
        rows = rows.filter(item__in=items_found(actor, text))
    return rows.order_by("order_on", "id")


def suggestion_or_missing(actor: User, number: int) -> Suggestion:
    """A suggestion somebody may see. Raises NoSuchSuggestion."""
    one = suggestions_found(actor, status="").filter(pk=number).first() if number < 2**63 else None
    if one is None:
        raise NoSuchSuggestion(_("There is no such suggestion that you may see."))
    return one


def rules_found(actor: User, *, text: str = "", site: str = "") -> QuerySet[ReplenishmentRule]:
    """Rules by item."""
    rows = visible(actor, ReplenishmentRule.objects.select_related("item__unit", "site"))
    if site:
        rows = rows.filter(site__code=site)
    if text:
        rows = rows.filter(item__in=items_found(actor, text))
    return rows.order_by("item__number", "site__code")


def rule_or_missing(actor: User, rule_id: int) -> ReplenishmentRule:
    """A rule somebody may see. Raises NoSuchRule."""
    rule = rules_found(actor).filter(pk=rule_id).first() if rule_id < 2**63 else None
    if rule is None:
        raise NoSuchRule(_("There is no such replenishment rule that you may see."))
    return rule


def sites_to_refill(actor: User, capability: str = "inventory.purchasing.view") -> QuerySet[Site]:
    """Sites at which the actor may do so."""
    return visible(actor, Site.objects.order_by("code"), capability)
