"""What the old system called a thing is kept, and read wherever a row refers to it; rows may refer to later rows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from factory_core.access.identity import acting
from factory_core.importing import kinds
from factory_core.importing.kinds import Context, Field, FieldType, Kind, Outcome, Row, Value, offer_kind
from factory_core.importing.models import ExternalId, ImportRun
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import carry_in
from factory_core.importing.services.flow import check_run, choose, open_run
from factory_core.importing.services.undoing import undo_import
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.plant.models import Site
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
VENDORS = "AccountNumber;Name;BusinessEntityID\nBIKE0001;Bike Parts;1492\nCHAIN001;Chains;1494\n"


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Value]]:
    """What a kind that refers to suppliers, and to itself, is given."""
    rows: list[dict[str, Value]] = []
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))

    def take(given: Sequence[Row], context: Context) -> None:
        for row in given:
            rows.append(dict(row.values))
            row.outcome = Outcome.CREATED

    def none(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
        return iter(())

    def known(actor: User, site: Site | None, keys: Collection[str]) -> Mapping[str, int]:
        return {str(row["ware"]): n for n, row in enumerate(rows, 1) if row["ware"] in keys}

    offer_kind(
        Kind(
            "wares", "Wares", "partner.manage",
            (
                Field("ware", "ware", required=True),
                Field("supplier", "supplier", FieldType.REFERENCE, refers_to="suppliers"),
                Field("above", "above", FieldType.REFERENCE, refers_to="wares"),
            ),
            ("ware",), take, none, known=known, old_id=("ware number", "ware id"),
        )
    )  # fmt: skip
    return rows


def brought(migrator: User, plant: Plant, text: str, kind: str, *, carry: bool = True) -> ImportRun:
    with acting(migrator, channel="test"):
        run = open_run(
            actor=migrator, site=plant.site, name="file.csv", content=[text.encode()], at=NOW, kind=kind
        )  # fmt: skip
        choose(actor=migrator, run_id=run.pk, at=NOW)
        run = check_run(actor=migrator, run_id=run.pk, at=NOW)
    return carry_in(actor=migrator, run_id=run.pk, at=NOW) if carry else run


def test_old_numbers_are_kept_with_what_came_and_go_with_it(plant: Plant, migrator: User) -> None:
    run = brought(migrator, plant, VENDORS, "suppliers")
    chains = Partner.objects.get(code="CHAIN001")
    one = ExternalId.objects.get(text="1494")
    assert (one.kind, one.system, one.key, one.record) == ("suppliers", "", "CHAIN001", chains.pk)

    brought(migrator, plant, VENDORS, "suppliers")
    assert ExternalId.objects.count() == 2
    brought(migrator, plant, VENDORS.replace("1494", "2000"), "suppliers")
    assert set(ExternalId.objects.values_list("text", flat=True)) == {"1492", "1494", "2000"}

    with acting(migrator, channel="test"):
        undo_import(actor=migrator, run_id=run.pk, at=NOW)
    assert not ExternalId.objects.filter(text="1492").exists()


def test_a_reference_may_say_the_key_or_the_old_number(plant: Plant, migrator: User, taken: list) -> None:
    brought(migrator, plant, VENDORS, "suppliers")
    brought(migrator, plant, "ware;supplier\nA;1494\nB;BIKE0001\nC;\n", "wares")
    assert [row["supplier"] for row in taken] == ["CHAIN001", "BIKE0001", None]

    run = brought(migrator, plant, "ware;supplier\nA;1494\nB;9999\n", "wares", carry=False)
    assert [(one["row"], one["value"], one["code"]) for one in report_of(run)["refused"]] == [
        (3, "9999", "unknown_reference")
    ]


def test_a_renamed_record_is_not_guessed(plant: Plant, migrator: User, taken: list) -> None:
    brought(migrator, plant, VENDORS, "suppliers")
    with acting(migrator, channel="test"):
        Partner.objects.filter(code="CHAIN001").update(code="OTHER")
    run = brought(migrator, plant, "ware;supplier\nA;1494\n", "wares", carry=False)
    assert [one["value"] for one in report_of(run)["refused"]] == ["1494"]


def test_a_row_may_refer_to_a_row_further_down_by_key_or_number(plant: Plant, migrator: User, taken: list) -> None:
    text = "ware;ware number;above\nA;1;2\nB;2;C\nC;3;\n"
    run = brought(migrator, plant, text, "wares")
    assert run.created == 3
    assert [(row["ware"], row["above"]) for row in taken] == [("A", "B"), ("B", "C"), ("C", None)]

    wrong = brought(migrator, plant, text.replace(";C\n", ";X\n"), "wares", carry=False)
    assert [(one["row"], one["value"]) for one in report_of(wrong)["refused"]] == [(3, "X")]


def test_where_nothing_gives_the_key_the_old_number_is_the_key(plant: Plant, migrator: User) -> None:
    text = "BusinessEntityID;Name\n292;Next-Door Bike Store\n"
    run = brought(migrator, plant, text, "customers")
    assert run.mapping == {"1": "code", "2": "name"}
    assert Partner.objects.get(code="292").name == "Next-Door Bike Store"


SUB = "sub ID;ware;ware ID\n1;Mountain bikes;1\n2;Brakes;2\n"


def below(migrator: User, plant: Plant) -> ImportRun:
    """Wares below others: a person says which column is what, and the rows are checked."""
    with acting(migrator, channel="test"):
        run = open_run(
            actor=migrator, site=plant.site, name="f.csv", content=[SUB.encode()], at=NOW, kind="wares"
        )  # fmt: skip
        choose(actor=migrator, run_id=run.pk, at=NOW, mapping={"1": "old_id", "2": "ware", "3": "above"})
        return check_run(actor=migrator, run_id=run.pk, at=NOW)


def test_numbers_of_another_table_are_not_taken_for_those_of_these_rows(
    plant: Plant, migrator: User, taken: list
) -> None:
    assert [one["value"] for one in report_of(below(migrator, plant))["refused"]] == ["1", "2"]


def test_numbers_of_two_tables_are_told_apart_by_what_their_columns_are_called(
    plant: Plant, migrator: User, taken: list
) -> None:
    brought(migrator, plant, "ware;ware ID\nBikes;1\nParts;2\n", "wares")
    carry_in(actor=migrator, run_id=below(migrator, plant).pk, at=NOW)
    assert [row["above"] for row in taken[2:]] == ["Bikes", "Parts"]


def test_the_column_called_as_its_table_numbers_it(plant: Plant, migrator: User, taken: list) -> None:
    text = "Ware ID;ware;File ID;above\n1;Mountain bikes;5;\n"
    with acting(migrator, channel="test"):
        run = open_run(
            actor=migrator, site=plant.site, name="File.csv", content=[text.encode()], at=NOW, kind="wares"
        )  # fmt: skip
    assert run.mapping["3"] == "old_id"
