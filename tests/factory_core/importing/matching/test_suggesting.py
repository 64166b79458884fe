"""Columns of real workbooks find the fields of their kind; what is unsure is left for the person."""

from datetime import date

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given, settings
from hypothesis import strategies as st

from factory_core.importing.kinds import OLD_ID, FieldType, Kind
from factory_core.importing.matching import Suggestion, Why, guess_kind, shape_of, suggest, words_for
from factory_core.importing.matching.names import header_of, key_of
from factory_core.importing.matching.synonyms import CONCEPTS, LANGUAGES
from tests.world import kinds
from tests.world.importing import a_field, a_kind, date_cell, number_cell, shape


def taken(kind: Kind, *headers: str) -> dict[str, str | None]:
    """The fields that the headers feed without asking."""
    return {headers[each.column]: each.field for each in suggest(kind, headers, ()) if each.taken}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        *((header, "code") for header in ("MATNR", "Artikel-Nr.", "ARTIKELNUMMER", "Teilenr", "item_code", "IPN")),
        *((header, "code") for header in ("Código de artículo", "Référence article", "Indeks materiałowy", "Part No.")),
        *((header, "name") for header in ("MAKTX", "Bezeichnung", "Désignation", "Denominación", "Nazwa towaru")),
        *((header, "unit") for header in ("MEINS", "ME", "UoM", "stock_uom", "J.m.", "Unité", "Unidad de medida")),
        *((header, "safety_stock") for header in ("EISBE", "Sicherheitsbestand", "Stock de sécurité", "Safety stock:")),
        *((header, "lead_time") for header in ("PLIFZ", "Wiederbeschaffungszeit (Tage)", "Lead (days)", "WBZ")),
        *((header, "weight") for header in ("Weight (kg)", "Gewicht [kg]", "Poids", "waga, kg", "Weight in kg")),
    ],
)
def test_other_programs_and_languages_are_understood(header: str, field: str) -> None:
    assert suggest(kinds.ITEMS, [header], ())[0].field == field
    assert suggest(kinds.ITEMS, [header], ())[0].taken


@pytest.mark.parametrize(
    ("header", "field"),
    [("Safty stock", "safety_stock"), ("Reoder point", "reorder_point"), ("Sicherheitsbestnad", "safety_stock")],
)
def test_slips_of_the_pen_are_forgiven(header: str, field: str) -> None:
    suggestion = suggest(kinds.ITEMS, [header], ())[0]
    assert (suggestion.field, suggestion.why, suggestion.taken) == (field, Why.SIMILAR, True)
    assert 0.8 <= suggestion.confidence < 0.95


@pytest.mark.parametrize(
    "header",
    ["Maximum stock", "Gross margin", "Size unit", "Supplier name", "Tool", "Pin", "Next review", "Code of conduct"],
)
def test_another_word_is_another_field(header: str) -> None:
    assert not suggest(kinds.ITEMS, [header], ())[0].taken


def test_the_least_is_not_the_most() -> None:
    kind = a_kind("limits", a_field(name="maximum_order_quantity", label="Maximum order quantity"))
    assert taken(kind, "Minimum order quantity") == {}
    assert taken(kind, "Maximum order quantiy") == {"Maximum order quantiy": "maximum_order_quantity"}


def test_two_columns_never_feed_one_field_and_the_usual_name_wins() -> None:
    headers = ["Part", "Item code", "Part number", "Part Number"]
    found = suggest(kinds.ITEMS, headers, ())
    assert [each.field for each in found].count("code") == 1
    assert found[2].field == "code"
    assert suggest(kinds.ITEMS, headers, ()) == found


def test_what_was_learned_comes_before_all() -> None:
    headers = ["Part number", "Our name", "Colour", "Name"]
    found = suggest(kinds.ITEMS, headers, (), {"our NAME": "name", "Colour": ""})
    assert found == [
        Suggestion(0, "code", 0.95, Why.SYNONYM, taken=True),
        Suggestion(1, "name", 1.0, Why.LEARNED, taken=True),
        Suggestion(2, None, 1.0, Why.LEARNED, taken=True),
        Suggestion(3, None, 0.0, Why.NONE, taken=False),
    ]


def test_the_labels_of_the_product_are_understood_in_all_its_languages() -> None:
    kind = a_kind("staff", a_field(name="x", label=gettext_lazy("Supplier")), a_field(name="supplier", label="Y"))
    for header in ("Supplier", "Lieferant", "x", "X *"):
        assert suggest(kind, ["z", header], ())[1] == Suggestion(1, "x", 1.0, Why.SAME_NAME, taken=True)


def test_a_header_over_cells_that_the_field_cannot_read_is_left_for_the_person() -> None:
    headers = ["Weight", "Lead", "Standard price"]
    found = suggest(
        kinds.ITEMS, headers, [shape("heavy", "light"), shape("soon", "later"), shape("as agreed", "as agreed", "5")]
    )
    assert [(each.field, each.taken) for each in found] == [
        ("weight", True),
        ("lead_time", False),
        ("standard_cost", False),
    ]
    assert found[1].confidence == 0.6


def test_cells_that_only_one_field_can_read_suggest_it_without_taking_it() -> None:
    kind = a_kind("papers", a_field(name="code"), a_field(FieldType.DATE, "printed_on"))
    days = shape_of([date_cell(date(2026, 3, day)) for day in range(1, 9)])
    found = suggest(kind, ["Code", "xyz", "abc"], [shape("A"), days, shape_of([number_cell("3")])])
    assert [(each.field, each.why, each.taken) for each in found[1:]] == [
        ("printed_on", Why.SHAPE, False),
        (None, Why.NONE, False),
    ]


def test_words_of_choices_suggest_their_field() -> None:
    found = suggest(kinds.ITEMS, ["xyz"], [shape("Purchased", "make", "BUY")])
    assert (found[0].field, found[0].why, found[0].taken) == ("supply", Why.SHAPE, False)


def test_destroyed_dates_are_still_mapped() -> None:
    found = suggest(kinds.WORK_ORDERS, ["WorkOrderID", "DueDate"], [shape("1", "2"), shape("00:00.0", "00:00.0")])
    assert [each.field for each in found] == ["number", "due_on"]
    assert found[1].taken


def test_a_file_may_be_called_like_its_kind() -> None:
    assert guess_kind(kinds.ALL, ["a", "b"], "Stückliste 2026.xlsx", "Tabelle1") == [("boms", 0.24)]
    assert guess_kind(kinds.ALL, ["a", "b"], "x.xlsx", "Lieferanten") == [("suppliers", 0.3)]
    assert guess_kind(kinds.ALL, ["a", "b"], "x.xlsx", "Tabelle1") == []


def test_where_only_an_old_number_stands_for_the_key_the_kind_is_still_likely() -> None:
    stores = a_kind(
        "customers", a_field(name="code", required=True), a_field(name=OLD_ID, synonyms={"en": ["entity ID"]})
    )
    groups = a_kind("groups", a_field(name="name", required=True))
    assert [name for name, _sure in guess_kind([stores, groups], ["entity ID", "Name"], "x.csv", "")] == [
        "customers", "groups",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "words", "unit"),
    [
        ("Weight (kg)", "weight", "kg"),
        ("ProductNumber", "product number", ""),
        ("BOMLevel", "bom level", ""),
        ("PerAssemblyQty", "per assembly qty", ""),
        ("  Länge  [mm] ", "länge", "mm"),
        ("Costo unitario (USD FOB DigiKey)", "costo unitario", "USD"),
        ("Price / EUR", "price", "EUR"),
        ("Colour (optional)", "colour", ""),
        ("(optional)", "optional", ""),
        ("net_price", "net price", ""),
        ("Lead time\nin days", "lead time", "days"),
    ],
)
def test_a_header_is_taken_apart(header: str, words: str, unit: str) -> None:
    assert header_of(header)[:2] == (words, unit)


@pytest.mark.parametrize(
    "same",
    [
        ("Part No.", "part number", "PART_NUMBER", "PartNumber", "part #", "Parts no"),
        ("Stückliste", "Stueckliste", "STÜCKLISTE"),
        ("Artikel-Nr.", "Artikelnummer", "ArtikelNr", "artikel nr"),
        ("Qté", "Quantité", "quantite"),
        ("Número de pieza", "Nº de pieza".replace("Nº", "No"), "numero de pieza"),
        ("Łączna ilość", "laczna ilosc"),
    ],
)
def test_the_same_header_written_otherwise_is_the_same(same: tuple[str, ...]) -> None:
    assert {key_of(each) for each in same} == {key_of(same[0])}


WORDS = [
    "Part",
    "number",
    "Nr",
    "(kg)",
    "Qty",
    "Menge",
    "date",
    "#",
    "ID",
    "ü",
    "",
    " ",
    "(",
    "Unit price",
    "cost",
    "☃",
]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join), max_size=12))
def test_whatever_the_headers_no_field_is_fed_twice(headers: list[str]) -> None:
    for kind in (kinds.ITEMS, kinds.PURCHASE_ORDERS):
        found = suggest(kind, headers, ())
        assert [each.column for each in found] == list(range(len(headers)))
        fields = [each.field for each in found if each.field]
        assert len(fields) == len(set(fields))
        assert all(each.taken == (each.confidence >= 0.8) for each in found if each.field)
        assert all(each.field is None for each, header in zip(found, headers, strict=True) if not header.strip())


def test_a_text_in_a_header_cell_costs_nothing() -> None:
    assert header_of("(" * 30_000).words == ""
    assert suggest(kinds.ITEMS, ["Part number " + "x" * 30_000], ())[0].taken is False


def test_the_vocabulary_speaks_five_languages() -> None:
    assert len(CONCEPTS) >= 60
    silent = {concept for concept, words in CONCEPTS.items() if not set(LANGUAGES) <= set(words)}
    assert silent == set()
    blank = {concept for concept, words in CONCEPTS.items() for each in words.values() if not all(map(str.strip, each))}
    assert blank == set()


def test_a_field_with_a_few_words_of_its_own_understands_those_of_its_concept() -> None:
    words = {"en": ["code", "partner code", "account number", "id"], "de": ["Kontonummer", "Partnernummer"]}
    kind = a_kind(
        "partners", a_field(name="code", label="Our code", synonyms=words), a_field(name="email", label="Mail")
    )
    found = suggest(kind, ["LIFNR", "Adres e-mail"], ())
    assert [(each.field, each.confidence, each.taken) for each in found] == [("code", 0.9, True), ("email", 0.95, True)]
    assert suggest(kind, ["LIFNR", "Kontonummer"], ())[1].field == "code"


def test_a_field_of_its_own_meaning_gets_no_other_words() -> None:
    words = {"en": ["mood", "temper"], "de": ["Laune"]}
    kind = a_kind("people", a_field(name="mood", label="Mood", synonyms=words))
    assert suggest(kind, ["Name", "State", "Laune"], ())[2].field == "mood"


def test_the_customer_is_not_whether_somebody_is_a_customer() -> None:
    words = {"en": ["customer", "is customer"], "de": ["Kunde"]}
    kind = a_kind("partners", a_field(FieldType.YES_NO, "is_customer", label="Customer", synonyms=words))
    assert not suggest(kind, ["KUNNR"], ())[0].taken
    assert suggest(kind, ["Kunde"], ())[0].taken


def test_words_are_put_together_by_concept() -> None:
    words = words_for("due_on", "shipped_on", de="KW|Wunschwoche")
    assert words["de"][:3] == ("KW", "Wunschwoche", "Liefertermin")
    assert "Versanddatum" in words["de"]
    with pytest.raises(KeyError):
        words_for("nothing we know")
