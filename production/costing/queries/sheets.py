"""The cost sheet of an order, reckoned from what was really moved, worked and counted."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from inventory.stock.models import ValueEntry
from production.costing.models import EnergyPrice
from production.costing.queries.rates import RateBook, bought_prices, standard_price
from production.costing.rules.rollup import HOUR, NONE, Rates
from production.costing.rules.sheet import (
    MaterialFacts,
    Sheet,
    SheetLine,
    StepFacts,
    energy_line,
    findings_of,
    material_line,
    step_lines,
)
from production.costing.states import CostKind, OverheadBase
from production.labour.queries import Hours, hours_of_operations
from production.materials.rules import need
from production.oee.models import AccountSlice
from production.orders.models import CountEntry, OrderMaterial, OrderOperation, OrderRun, ProductionOrder
from production.orders.queries import counts_of_operations, sum_of_steps
from production.orders.states import OperationStatus, OrderStatus
from production.products.models import WorkCentreMachine
from production.products.states import LineKind

ENDED = (OrderStatus.FINISHED, OrderStatus.CLOSED)


def sheet_of(order: ProductionOrder, at: datetime) -> Sheet:
    """Planned, standard for the output and actual cost of an order up to a moment, with every variance.

    Standard prices and rates are those of the day of its release; rates of the days of work are the actual ones.
    While an order is open each step and its material is compared with what that step made; an ended one with its good
    output. Give the order with its line, area and site loaded. For reckoning: pages ask for the right to see costs.
    """
    return _Reading(order, at).sheet()


class _Sums(NamedTuple):
    """Good pieces reported before steps were told apart, the worth put into stock, energy, and what a kWh costs."""

    old_good: Decimal
    output_value: Decimal
    energy_kwh: Decimal | None
    energy_price: Decimal | None


def _sum(rows: QuerySet[Any], by: str, name: str) -> Subquery:
    """The sum of a column over rows that all belong to one thing, as a part of another question."""
    return Subquery(rows.order_by().values(by).annotate(total=Sum(name)).values("total"))


class _Reading:
    def __init__(self, order: ProductionOrder, at: datetime) -> None:
        self.order, self.at = order, at
        self.site = order.line.area.site
        self.on = self._day(order.released_at or order.created_at)
        self.materials = self._materials()
        self.prices = self._prices()
        self.steps = self._operations()
        self.counts = counts_of_operations(self.steps, at)
        self.sums = self._sums()
        self.good = sum_of_steps(self.steps, self.counts).good + self.sums.old_good
        self.worked = hours_of_operations([step.pk for step in self.steps], at)
        self.centres: dict[int, int | None] = {step.pk: step.centre for step in self.steps}
        self.rates = RateBook(
            {centre for centre in self.centres.values() if centre is not None},
            self.site.pk, {person for hours in self.worked.values() for person in hours.persons},
        )  # fmt: skip

    def sheet(self) -> Sheet:
        materials = [(row, self._material(row)) for row in self.materials]
        steps = self._steps()
        lines: list[SheetLine] = [
            material_line(facts, CostKind.MATERIAL if row.kind == LineKind.COMPONENT else CostKind.BESIDE)
            for row, facts in materials
        ]
        for facts in steps.values():
            lines += step_lines(facts)
        lines += self._energy()
        shown = tuple(line for line in lines if line.planned or line.standard or line.actual)
        return Sheet(
            shown, self.good, self.sums.output_value, self._scrap_cost(),
            findings_of([facts for _row, facts in materials], list(steps.values())),
        )  # fmt: skip

    def _materials(self) -> list[Any]:
        """Materials with what of each is in the order (`used`), its worth, and the standard price of its item."""
        rows = self.order.materials.select_related("item__unit").order_by("position")
        worth = ValueEntry.objects.filter(
            move__source_kind=OrderMaterial._meta.label_lower, move__source_id=OuterRef("pk")
        )  # fmt: skip
        used, paid = (Coalesce(-_sum(worth, "move__source_id", name), NONE) for name in ("quantity", "value"))
        return list(rows.annotate(used=used, paid=paid, standard_price=standard_price(self.on)))

    def _prices(self) -> dict[int, Decimal]:
        known = {row.item_id: row.standard_price for row in self.materials if row.standard_price is not None}
        return {**bought_prices({row.item_id for row in self.materials} - known.keys(), self.on), **known}

    def _operations(self) -> list[Any]:
        """Steps with their work centre (their own, else that of their machine) and the runs on machines."""
        rows = self.order.operations.select_related("machine", "work_centre").order_by("number")
        runs = OrderRun.objects.filter(operation=OuterRef("pk"), started_at__lt=self.at).order_by("pk")
        return list(rows.annotate(
            centre=Coalesce("work_centre_id", "machine__work_centre_place__work_centre_id"),
            has_machines=Exists(WorkCentreMachine.objects.filter(work_centre=OuterRef("work_centre_id"))),
            begun=ArraySubquery(runs.values("started_at")),
            ended=ArraySubquery(runs.values(until=Coalesce("ended_at", self.at))),
        ))  # fmt: skip

    def _sums(self) -> "_Sums":
        """What is told of the whole order, not of a step, in one question."""
        key, order = self.order.pk, ProductionOrder.objects.filter(pk=self.order.pk)
        old = CountEntry.objects.filter(order=key, operation=None, kind="good", at__lte=self.at)
        value = ValueEntry.objects.filter(move__source_kind=ProductionOrder._meta.label_lower, move__source_id=key)
        prices = EnergyPrice.objects.filter(site=self.site.pk, valid_from__lte=self.on, currency=settings.CURRENCY)
        found = order.values_list(
            Coalesce(_sum(old, "order", "quantity"), NONE),
            Coalesce(_sum(value, "move__source_id", "value"), NONE),
            _sum(AccountSlice.objects.filter(order=key), "order", "energy_kwh"),
            Subquery(prices.order_by("-valid_from").values("price")[:1]),
        )  # fmt: skip
        return _Sums(*found.get())

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.site.zone).date()

    def _made_at(self, step: OrderOperation | None) -> Decimal:
        """What a step must have made at least: its own good pieces, and what later steps made of them."""
        later = [one for one in self.steps if step is None or one.number >= step.number]
        return max((self.counts[one.pk].good for one in later), default=self.good)

    def _material(self, row: Any) -> MaterialFacts:
        step = next((one for one in self.steps if one.pk == row.operation_id), None)
        made = self.good if self.order.status in ENDED else self._made_at(step)
        sign = 1 if row.kind == LineKind.COMPONENT else -1
        standard = need(row.each, row.loss_percent, is_fixed=row.is_fixed, made=made) * sign
        return MaterialFacts(
            row.item.number, row.item.unit.code, self.prices.get(row.item_id), row.quantity * sign, standard,
            row.used, row.paid,
        )  # fmt: skip

    def _steps(self) -> dict[int, StepFacts]:
        return {step.pk: self._step(step, self.worked.get(step.pk, Hours())) for step in self.steps}

    def _step(self, step: Any, worked: Hours) -> StepFacts:
        rates = self.rates.on(self.centres[step.pk], self.on)
        standard = rates or Rates()
        day = self._day(step.started_at or self.at)
        then = self.rates.on(self.centres[step.pk], day) or standard
        machine_s, machine_paid = self._machine_time(step, standard)
        labour_paid = NONE
        for person, kinds in worked.persons.items():
            rate = self.rates.of_person(person, day)
            hours = sum(kinds.values(), NONE) / HOUR
            labour_paid += hours * (standard.labour_hour if rate is None else rate)
        base_s = worked.total if then.overhead_base is OverheadBase.LABOUR_HOURS else machine_s
        runs_s, right_s = step.run_s * step.quantity, self._right_run_s(step)
        setup_s = step.setup_s if right_s else NONE
        # A bench has no machine whose hours could be told.
        on_machine = Decimal(1 if step.machine_id or step.has_machines or machine_s else 0)
        return StepFacts(
            label=f"{step.number} {step.name}",
            place=self._place(step),
            rates=rates,
            planned_machine_s=(step.setup_s + runs_s) * on_machine,
            planned_labour_s=step.setup_s * step.setup_crew + runs_s * step.run_crew,
            standard_machine_s=(setup_s + right_s) * on_machine,
            standard_labour_s=setup_s * step.setup_crew + right_s * step.run_crew,
            machine_s=machine_s,
            labour_s=worked.total,
            labour_paid=labour_paid,
            machine_paid=machine_paid,
            overhead_paid=base_s / HOUR * then.overhead_hour,
        )

    def _place(self, step: OrderOperation) -> str:
        return str(step.work_centre or step.machine or self.order.line)

    def _right_run_s(self, step: OrderOperation) -> Decimal:
        """The running seconds that are right for what was made."""
        if step.status == OperationStatus.SKIPPED:
            return NONE
        if self.order.status in ENDED:
            return step.run_s * step.quantity * self.good / self.order.quantity
        return step.run_s * self._made_at(step) * (1 + step.loss_percent / 100)

    def _machine_time(self, step: Any, standard: Rates) -> tuple[Decimal, Decimal]:
        """Seconds on machines, stops included, and what they cost at the rates of their days."""
        seconds = paid = NONE
        for begun, ended in zip(step.begun, step.ended, strict=True):
            length = Decimal(str((min(ended, self.at) - begun).total_seconds()))
            rates = self.rates.on(self.centres[step.pk], self._day(begun)) or standard
            seconds += length
            paid += length / HOUR * rates.machine_hour
        return seconds, paid

    def _energy(self) -> list[SheetLine]:
        kwh, price = self.sums.energy_kwh, self.sums.energy_price
        return [] if not kwh or price is None else [energy_line(kwh, price, self.site.name)]

    def _scrap_cost(self) -> Decimal:
        """Scrapped pieces at the standard of what had gone into them: material and running time up to their step."""
        total, each = NONE, NONE
        for index, step in enumerate(self.steps):
            rates = self.rates.on(self.centres[step.pk], self.on) or Rates()
            labour, machine = step.run_s * step.run_crew / HOUR, step.run_s / HOUR
            base = labour if rates.overhead_base is OverheadBase.LABOUR_HOURS else machine
            each += labour * rates.labour_hour + machine * rates.machine_hour + base * rates.overhead_hour
            each += self._material_each(step, first=index == 0)
            total += each * self.counts[step.pk].scrap
        return total

    def _material_each(self, step: OrderOperation, *, first: bool) -> Decimal:
        mine: Sequence[OrderMaterial] = [
            row
            for row in self.materials
            if row.kind == LineKind.COMPONENT
            and not row.is_fixed
            and (row.operation_id == step.pk or (first and row.operation_id is None))
        ]
        return sum((row.each * self.prices.get(row.item_id, NONE) for row in mine), NONE)
