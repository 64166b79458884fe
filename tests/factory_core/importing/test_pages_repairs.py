"""Repairs of many cells, the workbook with comments, the next sheet of a file, and one row of a long file alone."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook, load_workbook

from factory_core.access.identity import acting
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.queries import repairs
from factory_core.importing.queries.repairs import Repair, groups_of
from factory_core.importing.views import begin, checks
from factory_core.importing.views.common import kind_or_refuse
from factory_core.people.models import User
from tests.factory_core.importing.test_pages import BAD, as_, brought, mapped, page
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db


def remarks_of(sheet: Any) -> dict[str, str]:
    return {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}


def statuses(run: ImportRun) -> dict[int, str]:
    return dict(StagedRow.objects.filter(run=run).values_list("number", "status"))


def test_trouble_is_grouped_by_its_repair_errors_and_the_most_frequent_first(mia: Client) -> None:
    run = brought(mia, BAD)
    mapped(mia, run)
    run.refresh_from_db()
    kind = kind_or_refuse(run)
    told = [(one.field, one.code, one.repair, one.times, one.kinds) for one in groups_of(run, kind)]
    assert told == [
        ("is_active", "not_yes_no", Repair.RULE, 2, 1),
        ("code", "twice_in_file", Repair.TWICE, 1, 1),
        ("name", "value_missing", Repair.CONSTANT, 1, 1),
    ]
    first = groups_of(run, kind)[0].found[0]
    assert (first.text, first.times, first.row, first.expected) == ("vielleicht", 2, 3, "Yes or no.")


def test_only_the_most_frequent_values_of_a_group_are_shown_and_the_others_counted(mia: Client) -> None:
    lines = "".join(f"C-{n};Name;vielleicht{n // 2}\n" for n in range(24))
    run = brought(mia, "Kontonummer;Firma;aktiv\n" + lines)
    mapped(mia, run, **{"map-3": "is_active"})
    run.refresh_from_db()
    (group,) = groups_of(run, kind_or_refuse(run))
    assert (group.times, group.kinds, len(group.found), group.more) == (24, 12, repairs.SHOWN, 4)
    assert "and 4 other values" in page(mia, f"/imports/{run.pk}/check/")


def test_cells_that_cannot_be_saved_are_left_empty_or_their_rows_left_out(mia: Client) -> None:
    run = brought(mia, BAD)
    mapped(mia, run)
    mia.post(f"/imports/{run.pk}/repair/", {"act": "empty", "field": "is_active", "code": "not_yes_no"})
    assert statuses(run) == {2: "READY", 3: "READY", 4: "ERROR", 5: "ERROR"}
    mia.post(f"/imports/{run.pk}/repair/", {"act": "leave-out", "field": "code", "code": "twice_in_file"})
    assert statuses(run)[5] == "LEFT_OUT"
    mia.post(f"/imports/{run.pk}/cells/", {"row": "5", "take-in": "yes"})
    assert statuses(run)[5] == "ERROR"


def test_a_value_without_a_rule_is_replaced_in_this_file_only(mia: Client) -> None:
    run = brought(mia, BAD)
    mapped(mia, run)
    rule = {"act": "rule", "field": "is_active", "found-0": "vielleicht", "instead-0": "no"}
    mia.post(f"/imports/{run.pk}/repair/", rule)
    assert dict(StagedRow.objects.filter(run=run).exclude(fixes={}).values_list("number", "fixes")) == {
        3: {"3": "no"},
        4: {"3": "no"},
    }
    assert mia.get("/imports/rules/").context["rows"] == []


def test_a_rule_is_switched_off_by_those_who_import_and_nobody_else(plant: Plant, mia: Client) -> None:
    run = brought(mia, BAD)
    mapped(mia, run)
    rule = {"act": "rule", "field": "is_active", "found-0": "vielleicht", "instead-0": "no", "remember": "yes"}
    mia.post(f"/imports/{run.pk}/repair/", rule)
    (shown,) = mia.get("/imports/rules/").context["rows"]
    address = f"/imports/rules/{shown['rule'].pk}/"
    neighbour = as_(a_user("nia", "migrator", a_plant("B").site))
    assert neighbour.post(address).status_code == 404
    assert as_(a_user("aud", "auditor", plant.site)).post(address).status_code == 403
    assert mia.post(address).status_code == 302
    shown["rule"].refresh_from_db()
    assert not shown["rule"].is_active
    mia.post(address, {"on": "yes"})
    shown["rule"].refresh_from_db()
    assert shown["rule"].is_active


def test_the_commented_workbook_marks_the_bad_cells_where_they_stood(mia: Client) -> None:
    run = brought(mia, "Unsere Lieferanten;;\n" + BAD)
    mapped(mia, run)
    answer = mia.get(f"/imports/{run.pk}/comments.xlsx")
    assert "commented.xlsx" in answer["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert [cell.value for cell in sheet[1]][:1] == ["Unsere Lieferanten"]
    assert [cell.value for cell in sheet[2]] == ["Kontonummer", "Firma", "aktiv", "What to do"]
    bad = remarks_of(sheet)
    assert "made anew" in bad.pop("D2")
    assert bad == {
        "C4": "“vielleicht” is neither yes nor no. Yes or no.",
        "B5": "“name” is empty. A value: in the cell, or one for all rows.",
        "C5": "“vielleicht” is neither yes nor no. Yes or no.",
        "A6": "“A-1” stands in row 3 already. Each only once: put one of them right, or leave one row out.",
    }
    assert sheet["C4"].fill.fgColor.rgb == "00F8C9CE"
    assert sheet["D4"].value == "in use: Yes or no."
    assert sheet["D3"].value is None


def test_the_commented_workbook_put_right_comes_in(mia: Client) -> None:
    run = brought(mia, BAD)
    mapped(mia, run)
    book = load_workbook(io.BytesIO(mia.get(f"/imports/{run.pk}/comments.xlsx").content))
    sheet = book.active
    sheet["C3"], sheet["C4"], sheet["B4"], sheet["A5"] = "nein", "nein", "Chef", "A-9"
    target = io.BytesIO()
    book.save(target)
    mia.post("/imports/new/", {"file": SimpleUploadedFile("Lieferanten.xlsx", target.getvalue())})
    again = ImportRun.objects.latest("id")
    mapped(mia, again)
    assert statuses(again) == {2: "READY", 3: "READY", 4: "READY", 5: "READY"}


def test_the_next_sheet_needs_no_second_upload(mia: Client) -> None:
    book = Workbook()
    book.active.title = "Lieferanten"
    second = book.create_sheet("Kunden")
    for sheet, first in ((book.active, "S"), (second, "K")):
        sheet.append(["Code", "Name"])
        for number in range(4):
            sheet.append([f"{first}-{number}", f"Firma {number}"])
    target = io.BytesIO()
    book.save(target)
    mia.post("/imports/new/", {"file": SimpleUploadedFile("alles.xlsx", target.getvalue())})
    run = ImportRun.objects.latest("id")
    assert (run.sheet, run.kind) == ("Lieferanten", "suppliers")
    mapped(mia, run)
    mia.post(f"/imports/{run.pk}/dry-run/", {"act": "import", "how": "whole"})
    assert "Next sheet: Kunden" in page(mia, f"/imports/{run.pk}/")

    mia.post(f"/imports/{run.pk}/next/", {"sheet": "Kunden"})
    other = ImportRun.objects.latest("id")
    assert (other.pk != run.pk, other.sheet, other.kind, other.sha256) == (True, "Kunden", "customers", run.sha256)
    mapped(mia, other)
    assert statuses(other) == dict.fromkeys(range(2, 6), "READY")
    assert mia.post(f"/imports/{run.pk}/next/", {"sheet": "Nirgends"}).status_code == 404


def test_another_header_row_is_chosen_and_an_empty_one_refused(mia: Client) -> None:
    run = brought(mia, "Code;Name\nKontonummer;Firma\nA-1;Adler\nA-2;Bär\n")
    answer = mia.post(f"/imports/{run.pk}/file/", {"sheet": run.sheet, "header": "2", "kind": "suppliers"})
    assert answer.status_code == 302
    run.refresh_from_db()
    assert [column["header"] for column in run.table["columns"]] == ["Kontonummer", "Firma"]
    refused = mia.post(f"/imports/{run.pk}/file/", {"sheet": run.sheet, "header-other": "900"})
    assert refused.status_code == 422
    assert "Row 900" in refused.content.decode()


def test_one_row_of_a_long_file_is_looked_at_alone(mia: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    run = brought(mia, BAD)
    mapped(mia, run)
    monkeypatch.setattr(begin, "AT_ONCE", 1)
    whole: list[int] = []
    monkeypatch.setattr(checks, "check_again", lambda run, user: whole.append(run.pk))
    mia.post(f"/imports/{run.pk}/cells/", {"c-3-3": "ja", "w-3-3": "vielleicht"})
    assert (statuses(run)[3], whole) == ("READY", [])
    # What the key is, only the whole can say.
    mia.post(f"/imports/{run.pk}/cells/", {"c-5-1": "A-7", "w-5-1": "A-1"})
    assert whole == [run.pk]


def test_groups_are_asked_for_in_one_question(mia: Client, migrator: User) -> None:
    run = brought(mia, BAD)
    mapped(mia, run)
    run.refresh_from_db()
    with acting(migrator, channel="test"), CaptureQueriesContext(connection) as asked:
        groups_of(run, kind_or_refuse(run))
    assert len(asked) == 1


def test_a_question_about_a_column_is_answered_once_for_all_its_cells(mia: Client) -> None:
    lines = "".join(f"PO-{n};S-1;0{n}/0{n + 1}/26;A-1;5;EUR\n" for n in range(1, 6))
    run = brought(mia, "Bestellnummer;Lieferant;Bestelldatum;Artikel;Menge;Währung\n" + lines, "Bestellungen.csv")
    mapped(mia, run)
    run.refresh_from_db()
    assert (run.kind, run.mapping["3"]) == ("purchase_orders", "ordered_on")
    first = groups_of(run, kind_or_refuse(run))
    assert [(one.repair, one.times) for one in first if one.code == "day_order_unclear"] == [(Repair.ANSWER, 5)]
    assert "The month comes first" in page(mia, f"/imports/{run.pk}/check/")

    mia.post(f"/imports/{run.pk}/repair/", {"act": "answer", "column": "3", "says": "0"})
    run.refresh_from_db()
    assert run.options["answers"] == {"3": {"day_first": False}}
    assert (run.decisions["3"]["day_first"], run.options["questions"]) == (False, [])
    assert "day_order_unclear" not in {one.code for one in groups_of(run, kind_or_refuse(run))}
    # The answer stands on the page of the columns, and another one may be given there.
    assert 'name="ask-3-day_first" value="0" checked' in page(mia, f"/imports/{run.pk}/columns/")
    refused = mia.post(f"/imports/{run.pk}/repair/", {"act": "answer", "column": "4", "says": "0"})
    assert (refused.status_code, "Nothing is asked" in refused.content.decode()) == (422, True)
