"""Two people firm the same proposals in the same moment: each becomes one order."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from factory_core.access.identity import acting
from factory_core.errors import Refusal
from factory_core.people.models import User
from production.orders.models import ProductionOrder
from production.planning.models import Firming
from production.planning.services import firm
from tests.production.planning.conftest import Joinery


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_one_makes_the_order(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    planned, at = joinery.proposal("TABLE"), joinery.clock()
    together = Barrier(4, timeout=30)

    def click(user_id: int) -> str:
        try:
            user = User.objects.get(pk=user_id)
            together.wait()
            with acting(user, channel="test"):
                return firm(actor=user, planned_id=planned.pk, at=at).firmed_label
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(click, [joinery.cast.planner.pk] * 4))
    order = ProductionOrder.objects.get()
    assert sorted(said) == sorted([order.number, *["already_firmed"] * 3])
    assert Firming.objects.get().made_label == order.number
