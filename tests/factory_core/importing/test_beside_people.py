"""An import beside people and beside another import: nothing of either is lost."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connection

from factory_core.access.identity import acting
from factory_core.importing.services.carrying import carry_in
from factory_core.partners.models import Partner
from factory_core.people.models import User
from tests.patience import PATIENCE_S
from tests.world.bringing import NOW, brought, checked
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db(transaction=True)
CODES = [f"S-{number}" for number in range(30)]


@pytest.fixture
def migrator(plant: Plant, migrator: User) -> User:
    brought(migrator, plant.site, "suppliers", "Code;Name\n" + "".join(f"{code};{code}\n" for code in CODES))
    return migrator


def test_what_a_person_changes_meanwhile_stays_beside_what_comes(plant: Plant, migrator: User) -> None:
    """The import waits for the person who is at the same record, and changes only what the file says."""
    run = checked(migrator, plant.site, "suppliers", "Code;Phone\nS-1;0421 1\nS-2;0421 2\n", constants={"name": "New"})
    at_it, done = Event(), Event()

    def work() -> None:
        try:
            with acting(migrator, channel="test"):
                partner = Partner.objects.select_for_update().get(code="S-1")
                partner.email = "one@example.com"
                partner.save(update_fields=["email"])
                at_it.set()
                done.wait(1)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as person:
        working = person.submit(work)
        assert at_it.wait(PATIENCE_S)
        carry_in(actor=migrator, run_id=run.pk, at=NOW)
        done.set()
        working.result(PATIENCE_S)
    one = Partner.objects.get(code="S-1")
    assert (one.email, one.phone, one.name) == ("one@example.com", "0421 1", "New")


def test_two_files_about_the_same_records_in_other_orders_both_come(plant: Plant, migrator: User) -> None:
    there = "Code;Name;Phone\n" + "".join(f"{code};{code};0421 {code[2:]}\n" for code in CODES)
    back = "Code;Name;E-Mail\n" + "".join(f"{code};{code};s{code[2:]}@example.com\n" for code in reversed(CODES))
    runs = [checked(migrator, plant.site, "suppliers", text) for text in (there, back)]
    start = Barrier(2)

    def come(run_id: int) -> str:
        try:
            start.wait(PATIENCE_S)
            return carry_in(actor=migrator, run_id=run_id, at=NOW).status
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        assert [one.result(PATIENCE_S) for one in [both.submit(come, run.pk) for run in runs]] == ["IMPORTED"] * 2
    found = {one.code: (one.phone, one.email) for one in Partner.objects.filter(code__in=CODES)}
    assert found == {code: (f"0421 {code[2:]}", f"s{code[2:]}@example.com") for code in CODES}
