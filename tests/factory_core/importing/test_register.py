"""What came is compared with the books and accepted under a signature; a signed run stays until that is taken back."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from factory_core.importing import kinds
from factory_core.importing.kinds import Field, FieldType, Kind
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.opening import missing_of
from factory_core.importing.queries.signing import is_as_signed, signatures_of
from factory_core.importing.register_models import Acceptance, Opening
from factory_core.importing.services import opening as openings
from factory_core.importing.services.accepting import (
    AcceptedAsWhole,
    BadMeaning,
    NoReason,
    OwnImport,
    accept_run,
    take_acceptance_back,
)
from factory_core.importing.services.carrying import carry_in
from factory_core.importing.services.comparing import compared
from factory_core.importing.services.flow import check_run, choose, leave_out, open_run
from factory_core.importing.services.moving import NoSuchImport, WrongMoment
from factory_core.importing.services.undoing import undo_import
from factory_core.importing.states import RunStatus
from factory_core.people.models import User
from factory_core.people.services import WrongSecret
from tests.world.people import a_user
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "a long pass phrase"
FILE = "Code;Name\nS-1;One\nS-2;Two\n"
STOCK = "Item;Location;Quantity\nA;HALL;10\nB;HALL;2,5\nA;YARD;4\nC;YARD;1\nTotal;;17,5\n"


@pytest.fixture
def mia(migrator: User) -> User:
    return migrator


@pytest.fixture
def olga(plant: Plant) -> User:
    olga = a_user("olga", "owner", plant.site)
    with acting(olga, channel="test"):
        olga.set_password(SECRET)
        olga.save(update_fields=["password"])
    return olga


def imported(
    plant: Plant, mia: User, text: str = FILE, kind: str = "suppliers", out: tuple[int, ...] = ()
) -> ImportRun:
    with acting(mia, channel="test"):
        run = open_run(
            actor=mia, site=plant.site, name=f"{kind}.csv", content=[text.encode()], at=NOW, kind=kind
        )  # fmt: skip
        choose(actor=mia, run_id=run.pk, at=NOW)
        check_run(actor=mia, run_id=run.pk, at=NOW)
        leave_out(actor=mia, run_id=run.pk, numbers=out, at=NOW)
    return carry_in(actor=mia, run_id=run.pk, at=NOW)


def accepted(olga: User, run: ImportRun, **more: Any) -> Acceptance:
    with acting(olga, channel="test"):
        return accept_run(actor=olga, run_id=run.pk, at=NOW, **{"secret": SECRET, **more})


def test_a_signed_run_is_not_undone_before_the_signature_is_taken_back(plant: Plant, mia: User, olga: User) -> None:
    run = imported(plant, mia)
    signed = accepted(olga, run, note="Compared with the list of 30 September")
    run.refresh_from_db()
    assert (run.status, run.accepted_by, run.accepted_at) == (RunStatus.ACCEPTED, olga, NOW)
    assert (signed.meaning, signed.signed_by, signed.signed_at) == ("APPROVED", olga, NOW)
    assert is_as_signed(Acceptance.objects.get(), {run.pk: run})
    with pytest.raises(WrongMoment), acting(mia, channel="test"):
        undo_import(actor=mia, run_id=run.pk, at=NOW)
    with pytest.raises(NoReason), acting(olga, channel="test"):
        take_acceptance_back(actor=olga, run_id=run.pk, secret=SECRET, reason=" ", at=NOW)
    with acting(olga, channel="test"):
        take_acceptance_back(actor=olga, run_id=run.pk, secret=SECRET, reason="Prices were old", at=NOW)
    run.refresh_from_db()
    assert (run.status, run.accepted_by, run.accepted_at) == (RunStatus.IMPORTED, None, None)
    second = accepted(olga, run)
    assert [(one.pk, one.reason) for one in signatures_of(run)] == [(second.pk, ""), (signed.pk, "Prices were old")]
    with acting(olga, channel="test"):
        take_acceptance_back(actor=olga, run_id=run.pk, secret=SECRET, reason="Again", at=NOW)
    with acting(mia, channel="test"):
        assert undo_import(actor=mia, run_id=run.pk, at=NOW).status == RunStatus.UNDONE
    names = ["importing.accepted", "importing.acceptance_taken_back"]
    assert list(Event.objects.filter(name__in=names).order_by("id").values_list("name", flat=True)) == names * 2


def test_what_was_signed_and_was_changed_is_noticed(plant: Plant, mia: User, olga: User) -> None:
    run, other = imported(plant, mia), imported(plant, mia)
    signed = accepted(olga, run)
    runs = {run.pk: run, other.pk: other}
    run.refresh_from_db()
    assert is_as_signed(signed, runs)
    run.sha256 = "0" * 64
    assert not is_as_signed(signed, runs)
    run.refresh_from_db()
    signed.run = other
    assert not is_as_signed(signed, runs)
    signed.run, signed.note = run, "something else"
    assert not is_as_signed(signed, runs)


def test_a_signature_is_a_fresh_act_of_somebody_else(plant: Plant, mia: User, olga: User) -> None:
    run = imported(plant, mia)
    for secret in ("", "wrong", "1234"):
        with pytest.raises(WrongSecret):
            accepted(olga, run, secret=secret)
    with pytest.raises(BadMeaning):
        accepted(olga, run, meaning="MAYBE")
    own = imported(plant, a_user("both", "migrator", plant.site))
    with acting(olga, channel="test"):
        ImportRun.objects.filter(pk=own.pk).update(by=olga)
    with pytest.raises(OwnImport):
        accepted(olga, own)
    assert not Acceptance.objects.exists()
    assert set(ImportRun.objects.values_list("status", flat=True)) == {RunStatus.IMPORTED}


def test_who_may_not_accept_signs_nothing(plant: Plant, mia: User, olga: User) -> None:
    run = imported(plant, mia)
    stranger, auditor = a_user("stranger"), a_user("ada", "auditor", plant.site)
    for person, refusal in ((stranger, NoSuchImport), (auditor, Forbidden), (mia, Forbidden)):
        with pytest.raises(refusal):
            accepted(person, run)
    accepted(olga, run)
    for person, refusal in ((stranger, NoSuchImport), (auditor, Forbidden), (mia, Forbidden)):
        with pytest.raises(refusal), acting(person, channel="test"):
            take_acceptance_back(actor=person, run_id=run.pk, secret=SECRET, reason="No", at=NOW)


@pytest.fixture
def stock(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A kind whose rows lie in a list; nothing of it is undone here."""
    held: list[dict[str, Any]] = []

    def take(rows: Any, context: Any) -> None:
        for row in rows:
            held.append(dict(row.values))
            row.outcome = kinds.Outcome.CREATED

    fields = (
        Field("item", "Item", required=True),
        Field("location", "Location", FieldType.REFERENCE, required=True, refers_to="locations"),
        Field("quantity", "Quantity", FieldType.NUMBER, is_total=True),
    )
    kind = Kind(
        "shelves", "Shelves", "import.run", fields, ("item", "location"), take, lambda actor, site: held, adds_up=True
    )
    monkeypatch.setitem(kinds._kinds, "shelves", kind)
    anywhere = replace(kind, name="locations", label="Places", known=lambda actor, site, texts: dict.fromkeys(texts, 1))
    monkeypatch.setitem(kinds._kinds, "locations", anywhere)
    return held


def test_totals_stand_side_by_side(plant: Plant, mia: User, stock: list[dict[str, Any]]) -> None:
    run = imported(plant, mia, STOCK, "shelves", out=(5,))
    said = compared(mia, run, NOW)
    assert said["fields"] == {"quantity": {"file": "17.5", "own": "17.5", "taken": "16.5", "books": "16.5"}}
    assert said["rows"] == {"file": 4, "taken": 3, "books": 3}
    assert said["places"] == {"HALL": {"quantity": ["12.5", "12.5"]}, "YARD": {"quantity": ["4", "4"]}}
    stock[0]["quantity"] += 1
    stock.append({"item": "Z", "location": "HALL", "quantity": stock[0]["quantity"]})
    assert compared(mia, run, NOW)["fields"]["quantity"]["books"] == "17.5"


def begun(mia: User, plant: Plant, *runs: ImportRun) -> Opening:
    with acting(mia, channel="test"):
        opening = openings.begin_opening(actor=mia, site=plant.site, opens_on=date(2026, 12, 1), at=NOW)
        openings.put_in(actor=mia, opening_id=opening.pk, run_ids=[run.pk for run in runs], at=NOW)
    return opening


def test_an_opening_is_accepted_as_a_whole_and_locks_its_runs(plant: Plant, mia: User, olga: User) -> None:
    first, second = imported(plant, mia), imported(plant, mia, "Code;Name\nS-3;Three\n")
    accepted(olga, first)
    opening = begun(mia, plant, first, second)
    with acting(olga, channel="test"):
        signed = openings.accept_opening(actor=olga, opening_id=opening.pk, secret=SECRET, at=NOW)
    opening.refresh_from_db()
    assert opening.status == "ACCEPTED"
    assert set(ImportRun.objects.values_list("status", flat=True)) == {RunStatus.ACCEPTED}
    assert is_as_signed(signed, {run.pk: run for run in ImportRun.objects.select_related("by")})
    assert "kind_not_brought" in signed.content["missing"]
    with pytest.raises(AcceptedAsWhole), acting(olga, channel="test"):
        take_acceptance_back(actor=olga, run_id=second.pk, secret=SECRET, reason="No", at=NOW)
    for act in (
        lambda: openings.put_in(actor=mia, opening_id=opening.pk, run_ids=[], at=NOW),
        lambda: openings.take_out(actor=mia, opening_id=opening.pk, run_id=first.pk, at=NOW),
        lambda: openings.runs_to_undo(actor=mia, opening_id=opening.pk),
        lambda: openings.accept_opening(actor=olga, opening_id=opening.pk, secret=SECRET, at=NOW),
    ):
        with pytest.raises(openings.OpeningAccepted), acting(mia, channel="test"):
            act()
    with acting(olga, channel="test"):
        openings.take_opening_back(actor=olga, opening_id=opening.pk, secret=SECRET, reason="Too early", at=NOW)
    # What was signed for itself stays signed.
    assert dict(ImportRun.objects.values_list("pk", "status")) == {
        first.pk: RunStatus.ACCEPTED, second.pk: RunStatus.IMPORTED,
    }  # fmt: skip


def test_what_does_not_belong_to_an_opening_stays_outside(plant: Plant, mia: User) -> None:
    run = imported(plant, mia)
    opening = begun(mia, plant, run)
    with pytest.raises(openings.OpeningThere), acting(mia, channel="test"):
        openings.begin_opening(actor=mia, site=plant.site, opens_on=date(2026, 12, 1), at=NOW)
    with acting(mia, channel="test"):
        other = openings.begin_opening(actor=mia, site=plant.site, opens_on=date(2027, 1, 1), at=NOW)
        assert openings.put_in(actor=mia, opening_id=opening.pk, run_ids=[run.pk], at=NOW) == 0
    for wanted in ([run.pk], [999_999]):
        with pytest.raises(openings.NotForOpening), acting(mia, channel="test"):
            openings.put_in(actor=mia, opening_id=other.pk, run_ids=wanted, at=NOW)
    with acting(mia, channel="test"):
        openings.take_out(actor=mia, opening_id=opening.pk, run_id=run.pk, at=NOW)
        undo_import(actor=mia, run_id=run.pk, at=NOW)
    with pytest.raises(openings.NotForOpening), acting(mia, channel="test"):
        openings.put_in(actor=mia, opening_id=other.pk, run_ids=[run.pk], at=NOW)


def test_the_checklist_says_what_is_missing(plant: Plant, mia: User, stock: list[dict[str, Any]]) -> None:
    run = imported(plant, mia, STOCK, "shelves", out=(5,))
    opening = begun(mia, plant, run)

    def found() -> list[str]:
        return [one.code for one in missing_of(opening, [run]) if one.run is not None]

    assert found() == ["rows_outside", "not_compared", "findings_open"]
    run.totals["books"] = compared(mia, run, NOW)
    assert found() == ["rows_outside", "totals_differ", "findings_open"]
    sentences = {one.sentence for one in missing_of(opening, [run])}
    # What nobody brought is one line, and the last one.
    absent = [one for one in sentences if one.startswith("No file brought ")]
    assert absent == [missing_of(opening, [run])[-1].sentence]
    assert "Suppliers" in absent[0].split(" · ")
    assert "Shelves" not in absent[0]


def test_strangers_have_nothing_to_do_with_openings(plant: Plant, mia: User) -> None:
    opening = begun(mia, plant, imported(plant, mia))
    stranger, auditor = a_user("stranger"), a_user("ada", "auditor", plant.site)
    with pytest.raises(Forbidden), acting(stranger, channel="test"):
        openings.begin_opening(actor=stranger, site=plant.site, opens_on=date(2027, 1, 1), at=NOW)
    for person, refusal in ((stranger, openings.NoSuchOpening), (auditor, Forbidden)):
        for act in (
            lambda who: openings.put_in(actor=who, opening_id=opening.pk, run_ids=[], at=NOW),
            lambda who: openings.accept_opening(actor=who, opening_id=opening.pk, secret=SECRET, at=NOW),
            lambda who: openings.take_opening_back(
                actor=who, opening_id=opening.pk, secret=SECRET, reason="No", at=NOW
            ),
            lambda who: openings.runs_to_undo(actor=who, opening_id=opening.pk),
        ):
            with pytest.raises(refusal), acting(person, channel="test"):
                act(person)
