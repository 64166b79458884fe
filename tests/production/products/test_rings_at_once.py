"""Two people at once cannot close a ring that neither of them sees."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from factory_core.access.identity import acting
from factory_core.people.models import User
from production.products.models import Bom
from production.products.queries import ProductRing
from production.products.services import release_bom
from tests.world.inventory import an_item
from tests.world.people import a_user
from tests.world.plant import a_plant
from tests.world.products import a_bom

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_of_two_releases_that_would_close_a_ring_one_is_refused() -> None:
    planner = a_user("paula.ring", "planner", a_plant("ring").site)
    a, b = an_item("A"), an_item("B")
    drafts = [a_bom(a, {b: "1"}, status="DRAFT"), a_bom(b, {a: "1"}, status="DRAFT")]
    together = Barrier(2)

    def release(bom: Bom) -> str:
        # Each thread is a request of its own: its own connection and its own person object.
        person: Any = User.objects.get(pk=planner.pk)
        try:
            with acting(person, channel="test"):
                together.wait(timeout=20)
                release_bom(actor=person, bom_id=bom.pk, at=AT)
        except ProductRing as refusal:
            return " › ".join(refusal.details["path"])
        finally:
            connection.close()
        return "released"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(release, drafts))
    assert told in (["A › B › A", "released"], ["B › A › B", "released"])
    assert sorted(Bom.objects.values_list("status", flat=True)) == ["DRAFT", "RELEASED"]
