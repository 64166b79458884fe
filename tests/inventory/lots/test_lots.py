"""Lots are entered once, completed, and judged under rules."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import StaleVersion
from factory_core.events.models import Event
from inventory.items.states import Tracking
from inventory.lots.models import Lot, LotUse
from inventory.lots.queries import NoSuchLot, lot_or_missing, lots_found
from inventory.lots.services import (
    BadDates,
    LotDiffers,
    LotExists,
    LotNotKept,
    ReasonNeeded,
    WrongLotStatus,
    create_lot,
    judge_lot,
    lot_for_receipt,
    note_use,
)
from tests.world.inventory import a_lot, a_partner, an_item

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def enter(actor, item, number="L-1", **more):
    with acting(actor, channel="test"):
        return create_lot(actor=actor, item=item, number=number, at=AT, **more)


def judge(actor, lot, status, reason="", version=None):
    with acting(actor, channel="test"):
        return judge_lot(actor=actor, lot_id=lot.pk, status=status, reason=reason, at=AT, version=version)


def sentences() -> list[str]:
    return [event.sentence for event in Event.objects.filter(name__startswith="lots.").order_by("id")]


def test_a_lot_is_entered_and_told(cast):
    item = an_item("B-100", tracking=Tracking.LOT)
    lot = enter(cast.storekeeper, item, " L-1 ", supplier_lot=" S9 ", made_on=date(2026, 11, 1))
    assert (lot.number, lot.status, lot.supplier_lot, lot.expires_on) == ("L-1", "OPEN", "S9", None)
    assert sentences() == ["Lot L-1 of B-100 Item B-100 was entered"]


def test_a_lot_without_a_number_gets_the_next_one(cast):
    item = an_item(tracking=Tracking.LOT)
    first, second = enter(cast.storekeeper, item, ""), enter(cast.storekeeper, item, "")
    assert first.number[0] == "L"
    assert int(second.number[1:]) == int(first.number[1:]) + 1


def test_the_shelf_life_gives_the_day_of_expiry(cast):
    item = an_item(tracking=Tracking.LOT, shelf_life_days=30)
    assert enter(cast.storekeeper, item, "A").expires_on == date(2026, 12, 20)
    assert enter(cast.storekeeper, item, "B", made_on=date(2026, 11, 1)).expires_on == date(2026, 12, 1)
    assert enter(cast.storekeeper, item, "C", expires_on=date(2027, 1, 1)).expires_on == date(2027, 1, 1)


def test_what_cannot_be_a_lot_is_refused(cast):
    plain, tracked = an_item("P-1"), an_item("T-1", tracking=Tracking.LOT)
    enter(cast.storekeeper, tracked, "L-1")
    with pytest.raises(LotNotKept, match="P-1 is not kept by lots"):
        enter(cast.storekeeper, plain)
    with pytest.raises(LotExists, match="T-1 has a lot L-1 already"):
        enter(cast.storekeeper, tracked, "L-1")
    with pytest.raises(BadDates, match="made on 2026-11-02 cannot expire on 2026-11-01"):
        enter(cast.storekeeper, tracked, "L-2", made_on=date(2026, 11, 2), expires_on=date(2026, 11, 1))
    assert list(Lot.objects.values_list("number", flat=True)) == ["L-1"]


def test_a_receipt_meets_the_known_lot_and_completes_it(cast):
    item, supplier = an_item(tracking=Tracking.LOT), a_partner("ACME", supplier=True)
    known = a_lot(item, "L-1", expires_on=date(2027, 1, 1))
    with acting(cast.storekeeper, channel="test"):
        met = lot_for_receipt(
            actor=cast.storekeeper, item=item, number="L-1", at=AT, supplier=supplier, supplier_lot="S9"
        )
    known.refresh_from_db()
    assert met.pk == known.pk
    assert (known.supplier, known.supplier_lot, known.version) == (supplier, "S9", 2)


def test_a_receipt_that_contradicts_the_known_lot_is_refused(cast):
    item = an_item("T-1", tracking=Tracking.LOT)
    known = a_lot(item, "L-1", expires_on=date(2027, 1, 1))
    said = {"expires_on": date(2027, 2, 1), "supplier_lot": "S"}
    with (
        pytest.raises(LotDiffers, match="expires on 2027-01-01, now you say 2027-02-01") as refused,
        acting(cast.storekeeper, channel="test"),
    ):
        lot_for_receipt(actor=cast.storekeeper, item=item, number="L-1", at=AT, **said)
    assert refused.value.details == {"field": "expires_on", "known": "2027-01-01", "said": "2027-02-01"}
    known.refresh_from_db()
    assert (known.version, known.supplier_lot) == (1, "")


def test_quality_holds_releases_and_rejects_with_reasons(cast):
    lot = a_lot(an_item("T-1", tracking=Tracking.LOT), "L-1")
    assert judge(cast.quality, lot, "HOLD", "scratches").status_reason == "scratches"
    judge(cast.quality, lot, "RELEASED")
    judged = judge(cast.quality, lot, "REJECTED", "too soft")
    assert (judged.status, judged.status_reason, judged.version) == ("REJECTED", "too soft", 4)
    assert sentences() == [
        "Lot L-1 of T-1 Item T-1 was put on hold: scratches",
        "Lot L-1 of T-1 Item T-1 was released",
        "Lot L-1 of T-1 Item T-1 was rejected: too soft",
    ]


@pytest.mark.parametrize(
    ("here", "there"), [("REJECTED", "RELEASED"), ("REJECTED", "OPEN"), ("HOLD", "OPEN"), ("RELEASED", "OPEN")]
)
def test_no_judgement_leads_there(cast, here, there):
    lot = a_lot(an_item(tracking=Tracking.LOT), "L-1", status=here)
    with pytest.raises(WrongLotStatus, match=r"Lot L-1 is .* and cannot become"):
        judge(cast.quality, lot, there, "because")
    lot.refresh_from_db()
    assert (lot.status, lot.version) == (here, 1)


@pytest.mark.parametrize("there", ["HOLD", "REJECTED"])
def test_blocking_needs_a_reason(cast, there):
    lot = a_lot(an_item(tracking=Tracking.LOT), "L-1")
    with pytest.raises(ReasonNeeded, match="Say why lot L-1 becomes"):
        judge(cast.quality, lot, there, "  ")
    lot.refresh_from_db()
    assert lot.status == "OPEN"


def test_a_judgement_on_what_was_read_before_is_refused(cast):
    lot = a_lot(an_item(tracking=Tracking.LOT), "L-1")
    judge(cast.quality, lot, "HOLD", "scratches", version=1)
    with pytest.raises(StaleVersion, match="it is on hold now") as refused:
        judge(cast.quality, lot, "RELEASED", version=1)
    assert refused.value.details["current"] == {"version": 2, "status": "HOLD", "status_reason": "scratches"}


def test_only_those_who_judge_judge(cast):
    lot = a_lot(an_item(tracking=Tracking.LOT), "L-1")
    for person in (cast.storekeeper, cast.operator, cast.buyer, cast.auditor):
        with pytest.raises(Forbidden):
            judge(person, lot, "RELEASED")
    with pytest.raises(NoSuchLot):
        judge(cast.stranger, lot, "RELEASED")
    with pytest.raises(Forbidden):
        enter(cast.stranger, lot.item, "L-2")
    lot.refresh_from_db()
    assert (lot.status, Lot.objects.count()) == ("OPEN", 1)


def test_a_use_is_noted_and_taken_back(cast):
    item = an_item(tracking=Tracking.LOT)
    iron, part = a_lot(item, "IRON"), a_lot(an_item(tracking=Tracking.LOT), "PART")
    with acting(cast.storekeeper, channel="test"):
        note_use(actor=cast.storekeeper, input=iron, output=part, quantity=Decimal("2.5"), at=AT)
        note_use(actor=cast.storekeeper, input=iron, output=part, quantity=Decimal("-2.5"), at=AT)
    assert sum(LotUse.objects.values_list("quantity", flat=True)) == 0
    assert sentences() == [
        "2.5 pcs of lot IRON went into lot PART",
        "2.5 pcs of lot IRON did not go into lot PART after all",
    ]


def test_lots_are_found_by_the_start_of_either_number(cast):
    item = an_item(tracking=Tracking.LOT)
    one, two = a_lot(item, "AB-1", supplier_lot="XY-7"), a_lot(item, "ab-2")
    assert list(lots_found(cast.storekeeper, "ab")) == [two, one]
    assert list(lots_found(cast.storekeeper, "xy")) == [one]
    assert list(lots_found(cast.stranger, "ab")) == []
    with pytest.raises(NoSuchLot):
        lot_or_missing(cast.stranger, one.pk)
