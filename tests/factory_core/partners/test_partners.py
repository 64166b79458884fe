"""Customers and suppliers: who sees them, who changes them, and what is checked."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import StaleVersion
from factory_core.events.queries import story_of
from factory_core.partners.models import Partner, PartnerAddress
from factory_core.partners.queries import NoSuchPartner, partners_seen
from factory_core.partners.services import BadPartner, add_address, add_partner, change_address, change_partner
from tests.world.inventory import a_partner
from tests.world.people import Cast, a_user

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def added(actor: Any, code: str = "WUE", **facts: Any) -> Partner:
    with acting(actor, channel="test"):
        return add_partner(actor=actor, at=AT, code=code, name=facts.pop("name", "Screws Ltd"), **facts)


def test_partner_is_added_changed_and_tells_its_story(cast: Cast) -> None:
    partner = added(cast.buyer, is_supplier=True, gln="4006381333931", email="a@b.de")
    with acting(cast.sales, channel="test"):
        change_partner(actor=cast.sales, partner_id=partner.pk, at=AT, version=1, is_customer=True)
        address = add_address(
            actor=cast.sales, partner_id=partner.pk, at=AT, street="Way 1", postal_code="74653", city="K", country="de"
        )
        change_address(actor=cast.sales, partner_id=partner.pk, address_id=address.pk, at=AT, version=1, street="Way 2")
    kept = Partner.objects.get()
    assert (kept.code, kept.is_supplier, kept.is_customer, kept.gln, kept.version) == (
        "WUE", True, True, "4006381333931", 2,
    )  # fmt: skip
    assert list(PartnerAddress.objects.values_list("street", "country", "version")) == [("Way 2", "DE", 2)]
    assert [event.sentence for event in story_of(cast.storekeeper, kept)] == [
        "An address of Screws Ltd was changed to Screws Ltd, Way 2, K",
        "Screws Ltd got the address Screws Ltd, Way 1, K",
        "Partner Screws Ltd was changed: customer",
        "Screws Ltd was added as a partner",
    ]


@pytest.mark.parametrize(
    ("facts", "field", "says"),
    [
        ({"gln": "4006381333932"}, "gln", "The last digit of 4006381333932 should be 1."),
        ({"gln": "12"}, "gln", "A GLN has 13 digits."),
        ({"code": " "}, "code", "blank"),
        ({"name": ""}, "name", "blank"),
        ({"email": "nobody"}, "email", "valid email"),
        ({"code": "old"}, "code", "There is a partner old already."),
    ],
)
def test_faulty_facts_are_refused_beside_their_field(cast: Cast, facts: dict[str, Any], field: str, says: str) -> None:
    a_partner("OLD")
    with pytest.raises(BadPartner) as no:
        added(cast.buyer, **facts)
    assert no.value.details["errors"][0]["pointer"] == f"/{field}"
    assert says in no.value.details["errors"][0]["message"]
    assert Partner.objects.count() == 1


def test_country_is_two_letters(cast: Cast) -> None:
    partner = a_partner()
    with acting(cast.buyer, channel="test"), pytest.raises(BadPartner, match="two letters"):
        add_address(actor=cast.buyer, partner_id=partner.pk, at=AT, street="S", city="C", country="D1")
    assert not PartnerAddress.objects.exists()


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("storekeeper", Forbidden), ("owner", Forbidden), ("operator", NoSuchPartner), ("stranger", NoSuchPartner)],
)
def test_only_those_with_the_right_change(cast: Cast, who: str, refusal: type[Exception]) -> None:
    partner, actor = a_partner("P"), getattr(cast, who)
    with acting(actor, channel="test"), pytest.raises(Forbidden):
        add_partner(actor=actor, at=AT, code="X", name="X")
    with acting(actor, channel="test"), pytest.raises(refusal):
        change_partner(actor=actor, partner_id=partner.pk, at=AT, name="X")
    assert list(Partner.objects.values_list("code", "version")) == [("P", 1)]


def test_stale_change_is_refused_with_what_stands_there(cast: Cast) -> None:
    partner = a_partner("P", name="Old")
    with acting(cast.buyer, channel="test"):
        change_partner(actor=cast.buyer, partner_id=partner.pk, at=AT, version=1, name="New")
    with acting(cast.sales, channel="test"), pytest.raises(StaleVersion) as no:
        change_partner(actor=cast.sales, partner_id=partner.pk, at=AT, version=1, name="Other")
    assert (no.value.details["current"]["name"], no.value.details["current"]["version"]) == ("New", 2)


def test_partners_are_found_by_what_people_know_of_them(cast: Cast) -> None:
    screws = a_partner("WUE", supplier=True, name="Screws Ltd", vat_number="DE811", gln="4006381333931")
    customer = a_partner("CUS", customer=True)
    a_partner("OUT", customer=True, is_active=False)
    for q in ("wue", "screw", "de8", "4006381333931"):
        assert (q, list(partners_seen(cast.storekeeper, q))) == (q, [screws])
    assert list(partners_seen(cast.storekeeper, side="customer")) == [customer]
    assert list(partners_seen(cast.stranger)) == list(partners_seen(cast.operator)) == []


def test_pages_and_their_forms(cast: Cast) -> None:
    buyer, store = as_(cast.buyer), as_(cast.storekeeper)
    wish = {"code": "WUE", "name": "Screws Ltd", "is_supplier": "on", "gln": "4006381333932"}
    assert buyer.post("/partners/new/", wish).status_code == 422
    answer = buyer.post("/partners/new/", {**wish, "gln": ""})
    partner = Partner.objects.get()
    assert answer["Location"] == f"/partners/{partner.pk}/"
    where = {"street": "Way 1", "city": "K", "country": "de"}
    assert buyer.post(f"/partners/{partner.pk}/address/", where).status_code == 302
    page = store.get(f"/partners/{partner.pk}/").content.decode()
    assert "Way 1" in page
    assert "edit/" not in page
    assert "Screws Ltd" in store.get("/partners/?q=scr").content.decode()
    edited = {"code": "WUE", "name": "Screws AG", "is_supplier": "on", "is_active": "on", "version": "1"}
    assert buyer.post(f"/partners/{partner.pk}/edit/", edited).status_code == 302
    late = buyer.post(f"/partners/{partner.pk}/edit/", {**edited, "name": "Screws SE"})
    assert late.status_code == 412
    assert late.context["clash"]["rows"] == [{"label": "Name", "yours": "Screws SE", "theirs": "Screws AG"}]
    assert Partner.objects.get().name == "Screws AG"
    for client in (as_(cast.stranger), as_(cast.operator)):
        for path in ("/partners/", f"/partners/{partner.pk}/", "/partners/new/", f"/partners/{partner.pk}/edit/"):
            assert client.get(path).status_code == 403
    assert store.get("/partners/new/").status_code == 403


def test_api_has_the_whole_partner(cast: Cast) -> None:
    client = as_(cast.buyer)
    made = client.post("/api/v1/partners", {"code": "P", "name": "N", "vat_number": "DE1"}, "application/json").json()
    address = {"street": "S", "city": "C", "country": "AT"}
    assert client.post(f"/api/v1/partners/{made['id']}/addresses", address, "application/json").status_code == 201
    change = {"phone": "+43 1", "version": 1}
    changed = client.post(f"/api/v1/partners/{made['id']}/change", change, "application/json").json()
    assert (changed["phone"], changed["vat_number"], changed["version"]) == ("+43 1", "DE1", 2)
    assert [one["city"] for one in changed["addresses"]] == ["C"]
    stale = client.post(f"/api/v1/partners/{made['id']}/change", change, "application/json")
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    other = as_(cast.storekeeper).post("/api/v1/partners", {"code": "X", "name": "X"}, "application/json")
    assert other.status_code == 403
    assert as_(cast.stranger).get("/api/v1/partners").status_code == 403


def test_lists_ask_as_much_for_many_partners_as_for_few(cast: Cast) -> None:
    client = as_(cast.buyer)
    a_partner(), a_partner()
    few = [questions(client, path) for path in ("/partners/", "/api/v1/partners")]
    for _n in range(48):
        partner = a_partner()
        with acting(cast.buyer, channel="test"):
            add_address(actor=cast.buyer, partner_id=partner.pk, at=AT, street="S", city="C", country="DE")
    assert [questions(client, path) for path in ("/partners/", "/api/v1/partners")] == few
    assert max(few) <= 12


def questions(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_administration_goes_through_the_acts(cast: Cast) -> None:
    boss = a_user("boss", superuser=True)
    client = as_(boss)
    inline = {"addresses-TOTAL_FORMS": "0", "addresses-INITIAL_FORMS": "0"}
    wish = {"code": "P", "name": "Screws Ltd", "gln": "4006381333932", "is_active": "on", **inline}
    answer = client.post("/admin/factory_core/partner/add/", wish)
    assert "The last digit of 4006381333932 should be 1." in answer.content.decode()
    assert not Partner.objects.exists()
    assert client.post("/admin/factory_core/partner/add/", {**wish, "gln": ""}).status_code == 302
    partner = Partner.objects.get()
    place = f"/admin/factory_core/partner/{partner.pk}/change/"
    assert client.post(place, {**wish, "gln": "", "name": "Screws AG", "read_version": "1"}).status_code == 302
    partner.refresh_from_db()
    assert (partner.name, partner.version) == ("Screws AG", 2)
    assert [event.name for event in story_of(boss, partner)] == ["partners.partner_changed", "partners.partner_added"]
