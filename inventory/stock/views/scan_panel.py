"""What the scan page shows for what it knows: the next question, proposals, units, and the act that is ready to go."""

import json
from decimal import Decimal
from typing import Any

from django.utils.formats import get_format
from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item
from inventory.items.queries import NoConversion, factor_of, units_of
from inventory.items.states import Tracking
from inventory.lots.panels import STATUS_FAMILIES, STATUS_ICONS, status_word
from inventory.stock.models import Location, StockBalance
from inventory.stock.queries import listing
from inventory.stock.queries.listing import Wish
from inventory.stock.queries.offers import Offered, offered
from inventory.stock.rules.scanning import CAPABILITY, SLOTS, TAKES, Act, Slot, code_of, typed_quantity
from inventory.stock.states import LocationKind
from inventory.stock.views.common import today
from inventory.stock.views.scan_state import Answer, State, act_title, expected, plain
from inventory.stock.words import place_word

MOST_UNITS, MOST_LINES, MOST_OFFERS = 5, 12, 4
ACTS_URL, PALLET_URL = "/api/v1/stock-moves", "/api/v1/locations/move-pallet"
ICONS = {
    Act.RECEIVE: "plus", Act.TRANSFER: "right", Act.ISSUE: "exit", Act.RETURN: "undo",
    Act.SCRAP: "minus-box", Act.REGRADE: "flag", Act.COUNT: "check", Act.LOOK: "search",
}  # fmt: skip
TYPED = frozenset({Slot.QUANTITY, Slot.REASON})


def acts_of(user: User) -> frozenset[Act]:
    """The acts this person may do somewhere."""
    return frozenset(act for act, capability in CAPABILITY.items() if may(user, capability))


def panel(user: User, state: State, answer: Answer | None, may_act: frozenset[Act]) -> dict[str, Any]:
    """The context of `inventory/stock/_panel.html`."""
    offers = _offers(user, state)
    override = _is_override(state, offers)
    item = state.item
    return {
        "state": state,
        "answer": answer,
        "carried": state.carried(),
        "acts": [_act(act, state) for act in Act if act in may_act],
        "title": act_title(state.act) if state.act else "",
        "expected": expected(state),
        "slots": _slots(state),
        "item": item,
        "offers": [_offer(offer, state) for offer in offers],
        "override": override,
        "lots_here": _lots_here(user, state),
        "keypad": item is not None and state.act in KEYPAD and not state.whole and item.tracking != Tracking.SERIAL,
        "decimal_sign": get_format("DECIMAL_SEPARATOR"),
        "units": _units(item) if item is not None else [],
        "unit": _unit(state),
        "asks_lot": state.act is Act.RECEIVE and state.tracked,
        "is_serial": item is not None and item.tracking == Tracking.SERIAL,
        "asks_reason": state.act in (Act.SCRAP, Act.REGRADE) or override,
        "reasons": _reasons(state, override),
        "ready": _ready(state),
        **_looked(user, state),
    }


KEYPAD = frozenset({Act.RECEIVE, Act.TRANSFER, Act.ISSUE, Act.RETURN, Act.SCRAP, Act.REGRADE})


def _act(act: Act, state: State) -> dict[str, Any]:
    return {
        "key": str(act),
        "title": act_title(act),
        "icon": ICONS[act],
        "code": code_of(act),
        "current": act is state.act,
        "url": "/counts/" if act is Act.COUNT else "",
    }


def _slots(state: State) -> list[dict[str, Any]]:
    """The lines that say what is known, in the order it is asked for."""
    if state.act is None:
        return []
    lines = [
        _line(Slot.FROM, _("From"), "from", state.source),
        _line(Slot.TO, _("To"), "to", state.target),
    ]
    if state.item is not None:
        lot = state.lot.number if state.lot else state.text("lot_number")
        detail = " · ".join(
            part for part in (state.item.name, _("lot %(number)s") % {"number": lot} if lot else "") if part
        )
        lines.append(
            {"slot": Slot.ITEM, "label": _("Item"), "name": "item", "value": state.item.number, "detail": detail}
        )
    else:
        lines.append({"slot": Slot.ITEM, "label": _("Item"), "name": "item", "value": "", "detail": ""})
    into = state.into
    lines.append({
        "slot": Slot.INTO, "label": _("Becomes"), "name": "into",
        "value": into.number if into else "", "detail": into.name if into else "",
    })  # fmt: skip
    order = {slot: place for place, slot in enumerate(SLOTS[state.act])}
    asked = [slot for slot in state.missing if slot not in TYPED][:1]
    shown = [line for line in lines if line["slot"] in order and not (state.whole and line["slot"] is Slot.ITEM)]
    for line in shown:
        line["current"] = line["slot"] in asked or (line["slot"] is Slot.ITEM and Slot.LOT in asked)
    return sorted(shown, key=lambda line: order[line["slot"]])


def _line(slot: Slot, label: str, name: str, place: Location | None) -> dict[str, Any]:
    detail = "" if place is None else (place.name if place.name != place.code else place_word(place.kind))
    return {"slot": slot, "label": label, "name": name, "value": place.code if place else "", "detail": detail}


def _site(user: User, state: State) -> Site | None:
    if state.source is not None:
        return state.source.site
    sites = list(listing.sites_seen(user)[:2])
    return sites[0] if len(sites) == 1 else None


def _offers(user: User, state: State) -> list[Offered]:
    """What the item's rule would take first."""
    if state.item is None or state.act not in TAKES or state.act in (Act.SCRAP, Act.REGRADE):
        return []
    site = _site(user, state)
    if site is None:
        return []
    base = _base_quantity(state) or Decimal(1)
    return list(offered(user, state.item, base, site, today()))[:MOST_OFFERS]


def _base_quantity(state: State) -> Decimal | None:
    typed, item = typed_quantity(state.text("quantity")), state.item
    if typed is None or item is None:
        return None
    factors = {unit["code"]: Decimal(unit["factor"]) for unit in _units(item)}
    return typed * factors.get(state.text("unit"), Decimal(1))


def _offer(offer: Offered, state: State) -> dict[str, Any]:
    chosen = state.source is not None and state.source.pk == offer.location.pk
    chosen = chosen and (offer.lot is None or (state.lot is not None and state.lot.pk == offer.lot.pk))
    return {
        "place": offer.location,
        "lot": offer.lot,
        "available": offer.available,
        "why": offer.why,
        "chosen": chosen,
    }


def _is_override(state: State, offers: list[Offered]) -> bool:
    """Another lot is taken out than the rule of the item proposes."""
    if state.act is not Act.ISSUE or state.lot is None or not offers:
        return False
    return all(offer.lot is None or offer.lot.pk != state.lot.pk for offer in offers if offer.take > 0)


def _lots_here(user: User, state: State) -> list[dict[str, Any]]:
    """The lots of the item that lie at the place, to be tapped instead of scanned."""
    if state.item is None or not state.tracked or state.lot is not None or state.source is None:
        return []
    rows = listing.balances_found(user, Wish()).filter(item=state.item, location=state.source).select_related("lot")
    return [
        {"lot": balance.lot, "quantity": balance.quantity, "status": status_word(balance.lot.status),
         "family": STATUS_FAMILIES[balance.lot.status], "icon": STATUS_ICONS[balance.lot.status]}
        for balance in rows.order_by("lot__expires_on", "lot__number")[:MOST_LINES]
        if balance.lot is not None
    ]  # fmt: skip


def _units(item: Item) -> list[dict[str, str]]:
    """The item's own unit first, then the others, each with how much of the own unit it is."""
    found = []
    for unit in [item.unit, *(one for one in units_of(item) if one.pk != item.unit_id)]:
        try:
            found.append({"code": unit.code, "factor": plain(factor_of(item, unit))})
        except NoConversion:
            continue
    return found[:MOST_UNITS]


def _unit(state: State) -> str:
    if state.item is None:
        return ""
    return state.text("unit") or state.item.unit.code


def _reasons(state: State, override: bool) -> list[str]:
    """Reasons one tap away; anything else can be typed."""
    if state.act is Act.SCRAP:
        return [_("Damaged"), _("Expired"), _("Dirty or wet"), _("Wrong goods"), _("Lost")]
    if state.act is Act.REGRADE:
        return [_("Second choice"), _("Reworked"), _("Wrong label")]
    if override:
        return [_("Not reachable"), _("Not found"), _("Asked for by the customer"), _("Opened pack first")]
    return []


def _ready(state: State) -> dict[str, str] | None:
    """The act as it goes to the API, once only the keypad and the reason are left; the script adds those."""
    if state.act is None or state.act not in KEYPAD or [slot for slot in state.missing if slot not in TYPED]:
        return None
    source, target, item, lot = state.source, state.target, state.item, state.lot
    if state.whole and source is not None and target is not None:
        words = {"pallet": source.code, "place": target.code}
        return {
            "url": PALLET_URL,
            "body": json.dumps({"pallet": source.pk, "to_location": target.pk}),
            # Nothing was booked, so there is nothing to be corrected: the way back is to move it back.
            "back_url": PALLET_URL if source.parent_id else "",
            "back_body": json.dumps({"pallet": source.pk, "to_location": source.parent_id}),
            "label": _("Move the whole pallet"),
            "done": _("Pallet %(pallet)s → %(place)s") % words,
        }
    if item is None:
        return None
    body: dict[str, Any] = {"item": item.pk, "unit": _unit(state)}
    if source is not None:
        body["from_location"] = source.pk
    if target is not None:
        body["to_location"] = target.pk
    if state.act is Act.RECEIVE and state.tracked:
        body |= {"made_on": state.made_on.isoformat()} if state.made_on else {}
    elif lot is not None:
        body["lot"] = lot.pk
    if state.into is not None:
        body |= {"to_item": state.into.pk, "to_lot_number": state.text("into_number")}
    words = {
        "act": act_title(state.act),
        "item": item.number,
        "lot": f" · {lot.number}" if lot else "",
        "from": source.code if source else _("Production"),
        "to": target.code if target else "",
    }
    arrows = {
        Act.RECEIVE: _("%(act)s: {quantity} {unit} %(item)s → %(to)s"),
        Act.TRANSFER: _("%(act)s: {quantity} {unit} %(item)s%(lot)s, %(from)s → %(to)s"),
        Act.RETURN: _("%(act)s: {quantity} {unit} %(item)s%(lot)s → %(to)s"),
    }
    return {
        "url": f"{ACTS_URL}/{state.act.lower()}",
        "body": json.dumps(body),
        "label": act_title(state.act),
        "done": arrows.get(state.act, _("%(act)s: {quantity} {unit} %(item)s%(lot)s, from %(from)s")) % words,
    }


def _looked(user: User, state: State) -> dict[str, Any]:
    """What lies at the place looked at, or where the item in hand lies, as far as no act is under way."""
    if state.act not in (None, Act.LOOK):
        return {}
    rows: list[StockBalance] = []
    found = listing.balances_found(user, Wish()).select_related("item__unit", "lot", "location")
    if state.looked is not None:
        rows = list(found.filter(location=state.looked).order_by("item__number", "pk")[: MOST_LINES + 1])
    elif state.item is not None:
        mine = found.filter(item=state.item)
        mine = mine.filter(lot=state.lot) if state.lot is not None else mine
        rows = list(mine.order_by("lot__expires_on", "location__code", "pk")[: MOST_LINES + 1])
    return {
        "looked": state.looked,
        "is_pallet": state.looked is not None and state.looked.kind == LocationKind.PALLET,
        "lies": rows[:MOST_LINES],
        "lies_more": len(rows) > MOST_LINES,
    }
