"""Labels are printed by those who may, every print is written down, and the second says so on the label."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import Invalid, StaleVersion
from factory_core.events.models import Event
from factory_core.people.models import User
from inventory.labels.models import LabelPrint, LabelTemplate
from inventory.labels.queries.subjects import NothingToLabel
from inventory.labels.queries.templates import NoSuchTemplate
from inventory.labels.rules.defaults import DEFAULTS
from inventory.labels.services.faults import BadTemplate, CannotBeCoded
from inventory.labels.services.printing import BadCopies, Printed, print_labels
from inventory.labels.services.templates import (
    BadLabelSize,
    BadTemplateCode,
    TemplateExists,
    change_template,
    create_template,
    make_default_templates,
)
from inventory.lots.models import Lot
from inventory.stock.states import LocationKind
from tests.world.clock import Clock
from tests.world.inventory import a_location, a_lot, an_item
from tests.world.people import Cast, a_user
from tests.world.plant import Plant
from tests.world.production import minute

TEXT = {"kind": "text", "x": 1, "y": 1, "width": 40, "height": 6, "field": "lot", "size": 4}


@pytest.fixture
def templates(cast: Cast, clock: Clock) -> list[LabelTemplate]:
    with acting(cast.it_admin, channel="test"):
        return make_default_templates(actor=cast.it_admin, at=minute(0))


@pytest.fixture
def lot(plant: Plant) -> Lot:
    item = an_item("MW-1", tracking="LOT", gtin="06291041500213", name="Pump <housing>")
    return a_lot(item, "ABC-12", expires_on=date(2028, 2, 29), supplier_lot="CH-88")


def printed(actor: User, lot: Lot, **more: Any) -> Printed:
    with acting(actor, channel="test"):
        return print_labels(actor=actor, subject="LOT", subject_id=lot.pk, at=minute(5), **more)


def make(actor: User, **more: Any) -> LabelTemplate:
    wish = {
        "code": "mine",
        "name": "Mine",
        "subject": "LOT",
        "width_mm": Decimal(50),
        "height_mm": Decimal(20),
        "elements": [TEXT],
    }
    with acting(actor, channel="test"):
        return create_template(actor=actor, at=minute(0), **{**wish, **more})


def test_the_usual_templates_are_made_once(cast: Cast, templates: list[LabelTemplate]) -> None:
    assert sorted(one.code for one in templates) == sorted(default.code for default in DEFAULTS)
    assert all(one.is_default for one in templates)
    with acting(cast.it_admin, channel="test"):
        assert make_default_templates(actor=cast.it_admin, at=minute(1)) == []


def test_a_print_is_written_down_and_the_second_says_so(cast: Cast, templates: list[LabelTemplate], lot: Lot) -> None:
    first = printed(cast.storekeeper, lot, copies=3, quantity=Decimal("240.000000"))
    assert (first.entry.turn, first.entry.copies, first.entry.by, first.entry.site) == (
        1,
        3,
        cast.storekeeper,
        first.entry.site,
    )
    assert "Reprint" not in first.svg
    assert ">240<" in first.svg
    again = printed(cast.operator, lot)
    assert (again.entry.turn, again.entry.subject_label) == (2, "MW-1 · ABC-12")
    assert ">Reprint 2</text>" in again.svg
    assert "^FDReprint 2^FS" in again.zpl
    assert list(Event.objects.order_by("id").values_list("name", flat=True))[-2:] == [
        "labels.printed",
        "labels.reprinted",
    ]


def test_a_print_belongs_to_the_site_of_who_prints(
    plant: Plant, cast: Cast, templates: list[LabelTemplate], lot: Lot
) -> None:
    assert printed(cast.storekeeper, lot).entry.site == plant.site
    # The operator's right stands at a line.
    assert printed(cast.operator, lot).entry.site == plant.site


def test_the_drawing_is_as_large_as_the_template_and_safe(cast: Cast, templates: list[LabelTemplate], lot: Lot) -> None:
    svg = printed(cast.storekeeper, lot).svg
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="50mm" viewBox="0 0 100 50"')
    assert "Pump &lt;housing&gt;" in svg
    assert "Use by 2028-02-29" in svg
    assert "style=" not in svg


def test_zpl_is_in_dots_and_escapes_what_printers_obey(cast: Cast, lot: Lot) -> None:
    rough = {"kind": "text", "x": 0, "y": 10, "width": 50, "height": 5, "text": "^XZ~_", "size": 4}
    make(
        cast.it_admin,
        elements=[TEXT, rough, {"kind": "qr", "x": 38, "y": 0, "width": 12, "height": 12, "field": "gs1"}],
    )
    zpl = printed(cast.storekeeper, lot, copies=4).zpl
    assert zpl.startswith("^XA\n^CI28\n^PW400\n^LL160\n")
    assert "^FO8,8^A0N,32,32^FB320,1,6,L^FH_^FDABC-12^FS" in zpl
    assert "^FD_5EXZ_7E_5F^FS" in zpl
    assert "^BQN,2,2^FH_^FDMA,01062910415002131728022910ABC-12^FS" in zpl
    assert zpl.endswith("^PQ4\n^XZ\n")


def test_a_place_and_a_pallet_have_their_own_labels(plant: Plant, cast: Cast, templates: list[LabelTemplate]) -> None:
    store = a_location(plant.site, "S1", LocationKind.STORE)
    bin_ = a_location(plant.site, "A-1", LocationKind.BIN, store)
    pallet = a_location(plant.site, "P1", LocationKind.PALLET, bin_, sscc="020000000000000014")
    with acting(cast.storekeeper, channel="test"):
        place = print_labels(actor=cast.storekeeper, subject="LOCATION", subject_id=bin_.pk, at=minute(5))
        label = print_labels(actor=cast.storekeeper, subject="PALLET", subject_id=pallet.pk, at=minute(5))
        with pytest.raises(NothingToLabel):
            print_labels(actor=cast.storekeeper, subject="LOCATION", subject_id=pallet.pk, at=minute(5))
    assert "S1 › A-1" in place.svg
    assert (place.entry.site, place.entry.subject_kind) == (plant.site, "inventory.location")
    assert "SSCC 020000000000000014" in label.svg
    assert ",D^FH_^FD00020000000000000014^FS" in label.zpl


def test_refusals_print_nothing(plant: Plant, cast: Cast, templates: list[LabelTemplate], lot: Lot) -> None:
    elsewhere = a_location(plant.site, "A-2")
    for actor, wish, refusal in (
        (cast.stranger, {}, Forbidden),
        (cast.auditor, {}, Forbidden),
        (cast.sales, {}, Forbidden),
        (cast.storekeeper, {"copies": 0}, BadCopies),
        (cast.storekeeper, {"copies": 201}, BadCopies),
        (cast.storekeeper, {"template_code": "item-62x29"}, NoSuchTemplate),
        (cast.storekeeper, {"template_code": "none"}, NoSuchTemplate),
    ):
        with pytest.raises(refusal):
            printed(actor, lot, **wish)
    with pytest.raises(NothingToLabel), acting(cast.operator, channel="test"):
        # Places belong to the site; an operator of one line does not see them.
        print_labels(actor=cast.operator, subject="LOCATION", subject_id=elsewhere.pk, at=minute(5))
    assert not LabelPrint.objects.exists()


def test_what_a_code_cannot_carry_is_said(cast: Cast) -> None:
    lot = a_lot(an_item("MW-2", tracking="LOT"), "Größe-1")
    make(cast.it_admin, elements=[{"kind": "code128", "x": 0, "y": 0, "width": 50, "height": 10, "field": "lot"}])
    with pytest.raises(CannotBeCoded) as refused:
        printed(cast.storekeeper, lot)
    assert refused.value.sentence.startswith("'Größe-1' does not go into a code of the kind code128.")
    assert not LabelPrint.objects.exists()


@pytest.mark.parametrize(
    ("elements", "sentence", "pointer"),
    [
        ([{**TEXT, "field": "price"}], "Element 1: There is no field 'price' for this label.", "/elements/0/field"),
        (
            [TEXT, {**TEXT, "x": 20}],
            "Element 2: It reaches over the edge of the label: 20 … 60 mm",
            "/elements/1/width",
        ),
        ([{**TEXT, "kind": "picture"}], "Element 1: kind is 'picture'. Expected one of: text, qr", "/elements/0/kind"),
        (
            [{**TEXT, "width": "wide"}],
            "Element 1: width is 'wide'. Expected a number of millimetres.",
            "/elements/0/width",
        ),
        ([{**TEXT, "field": ""}], "Element 1: It shows neither a field nor a text", "/elements/0/field"),
        ([{**TEXT, "colour": "red"}], "Element 1: An element has no 'colour'.", "/elements/0/colour"),
        ([{**TEXT, "size": 90}], "Element 1: The letters are 90 mm high.", "/elements/0/size"),
        ([7], "Element 1: '7' is no element", "/elements/0"),
        ([], "A label has 1 to 60 elements, not 0.", "/elements"),
        ("text", "The elements are a list; 'text' is none.", "/elements"),
    ],
)
def test_a_fault_in_the_elements_is_named(cast: Cast, elements: Any, sentence: str, pointer: str) -> None:
    with pytest.raises(BadTemplate) as refused:
        make(cast.it_admin, elements=elements)
    assert refused.value.sentence.startswith(sentence)
    assert refused.value.details["errors"][0]["pointer"] == pointer
    assert not LabelTemplate.objects.exists()


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"width_mm": Decimal("4.9")}, BadLabelSize),
        ({"height_mm": Decimal("500.1")}, BadLabelSize),
        ({"code": "a b"}, BadTemplateCode),
        ({"subject": "MACHINE"}, Invalid),
    ],
)
def test_templates_that_cannot_be_are_refused(cast: Cast, wish: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        make(cast.it_admin, **wish)
    assert not LabelTemplate.objects.exists()


def test_only_who_designs_labels_changes_them(cast: Cast) -> None:
    template = make(cast.it_admin)
    for actor in (cast.stranger, cast.storekeeper):
        with pytest.raises(Forbidden):
            make(actor, code="other")
        with pytest.raises(Forbidden), acting(actor, channel="test"):
            change_template(actor=actor, template_id=template.pk, name="Theirs", at=minute(1))
    with pytest.raises(TemplateExists):
        make(cast.it_admin)
    template.refresh_from_db()
    assert (template.name, LabelTemplate.objects.count()) == ("Mine", 1)


def test_the_second_of_two_designers_sees_both(cast: Cast) -> None:
    template = make(cast.it_admin)
    with acting(cast.it_admin, channel="test"):
        change_template(actor=cast.it_admin, template_id=template.pk, version=1, name="First", at=minute(1))
        with pytest.raises(StaleVersion) as refused:
            change_template(actor=cast.it_admin, template_id=template.pk, version=1, name="Second", at=minute(2))
    assert refused.value.details["current"]["name"] == "First"
    template.refresh_from_db()
    assert (template.name, template.version) == ("First", 2)


def test_one_template_of_a_kind_is_the_usual_one(cast: Cast, templates: list[LabelTemplate]) -> None:
    mine = make(cast.it_admin, is_default=True)
    assert list(LabelTemplate.objects.filter(subject="LOT", is_default=True)) == [mine]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_page_prints_and_loading_it_again_is_a_reprint(cast: Cast, templates: list[LabelTemplate], lot: Lot) -> None:
    client = browser(cast.storekeeper)
    wish = {"subject": "LOT", "id": lot.pk, "template": "lot-100x50", "copies": "2"}
    assert client.get("/labels/print/", {"subject": "LOT", "id": lot.pk}).status_code == 200
    assert not LabelPrint.objects.exists()
    sheet = client.post("/labels/print/", wish).content.decode()
    assert sheet.count('<div class="label">') == 2
    assert "/labels/templates/lot-100x50/page.css?v=1" in sheet
    assert "Reprint" not in sheet
    assert client.post("/labels/print/", wish).content.decode().count(">Reprint 2</text>") == 2
    file = client.post("/labels/print/", {**wish, "zpl": "1"})
    assert (file["Content-Disposition"], file.content[:3]) == ('attachment; filename="label-MW-1---ABC-12.zpl"', b"^XA")
    assert LabelPrint.objects.count() == 3
    style = client.get("/labels/templates/lot-100x50/page.css")
    assert style["Content-Type"] == "text/css"
    assert "@page { size: 100mm 50mm; margin: 0; }" in style.content.decode()


def test_pages_of_labels_are_closed_to_strangers(cast: Cast, templates: list[LabelTemplate], lot: Lot) -> None:
    for user in (cast.stranger, cast.disabled, cast.sales):
        client = browser(user)
        for address in (
            "/labels/",
            f"/labels/print/?subject=LOT&id={lot.pk}",
            "/labels/new/",
            "/labels/templates/lot-100x50/",
        ):
            assert client.get(address).status_code in (302, 403), (user, address)
        client.post("/labels/print/", {"subject": "LOT", "id": lot.pk, "copies": 1})
    assert browser(cast.storekeeper).get("/labels/new/").status_code == 403
    assert not LabelPrint.objects.exists()


def test_the_designer_previews_saves_and_shows_a_clash(cast: Cast, templates: list[LabelTemplate]) -> None:
    client, template = browser(cast.it_admin), LabelTemplate.objects.get(code="lot-100x50")
    page = client.get("/labels/templates/lot-100x50/")
    assert page.status_code == 200
    wish = {
        "name": "Lot", "width_mm": "60,5", "height_mm": "30", "is_active": "on", "is_default": "on", "version": "1",
        "subject": "LOT", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-kind": "text",
        "form-0-field": "lot", "form-0-x": "1", "form-0-y": "1,5", "form-0-width": "50", "form-0-height": "6",
        "form-0-size": "5", "form-0-align": "left",
    }  # fmt: skip
    preview = client.post("/labels/preview/", wish).content.decode()
    assert 'width="60.5mm" height="30mm"' in preview
    assert "L000123" in preview
    assert client.post("/labels/templates/lot-100x50/", wish).status_code == 302
    template.refresh_from_db()
    assert (template.width_mm, template.version, len(template.elements)) == (Decimal("60.5"), 2, 1)
    clash = client.post("/labels/templates/lot-100x50/", {**wish, "name": "Lot of mine"})
    assert clash.status_code == 412
    assert "Lot of mine" in clash.content.decode()
    outside = client.post("/labels/templates/lot-100x50/", {**wish, "version": "2", "form-0-x": "40"})
    assert outside.status_code == 422
    assert "reaches over the edge" in outside.content.decode()


def test_the_api_prints_once_a_key(cast: Cast, templates: list[LabelTemplate], lot: Lot) -> None:
    client, wish = browser(cast.storekeeper), {"subject": "LOT", "id": lot.pk, "copies": 2}
    for _turn in range(2):
        answer = client.post(
            "/api/v1/label-prints", wish, content_type="application/json", headers={"Idempotency-Key": "k"}
        )
        assert (answer.status_code, answer.json()["turn"], answer.json()["copies"]) == (201, 1, 2)
    assert LabelPrint.objects.count() == 1
    assert client.get("/api/v1/label-prints").json()["results"][0]["subject_label"] == "MW-1 · ABC-12"
    assert browser(cast.stranger).post("/api/v1/label-prints", wish, content_type="application/json").status_code == 403
    assert browser(cast.stranger).get("/api/v1/label-templates").status_code == 403


def test_a_person_of_another_site_sees_neither_place_nor_log(
    plant: Plant, cast: Cast, templates: list[LabelTemplate]
) -> None:
    from tests.world.plant import a_plant

    there = a_plant("other")
    other = a_user("other.keeper", "storekeeper", there.site)
    place = a_location(plant.site, "A-3")
    with acting(cast.storekeeper, channel="test"):
        print_labels(actor=cast.storekeeper, subject="LOCATION", subject_id=place.pk, at=minute(5))
    assert browser(other).get(f"/labels/print/?subject=LOCATION&id={place.pk}").status_code == 404
    assert "A-3" not in browser(other).get("/labels/").content.decode()
    assert "A-3" in browser(cast.storekeeper).get("/labels/").content.decode()
