"""Six levels and ten thousand uses are traced with a handful of questions."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from inventory.lots.models import Lot
from inventory.trace.queries import recall, trace
from tests.world.inventory import an_item

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
LEVELS, WIDE, FAN = 6, 500, 4


@pytest.fixture
def forest(db: None) -> list[Lot]:
    """A lot, six levels of 500 lots below it, each made of four lots of the level above: 10 500 uses."""
    item = an_item("FOREST", tracking="LOT")
    with acting(service_user("plant"), channel="test"), connection.cursor() as cursor:
        root = Lot.objects.create(item=item, number="ROOT")
        layers = [[root.pk]]
        for level in range(LEVELS):
            cursor.execute(
                "INSERT INTO inventory_lot (version, created_at, updated_at, item_id, number, status, status_reason, "
                "supplier_lot, note) SELECT 1, %s, %s, %s, 'F' || %s || '-' || n, 'OPEN', '', '', '' "
                "FROM generate_series(1, %s) n RETURNING id",
                [AT, AT, item.pk, level, WIDE],
            )
            layers.append([row[0] for row in cursor.fetchall()])
        with cursor.copy(
            "COPY inventory_lotuse (source_kind, source_id, source_label, input_id, output_id, quantity, at) FROM STDIN"
        ) as rows:
            for above, below in pairwise(layers):
                for n, made in enumerate(below):
                    for used in {above[(n * 7 + way * 131) % len(above)] for way in range(FAN)}:
                        rows.write_row(("", None, "", used, made, "2.5", AT))
        cursor.execute("ANALYZE inventory_lotuse")
        cursor.execute("ANALYZE inventory_lot")
    return [root, Lot.objects.get(pk=layers[-1][0])]


def asked(act: Callable[[], object]) -> int:
    """How many questions to the database it takes."""
    with CaptureQueriesContext(connection) as questions:
        act()
    return len(questions)


def test_ten_thousand_uses_over_six_levels(forest: list[Lot]) -> None:
    root, leaf = forest
    down = trace(root, "down").down
    assert down is not None
    assert (len(down.uses), len(down.lots), down.depth) == (500 + 5 * 500 * FAN, 1 + LEVELS * WIDE, LEVELS)

    def all_down() -> None:
        branch = trace(root, "down").down
        assert branch is not None
        assert sum(1 for _step in branch.steps()) == 10_500

    all_down()
    counted = {
        "down": asked(lambda: trace(root, "down")),
        "up": asked(lambda: trace(leaf, "up")),
        "recall": asked(lambda: recall(root, service_user("plant"))),
    }
    # Level by level it would be a question for each, use by use ten thousand; how long it takes, `bench_stock` tells.
    assert counted == {"down": 2, "up": 2, "recall": 9}
