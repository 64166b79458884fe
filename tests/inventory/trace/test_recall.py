"""The recall of a lot: what is still here, who got the rest, and holding all of it; pages and API, right by right."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import Refusal
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.sources import SourceRef
from inventory.lots.models import Lot, LotUse
from inventory.lots.services import judge_lot
from inventory.stock.models import StockMove
from inventory.stock.services.acts import dispatch_out, output, take_back_from_customer
from inventory.trace.queries import recall
from inventory.trace.services import hold_all
from tests.world.books import Books
from tests.world.clock import Clock
from tests.world.inventory import a_lot, a_partner, an_item
from tests.world.people import Cast, a_user
from tests.world.plant import Plant, a_plant

D = Decimal
PAPER = SourceRef("inventory.dispatch", 7, "DSP-000007")


@dataclass
class Story:
    """40 kg of steel came, 30 went into blanks, 5 are at production; 20 of 50 blanks left, 4 came back."""

    books: Books
    steel: Lot
    blanks: Lot
    customer: Partner

    def dispatch(self, quantity: str, paper: SourceRef = PAPER) -> StockMove:
        """Send blanks to the customer on a paper."""
        books = self.books
        with acting(books.actor, channel="test"):
            return dispatch_out(
                actor=books.actor, item=self.blanks.item, quantity=D(quantity), from_location=books.here,
                partner=self.customer, at=books.clock(), lot=self.blanks, source=paper,
            )  # fmt: skip


@pytest.fixture
def story(plant: Plant, clock: Clock) -> Story:
    books, actor = Books(plant, clock), service_user("plant")
    steel = a_lot(an_item("STEEL", tracking="LOT", unit="kg"), "S1", supplier_lot="HEAT-77")
    blanks = a_lot(an_item("BLANK", tracking="LOT"), "B1")
    told = Story(books, steel, blanks, a_partner("ACME", customer=True))
    books.receive(steel.item, "40", "1", lot=steel)
    books.issue(steel.item, "35", lot=steel)
    with acting(actor, channel="test"):
        LotUse.objects.create(input=steel, output=blanks, quantity=D(30), at=clock())
        output(
            actor=actor, item=blanks.item, quantity=D(50), to_location=books.here, at=clock(), lot=blanks,
            unit_cost=D(2),
        )  # fmt: skip
    told.dispatch("20")
    with acting(actor, channel="test"):
        take_back_from_customer(
            actor=actor, item=blanks.item, quantity=D(4), to_location=books.shelf, at=clock(), lot=blanks,
            partner=told.customer, source=PAPER,
        )  # fmt: skip
    return told


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.django_db
def test_what_is_here_what_left_and_what_is_at_production(story: Story) -> None:
    found = recall(story.steel, story.books.actor)
    assert [(lot.number, found.levels[lot.id]) for lot in found.lots] == [("S1", 0), ("B1", 1)]
    lies = sorted((found.by_id[one.lot_id].number, one.place, one.quantity) for one in found.here)
    assert lies == sorted(
        [
            ("S1", story.books.here.code, D(5)),
            ("B1", story.books.here.code, D(30)),
            ("B1", story.books.shelf.code, D(4)),
        ]
    )
    (sent,) = found.sent
    assert (sent.customer, sent.source_label, sent.quantity, sent.returned) == ("Company ACME", "DSP-000007", 20, 4)
    assert (sent.first_at, sent.last_at) == (story.books.clock(), story.books.clock())
    assert found.at_production == {story.steel.pk: D(5)}
    assert not found.is_partial


@pytest.mark.django_db
def test_each_paper_is_told_and_a_dispatch_taken_back_is_not(story: Story) -> None:
    story.dispatch("3", SourceRef("inventory.dispatch", 8, "DSP-000008"))
    mistake = story.dispatch("2", SourceRef("inventory.dispatch", 9, "DSP-000009"))
    story.books.correct(mistake)
    papers = [(one.source_label, one.quantity) for one in recall(story.steel, story.books.actor).sent]
    assert papers == [("DSP-000007", D(20)), ("DSP-000008", D(3))]


@pytest.mark.django_db
def test_all_are_held_at_once_with_the_reason(story: Story, cast: Cast, clock: Clock) -> None:
    with acting(cast.quality, channel="test"):
        held = hold_all(actor=cast.quality, lot_id=story.steel.pk, reason="cracks", at=clock())
    assert set(held) == {story.steel.pk, story.blanks.pk}
    assert set(Lot.objects.values_list("status", "status_reason")) == {("HOLD", "cracks")}
    with acting(cast.quality, channel="test"):
        assert hold_all(actor=cast.quality, lot_id=story.steel.pk, reason="again", at=clock()) == []


@pytest.mark.django_db
def test_a_rejected_lot_stays_rejected(story: Story, cast: Cast, clock: Clock) -> None:
    with acting(cast.quality, channel="test"):
        judge_lot(actor=cast.quality, lot_id=story.blanks.pk, status="REJECTED", reason="bent", at=clock())
        assert hold_all(actor=cast.quality, lot_id=story.steel.pk, reason="cracks", at=clock()) == [story.steel.pk]
    story.blanks.refresh_from_db()
    assert (story.blanks.status, story.blanks.status_reason) == ("REJECTED", "bent")


@pytest.mark.django_db
def test_without_a_reason_or_the_right_nothing_is_held(story: Story, cast: Cast, clock: Clock) -> None:
    for who, reason, refusal in ((cast.quality, "  ", Refusal), (cast.buyer, "cracks", Forbidden)):
        with pytest.raises(refusal), acting(who, channel="test"):
            hold_all(actor=who, lot_id=story.steel.pk, reason=reason, at=clock())
    assert set(Lot.objects.values_list("status", flat=True)) == {"OPEN"}


@pytest.mark.django_db
def test_stock_of_another_site_is_not_told_but_said_to_be_missing(story: Story, clock: Clock) -> None:
    elsewhere = a_plant("OTHER")
    far = a_user("far.away", "storekeeper", elsewhere.site)
    found = recall(story.steel, far)
    assert (found.here, found.sent, found.at_production, found.is_partial) == ([], [], {}, True)
    assert "This list is not whole." in client_of(far).get(f"/lots/{story.steel.pk}/recall/").content.decode()


PAGES = ("trace/", "trace/?paper=1", "recall/", "recall/?paper=1")


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_the_pages_tell_lots_places_and_papers(story: Story, cast: Cast, page: str) -> None:
    answer = client_of(cast.storekeeper).get(f"/lots/{story.steel.pk}/{page}")
    assert answer.status_code == 200
    shown = answer.content.decode()
    for word in ("B1", "BLANK", "HEAT-77", story.books.shelf.code, "DSP-000007", "Company ACME"):
        assert word in shown
    assert "Hold all" not in shown


@pytest.mark.django_db
def test_pages_ask_few_questions_however_many_lots(story: Story, cast: Cast, clock: Clock) -> None:
    client = client_of(cast.quality)

    def asked(page: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert client.get(f"/lots/{story.steel.pk}/{page}").status_code == 200
        return len(counted)

    client.get(f"/lots/{story.steel.pk}/trace/")
    before = [asked(page) for page in PAGES]
    with acting(story.books.actor, channel="test"):
        for number in range(50):
            made = a_lot(story.blanks.item, f"X{number}")
            LotUse.objects.create(input=story.steel, output=made, quantity=D(1), at=clock())
            output(
                actor=story.books.actor, item=made.item, quantity=D(1), to_location=story.books.here, at=clock(),
                lot=made, unit_cost=D(2),
            )  # fmt: skip
    assert [asked(page) for page in PAGES] == before
    assert max(before) <= 12, before


@pytest.mark.django_db
def test_hold_all_from_the_page(story: Story, cast: Cast) -> None:
    client, page = client_of(cast.quality), f"/lots/{story.steel.pk}/recall/"
    assert "Hold all of them" in client.get(page).content.decode()
    refused = client.post(f"{page}hold/", {"reason": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    assert client.post(f"{page}hold/", {"reason": "cracks"}).headers["Location"] == page
    assert "all are on hold or rejected" in client.get(page).content.decode()
    assert Lot.objects.filter(status="HOLD").count() == 2


@pytest.mark.django_db
def test_doors_by_right(story: Story, cast: Cast) -> None:
    own = f"/lots/{story.steel.pk}"
    for page in PAGES:
        assert client_of(cast.stranger).get(f"{own}/{page}").status_code == 403
        assert client_of(cast.disabled).get(f"{own}/{page}").status_code == 302
        assert client_of(cast.auditor).get(f"/lots/999999/{page}").status_code == 404
    for who in (cast.stranger, cast.buyer, cast.storekeeper):
        assert client_of(who).post(f"{own}/recall/hold/", {"reason": "cracks"}).status_code == 403
    assert set(Lot.objects.values_list("status", flat=True)) == {"OPEN"}


@pytest.mark.django_db
def test_the_api_tells_the_trace(story: Story, cast: Cast) -> None:
    client, own = client_of(cast.storekeeper), f"/api/v1/lots/{story.steel.pk}"
    told = client.get(f"{own}/trace?direction=down").json()
    assert (told["lot"], told["up"]) == (story.steel.pk, None)
    assert [(u["input"], u["output"], u["quantity"], u["unit"]) for u in told["down"]["uses"]] == [
        (story.steel.pk, story.blanks.pk, "30.000000", "kg")
    ]
    assert told["down"]["levels"] == {str(story.steel.pk): 0, str(story.blanks.pk): 1}
    assert {lot["number"]: lot["supplier_lot"] for lot in told["lots"]} == {"S1": "HEAT-77", "B1": ""}
    assert [(one["customer_name"], one["quantity"], one["returned"]) for one in told["sent"]] == [
        ("Company ACME", "20.000000", "4.000000")
    ]
    assert client.get(f"{own}/trace").json()["up"]["uses"] == []
    assert client.get(f"{own}/trace?direction=sideways").json()["code"] == "bad_direction"
    told = client.get(f"{own}/recall").json()
    assert told["at_production"] == {str(story.steel.pk): "5.000000"}
    assert {one["location"] for one in told["here"]} == {story.books.here.code, story.books.shelf.code}
    for address in (f"{own}/trace", f"{own}/recall"):
        assert client_of(cast.stranger).get(address).status_code in {403, 404}


@pytest.mark.django_db
def test_the_api_holds_all_once_a_key(story: Story, cast: Cast) -> None:
    address, wish = f"/api/v1/lots/{story.steel.pk}/hold-all", {"reason": "cracks"}
    for who in (cast.stranger, cast.buyer):
        assert client_of(who).post(address, wish, "application/json").status_code in {403, 404}
    assert not Lot.objects.filter(status="HOLD").exists()
    client = client_of(cast.quality)
    first, again = (
        client.post(address, wish, "application/json", headers={"Idempotency-Key": "recall-1"}) for _ in range(2)
    )
    assert sorted(first.json()["held"]) == sorted([story.steel.pk, story.blanks.pk])
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replay"] == "true"
