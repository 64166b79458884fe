"""Routings with operations, instructions and checks; work centres and their machines."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import StaleVersion
from inventory.items.models import ItemPaper
from production.products import services
from production.products.models import Routing, WorkCentre, WorkCentreMachine
from production.products.queries import NoSuchWorkCentre, compare_routings, routing_on, steps_of
from tests.world.inventory import an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.products import a_routing, a_work_centre

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def act(actor: Any, service: str, **wish: Any) -> Any:
    with acting(actor, channel="test"):
        return getattr(services, service)(actor=actor, at=AT, **wish)


def a_paper(item: Any, actor: Any) -> ItemPaper:
    with acting(actor, channel="test"):
        return ItemPaper.objects.create(
            item=item, name="clamp.png", media_type="image/png", size=3, sha256="ab" * 32, added_by=actor
        )


def test_a_routing_is_drafted_filled_released_and_frozen_as_steps(plant: Plant, cast: Cast) -> None:
    item, centre = an_item("A"), a_work_centre(plant.line_a, "MILL")
    paper = a_paper(item, cast.planner)
    routing = act(cast.planner, "draft_routing", item=item, lead_time_days=3)
    mill = act(
        cast.planner, "add_operation", routing_id=routing.pk, name="Mill", work_centre=centre, run_s=Decimal("42.5"),
        setup_s=Decimal(900), loss_percent=Decimal(2),
    )  # fmt: skip
    act(cast.planner, "add_operation", routing_id=routing.pk, name="Wash", work_centre=centre, run_s=Decimal(5))
    act(
        cast.planner, "set_instruction", operation_id=mill.pk, text="Clamp it.", picture=paper, must_confirm=True
    )  # fmt: skip
    act(
        cast.planner, "set_check", operation_id=mill.pk, name="Bore", kind="NUMBER", unit="mm", lower=Decimal("9.99"),
        upper=Decimal("10.01"), when="EVERY", every=50, is_required=True,
    )  # fmt: skip
    act(cast.planner, "release_routing", routing_id=routing.pk)
    found = routing_on(item, AT.date())
    assert found == routing
    first, second = steps_of(found)
    assert (first.number, first.name, first.setup_s, first.run_s, first.loss_percent) == (
        10, "Mill", 900, Decimal("42.5"), 2
    )  # fmt: skip
    assert first.instructions == [
        {"position": 10, "text": "Clamp it.", "must_confirm": True, "picture": "ab" * 32, "media_type": "image/png"}
    ]
    assert first.checks == [
        {"position": 10, "name": "Bore", "kind": "NUMBER", "unit": "mm", "lower": "9.99", "upper": "10.01",
         "choices": [], "when": "EVERY", "every": 50, "is_required": True}
    ]  # fmt: skip
    assert (second.number, second.instructions, second.checks) == (20, [], [])


def test_a_copy_has_all_of_it_and_a_released_one_stays(plant: Plant, cast: Cast) -> None:
    item, centre = an_item("A"), a_work_centre(plant.line_a)
    former = a_routing(item, centre, ("30", "40"))
    copy = act(cast.planner, "copy_routing", routing_id=former.pk)
    operation = copy.operations.get(number=10)
    act(cast.planner, "change_operation", operation_id=operation.pk, wish={"run_s": Decimal(25)}, version=1)
    act(cast.planner, "set_instruction", operation_id=operation.pk, text="Slowly.")
    act(cast.planner, "remove_operation", operation_id=copy.operations.get(number=20).pk)
    found = compare_routings(former, copy)
    assert [one["number"] for one in found.removed] == [20]
    assert found.changed[0].facts == {"run_s": ("30", "25"), "instructions": ("", "Slowly.")}
    with pytest.raises(services.DesignStands):
        act(cast.planner, "change_operation", operation_id=former.operations.first().pk, wish={"run_s": Decimal(1)})
    act(cast.planner, "release_routing", routing_id=copy.pk, valid_from=date(2027, 1, 1))
    former.refresh_from_db()
    assert former.valid_until == date(2027, 1, 1)


def test_a_routing_without_operations_is_not_released(cast: Cast) -> None:
    routing = act(cast.planner, "draft_routing", item=an_item("A"))
    with pytest.raises(services.NothingInIt):
        act(cast.planner, "release_routing", routing_id=routing.pk)
    assert Routing.objects.get().status == "DRAFT"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"run_s": Decimal(0)}, "run_s"),
        ({"setup_s": Decimal(-1)}, "setup_s"),
        ({"run_crew": Decimal(-1)}, "run_crew"),
        ({"loss_percent": Decimal(100)}, "loss_percent"),
        ({"number": 10}, "number"),
        ({"count_by": "NOBODY"}, "count_by"),
    ],
)
def test_bad_operations_are_refused(plant: Plant, cast: Cast, wish: dict[str, Any], field: str) -> None:
    centre = a_work_centre(plant.line_a)
    routing = a_routing(an_item("A"), centre, status="DRAFT")
    with pytest.raises(services.BadDesign) as refused:
        act(
            cast.planner, "add_operation", routing_id=routing.pk,
            **{"name": "X", "work_centre": centre, "run_s": Decimal(1), **wish},
        )  # fmt: skip
    assert refused.value.details["errors"][0]["pointer"] == f"/{field}"
    assert routing.operations.count() == 1


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"kind": "TEXT", "lower": Decimal(1)}, "lower"),
        ({"lower": Decimal(2), "upper": Decimal(1)}, "upper"),
        ({"kind": "CHOICE", "choices": ["one"]}, "choices"),
        ({"choices": ["a", "b"]}, "choices"),
        ({"when": "EVERY"}, "every"),
        ({"every": 5}, "every"),
        ({"name": ""}, "name"),
    ],
)
def test_bad_checks_are_refused(plant: Plant, cast: Cast, wish: dict[str, Any], field: str) -> None:
    routing = a_routing(an_item("A"), a_work_centre(plant.line_a), status="DRAFT")
    operation = routing.operations.get()
    with pytest.raises(services.BadDesign) as refused:
        act(cast.planner, "set_check", operation_id=operation.pk, **{"name": "Bore", **wish})
    assert refused.value.details["errors"][0]["pointer"] == f"/{field}"
    assert not operation.checks.exists()


def test_a_picture_of_another_item_is_refused(plant: Plant, cast: Cast) -> None:
    routing = a_routing(an_item("A"), a_work_centre(plant.line_a), status="DRAFT")
    paper = a_paper(an_item("B"), cast.planner)
    with pytest.raises(services.BadDesign, match="attached to A"):
        act(cast.planner, "set_instruction", operation_id=routing.operations.get().pk, text="x", picture=paper)


def test_a_machine_belongs_to_one_centre(plant: Plant, cast: Cast) -> None:
    press = plant.line_a.machines.first()
    first = act(
        cast.planner, "create_centre", code="PRESS", name="Presses", line=plant.line_a, machines=[press], places=2
    )  # fmt: skip
    with pytest.raises(services.BadDesign, match="belongs to Presses"):
        act(cast.planner, "create_centre", code="OTHER", name="Others", line=plant.line_a, machines=[press])
    assert list(WorkCentreMachine.objects.values_list("work_centre__code", flat=True)) == ["PRESS"]
    act(cast.planner, "change_centre", centre_id=first.pk, wish={"name": "Big presses"}, machines=[], version=1)
    first.refresh_from_db()
    assert (first.name, first.version, first.machines.count()) == ("Big presses", 2, 0)
    with pytest.raises(StaleVersion):
        act(cast.planner, "change_centre", centre_id=first.pk, wish={"name": "x"}, version=1)


def test_a_centre_in_use_stays(plant: Plant, cast: Cast) -> None:
    centre = a_work_centre(plant.line_a, "MILL")
    a_routing(an_item("A"), centre)
    with pytest.raises(services.WorkCentreInUse, match="A 1"):
        act(cast.planner, "change_centre", centre_id=centre.pk, wish={"is_active": False})
    centre.refresh_from_db()
    assert centre.is_active


def test_rights(plant: Plant, cast: Cast) -> None:
    centre = a_work_centre(plant.line_a, "MILL")
    routing = a_routing(an_item("A"), centre, status="DRAFT")
    for person in (cast.operator, cast.supervisor, cast.stranger, cast.buyer):
        with pytest.raises((Forbidden, NoSuchWorkCentre)):
            act(person, "create_centre", code="X", name="X", line=plant.line_a)
        with pytest.raises((Forbidden, NoSuchWorkCentre)):
            act(person, "change_centre", centre_id=centre.pk, wish={"name": "X"})
        with pytest.raises(Exception, match=r"may not|may see"):
            act(person, "release_routing", routing_id=routing.pk)
    assert (WorkCentre.objects.get().name, Routing.objects.get().status) == ("Centre MILL", "DRAFT")
