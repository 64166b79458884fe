"""What the pages of items share."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from factory_core.clock import now
from factory_core.people.models import User
from factory_core.web.stories import story_for
from inventory.items.forms import PlainForm, shown
from inventory.items.models import Item
from inventory.items.queries import NoSuchItem, items_seen

VIEW, MANAGE = "inventory.item.view", "inventory.item.manage"
COST_MANAGE, PRICE_MANAGE = "inventory.cost.manage", "inventory.price.manage"


def today() -> date:
    """The day it is where the reader is."""
    return timezone.localdate(now())


def item_by_id(user: User, item_id: int) -> Item:
    """An item of the acts' addresses. Raises NoSuchItem."""
    item = items_seen(user).filter(pk=item_id).first()
    if item is None:
        raise NoSuchItem(_("There is no such item that you may see."))
    return item


def version_read(request: HttpRequest) -> int | None:
    """Which version of the record the form was opened on."""
    said = request.POST.get("version", "")
    return int(said) if said.isdecimal() and len(said) < 10 else None


def clash_of(user: User, item: Item, form: PlainForm, there: dict[str, Any]) -> dict[str, Any]:
    """Context of `parts/clash.html`: the fields in which the form and the record differ, and who changed the item."""
    told = story_for(user, item, 1)["story"]
    both = {
        name: (shown(name, form.cleaned_data.get(name)), shown(name, there[name]))
        for name in form.fields
        if name in there
    }
    rows = [
        {"label": form[name].label, "yours": yours, "theirs": theirs}
        for name, (yours, theirs) in both.items()
        if yours != theirs
    ]
    return {"by": told[0].who if told else "", "rows": rows, "version": there["version"]}
