"""Acts on lots: enter, judge, and note what went into what."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from factory_core.access.policy import Forbidden, may, require, visible
from factory_core.access.roles import CAPABILITIES
from factory_core.errors import Invalid, Refused, StaleVersion
from factory_core.events.services import publish
from factory_core.numbering.services import next_number
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.sources import SourceRef, source_fields
from inventory.items.models import Item, ItemRevision
from inventory.items.states import Tracking
from inventory.lots import events
from inventory.lots.models import Lot, LotUse
from inventory.lots.queries import NoSuchLot, lot_named
from inventory.lots.rules import REASON_NEEDED, can_move, contradictions, expires
from inventory.lots.states import LotStatus

# Whoever brings stock in or about, or makes it, may enter the lot it belongs to.
MAY_ENTER = (
    "inventory.stock.receive", "inventory.stock.move", "inventory.stock.count", "inventory.lot.judge",
    "production.output.report",
)  # fmt: skip


class LotNotKept(Refused):
    """Stock of this item is not told apart by lots."""

    code = "lot_not_kept"


class LotExists(Refused):
    """The item has a lot of this number already."""

    code = "lot_exists"


class LotDiffers(Refused):
    """What is said of a lot is not what is known of it."""

    code = "lot_differs"


class BadDates(Invalid):
    """A lot cannot expire before it was made."""

    code = "bad_lot_dates"


class WrongLotStatus(Refused):
    """The status of the lot does not allow the judgement."""

    code = "wrong_lot_status"


class ReasonNeeded(Invalid):
    """Whoever blocks a lot says why."""

    code = "reason_needed"


def create_lot(
    *,
    actor: User,
    item: Item,
    number: str,
    at: datetime,
    supplier: Partner | None = None,
    supplier_lot: str = "",
    made_on: date | None = None,
    expires_on: date | None = None,
    revision: ItemRevision | None = None,
    note: str = "",
) -> Lot:
    """Enter a lot; an empty number is drawn from the series "lot". Raises LotNotKept, LotExists, BadDates.

    Where the item has a shelf life and no date of expiry is said, it follows from the day made, or else from `at`.
    """
    _require_any(actor, MAY_ENTER)
    _refuse_untracked(item)
    said = {"supplier": supplier, "supplier_lot": supplier_lot.strip(), "made_on": made_on, "expires_on": expires_on}
    lot = _new(item, number.strip(), at, {**said, "revision": revision, "note": note.strip()})
    if lot is None:
        raise LotExists(
            _("%(item)s has a lot %(lot)s already. Use that one, or give the new lot another number.")
            % {"item": item.number, "lot": number.strip()}
        )
    publish(events.LOT_CREATED, about=[lot, item, *_place_of(actor)], at=at, actor=actor)
    return lot


def lot_for_receipt(
    *,
    actor: User,
    item: Item,
    number: str,
    at: datetime,
    supplier: Partner | None = None,
    supplier_lot: str = "",
    made_on: date | None = None,
    expires_on: date | None = None,
    revision: ItemRevision | None = None,
    note: str = "",
) -> Lot:
    """The lot of that number, or a new one. What was unknown of a known lot is filled in. Raises LotDiffers."""
    _require_any(actor, MAY_ENTER)
    said: dict[str, Any] = {
        "supplier": supplier,
        "supplier_lot": supplier_lot.strip(),
        "made_on": made_on,
        "expires_on": expires_on,
        "revision": revision,
    }
    known = lot_named(item, number) if number.strip() else None
    if known is not None:
        return _completed(actor, known, said, at)
    try:
        return create_lot(actor=actor, item=item, number=number, at=at, note=note, **said)
    except LotExists:
        # Somebody entered it in this very moment.
        met = lot_named(item, number)
        if met is None:
            raise
        return _completed(actor, met, said, at)


def judge_lot(*, actor: User, lot_id: int, status: str, reason: str, at: datetime, version: int | None = None) -> Lot:
    """Hold, release or reject a lot. Holding and rejecting need a reason. Raises WrongLotStatus, ReasonNeeded."""
    lot = _locked(actor, lot_id)
    require(actor, "inventory.lot.judge", lot)
    _refuse_stale(lot, version)
    there, why = LotStatus(status), reason.strip()[:200]
    if lot.status == there:
        return lot
    if there in REASON_NEEDED and not why:
        raise ReasonNeeded(
            _("Say why lot %(lot)s becomes %(there)s: everybody who meets it reads the reason.")
            % {"lot": lot.number, "there": _word(there)}
        )
    if not can_move(lot.status, there):
        raise WrongLotStatus(
            _("Lot %(lot)s is %(here)s and cannot become %(there)s.")
            % {"lot": lot.number, "here": _word(lot.status), "there": _word(there)}
        )
    was = lot.status
    lot.status, lot.status_reason = there, why
    lot.version += 1
    lot.save(update_fields=["status", "status_reason", "version", "updated_at"])
    publish(
        events.JUDGED[there], about=[lot, lot.item, *_place_of(actor)], at=at, actor=actor, reason=why, was=str(was)
    )
    return lot


def note_use(
    *, actor: User, input: Lot, output: Lot, quantity: Decimal, at: datetime, source: SourceRef | None = None
) -> LotUse:
    """So much (in the base unit of the lot used) went into another lot; less than nothing takes a use back."""
    _require_any(actor, (*MAY_ENTER, "inventory.stock.scrap", "production.count.report"))
    use = LotUse.objects.create(input=input, output=output, quantity=quantity, at=at, **source_fields(source))
    publish(
        events.LOT_USED if quantity > 0 else events.USE_TAKEN_BACK,
        about=[input, output, *_place_of(actor)],
        at=at,
        actor=actor,
        quantity=f"{abs(quantity).normalize():f}",
        unit=input.item.unit.code,
    )
    return use


def _new(item: Item, number: str, at: datetime, said: dict[str, Any]) -> Lot | None:
    """A new lot, or None where its number is taken."""
    received_on = timezone.localdate(at)
    begins_on = said["made_on"] or received_on
    expires_on = said["expires_on"] or expires(begins_on, item.shelf_life_days)
    _refuse_dates(said["made_on"], expires_on)
    try:
        with transaction.atomic():
            return Lot.objects.create(
                item=item, number=number or next_number("lot", prefix="L"), **{**said, "expires_on": expires_on}
            )
    except IntegrityError:
        if lot_named(item, number) is None:
            raise
        return None


def check_lot(lot: Lot) -> None:
    """The facts of a lot taken by themselves. Raises LotDiffers for a text that does not fit, BadDates."""
    try:
        lot.clean_fields(exclude=["item", "supplier", "revision"])
    except ValidationError as error:
        errors = [
            {"pointer": f"/{name}", "code": "invalid", "message": sentence}
            for name, sentences in error.message_dict.items()
            for sentence in sentences
        ]
        raise LotDiffers(errors[0]["message"], errors=errors) from error
    _refuse_dates(lot.made_on, lot.expires_on)


def _refuse_dates(made_on: date | None, expires_on: date | None) -> None:
    if made_on and expires_on and expires_on < made_on:
        raise BadDates(
            _("A lot made on %(made)s cannot expire on %(expires)s.")
            % {"made": made_on.isoformat(), "expires": expires_on.isoformat()}
        )


def _completed(actor: User, lot: Lot, said: dict[str, Any], at: datetime) -> Lot:
    """Fill in what was not known of a lot; refuse what contradicts it."""
    if all(value in (None, "") or getattr(lot, field) == value for field, value in said.items()):
        return lot
    # Two deliveries of a lot at once fill it in one after the other, and the second is held against the first.
    lot = Lot.objects.select_related("item__unit").select_for_update(of=("self",), no_key=True).get(pk=lot.pk)
    against = contradictions({field: getattr(lot, field) for field in said}, said)
    if against:
        field, (known, meant) = next(iter(against.items()))
        raise LotDiffers(
            _(
                "Lot %(lot)s of %(item)s is known with %(field)s %(known)s, now you say %(said)s. Look at the label "
                "again; if it is right, this is another lot and needs another number."
            )
            % {
                "lot": lot.number,
                "item": lot.item.number,
                "field": Lot._meta.get_field(field).verbose_name,  # type: ignore[union-attr]  # fields of ours have one
                "known": known,
                "said": meant,
            },
            field=field,
            known=str(known),
            said=str(meant),
        )
    news = {field: value for field, value in said.items() if value not in (None, "") and not getattr(lot, field)}
    if not news:
        return lot
    for field, value in news.items():
        setattr(lot, field, value)
    lot.version += 1
    lot.save(update_fields=[*news, "version", "updated_at"])
    publish(events.LOT_COMPLETED, about=[lot, lot.item, *_place_of(actor)], at=at, actor=actor, fields=sorted(news))
    return lot


def _locked(actor: User, lot_id: int) -> Lot:
    lot = (
        visible(actor, Lot.objects.select_related("item__unit"))
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=lot_id)
        .first()
    )
    if lot is None:
        raise NoSuchLot(_("There is no such lot that you may see."))
    return lot


def _refuse_stale(lot: Lot, version: int | None) -> None:
    if version is not None and version != lot.version:
        raise StaleVersion(
            _("Lot %(lot)s was changed in the meantime: it is %(status)s now. Look again, then decide.")
            % {"lot": lot.number, "status": _word(lot.status)},
            current={"version": lot.version, "status": lot.status, "status_reason": lot.status_reason},
        )


def _refuse_untracked(item: Item) -> None:
    if item.tracking == Tracking.NONE:
        raise LotNotKept(
            _("%(item)s is not kept by lots. Leave the lot out, or let the item be told apart by lot.")
            % {"item": item.number}
        )


def _require_any(actor: User, capabilities: tuple[str, ...]) -> None:
    if not any(may(actor, capability) for capability in capabilities):
        raise Forbidden(
            _("You may not %(act)s here. Ask your supervisor or the IT administrator for the right role.")
            % {"act": CAPABILITIES[capabilities[0]]},
            capability=capabilities[0],
        )


def _place_of(actor: User) -> list[Site]:
    """A lot belongs to no site; its story is told where the person works who acted."""
    return list(visible(actor, Site.objects.order_by("id"))[:1])


def _word(status: str) -> str:
    return str(events.STATUS_WORDS[LotStatus(status)])
