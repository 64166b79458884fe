"""Cost is in a report for those who may see it, and on no page, in no file, in no list for anybody else."""

import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.people.models import User
from factory_core.reporting.content import Figures, Table, read_content
from production.costing.models import CostSheet
from production.orders.models import ProductionOrder
from production.reports.models import ReportRun
from production.reports.queries.runs import run_or_missing, runs_seen
from production.reports.services import make_report
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_running_order, minute


def as_(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def made(actor: User, order: ProductionOrder) -> ReportRun:
    with acting(actor, channel="test"):
        return make_report(actor=actor, code="order", given={"order": order.number}, at=minute(60))


def settled(actor: User, order: ProductionOrder, planned: str, actual: str) -> None:
    plan = {"kind": "MATERIAL", "label": "Bar", "unit": "kg", "amount": planned, "standard": planned}
    told = {"lines": [{"material_price": "-7"}], "output_value": "0", "scrap_cost": "0", "findings": []}
    with acting(actor, channel="test"):
        CostSheet.objects.create(
            order=order, good=1, planned=[{**plan, "quantity": "2", "standard_quantity": "2"}],
            actual=[{"amount": actual, "quantity": "2"}], variances=told, planned_total=Decimal(planned),
            actual_total=Decimal(actual), currency="EUR", settled_at=minute(30),
        )  # fmt: skip


@pytest.fixture
def order(plant: Plant, cast: Cast) -> ProductionOrder:
    return a_running_order(cast.supervisor, plant.press)


def test_who_may_see_cost_gets_the_block_and_its_sum_is_that_of_its_lines(order: ProductionOrder, cast: Cast) -> None:
    run = made(cast.controller, order)
    assert run.needs == ["production.cost.view", "production.labour.view"]
    parts = read_content(run.content).parts
    cost = next(part for part in parts if isinstance(part, Figures) and part.key == "cost")
    lines = next(part for part in parts if isinstance(part, Table) and part.key == "cost-lines")
    actual = next(item.value for item in cost.items if item.key == "actual")
    assert actual == sum((row[-1] for row in lines.rows), Decimal(0))  # type: ignore[arg-type,misc]


def test_without_the_right_no_word_of_cost_is_in_it(order: ProductionOrder, cast: Cast) -> None:
    run = made(cast.supervisor, order)
    assert "production.cost.view" not in run.needs
    told = json.dumps(run.content).lower()
    assert "cost" not in told
    assert "varianc" not in told
    book = load_workbook(io.BytesIO(as_(cast.supervisor).get(f"/reports/{run.pk}/file/xlsx/").content))
    assert not [name for name in book.sheetnames if "ost" in name or "arianc" in name]


def test_a_report_with_cost_opens_to_nobody_without_the_right(order: ProductionOrder, cast: Cast) -> None:
    run = made(cast.controller, order)
    for somebody in (cast.supervisor, cast.quality, cast.planner):
        with pytest.raises(Forbidden):
            run_or_missing(somebody, run.pk)
        assert list(runs_seen(somebody)) == []
        assert as_(somebody).get(f"/reports/{run.pk}/file/pdf/").status_code == 403
    assert list(runs_seen(cast.owner)) == [run]


def test_a_settled_order_keeps_the_cost_it_was_settled_with(order: ProductionOrder, cast: Cast) -> None:
    settled(cast.supervisor, order, "1000", "1032")
    parts = read_content(made(cast.controller, order).content).parts
    lines = next(part for part in parts if isinstance(part, Table) and part.key == "cost-lines")
    assert lines.rows == [["material", "Bar", "kg", Decimal(2), Decimal(1000), Decimal(1000), Decimal(1032)]]
    variances = next(part for part in parts if isinstance(part, Table) and part.key == "variances")
    assert variances.rows == [["material: price", Decimal(-7)]]


def answers(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_the_week_is_compared_with_its_plan(order: ProductionOrder, cast: Cast, clock: Clock) -> None:
    settled(cast.supervisor, order, "1000", "1032")
    page = answers(as_(cast.owner).get("/today/"))
    assert "+3.2 %" in page
    assert "1,032.00 EUR against 1,000.00 EUR · 1 order settled" in page


def test_cost_is_asked_only_of_those_who_may_know(order: ProductionOrder, cast: Cast, clock: Clock) -> None:
    settled(cast.supervisor, order, "1000", "1032")
    for somebody in (cast.supervisor, cast.operator, cast.terminal):
        page = answers(as_(somebody).get("/today/"))
        assert "Cost" not in page
        assert "1,032" not in page
    with acting(cast.owner, channel="test"):
        run = make_report(actor=cast.owner, code="today", given={}, at=minute(60))
    assert run.needs == ["inventory.sales.view", "production.cost.view"]
