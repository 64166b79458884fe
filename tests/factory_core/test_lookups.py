"""`among`: many ids in one array."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factory_core.plant.models import Machine
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db


def test_it_finds_what_in_finds(plant: Plant) -> None:
    wanted = {plant.lathe.pk, plant.press.pk}
    assert set(Machine.objects.filter(pk__among=wanted)) == set(Machine.objects.filter(pk__in=wanted))
    assert set(Machine.objects.filter(line__among=[plant.lathe.line_id])) == set(plant.lathe.line.machines.all())
    assert not Machine.objects.filter(pk__among=()).exists()


def test_the_text_of_the_query_does_not_grow_with_the_ids() -> None:
    with CaptureQueriesContext(connection) as asked:
        for count in (1, 200):
            list(Machine.objects.filter(pk__among=range(count)))
    few, many = (query["sql"].split("ANY(")[0] for query in asked.captured_queries)
    assert few == many
