"""The cost sheet of an order, reckoned from what was really moved, worked and counted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum

from factory_core.people.models import User
from inventory.stock.models import ValueEntry
from production.costing.queries.rates import LabourBook, RateBook, energy_prices, prices_of
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
from production.materials.queries.booked import worth_used
from production.materials.rules import need
from production.oee.queries.sums import sums_of_orders
from production.orders.models import OrderMaterial, OrderOperation, OrderRun, ProductionOrder
from production.orders.queries import counts_of_operations, counts_of_orders
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


class _Reading:
    def __init__(self, order: ProductionOrder, at: datetime) -> None:
        self.order, self.at = order, at
        self.site = order.line.area.site
        self.on = self._day(order.released_at or order.created_at)
        self.materials = list(order.materials.select_related("item__unit").order_by("position"))
        self.steps = list(order.operations.select_related("machine", "work_centre").order_by("number"))
        self.counts = counts_of_operations(self.steps, at)
        self.good = counts_of_orders([order], at)[order.pk].good
        self.runs: dict[int, list[OrderRun]] = defaultdict(list)
        for run in OrderRun.objects.filter(order=order, started_at__lt=at):
            self.runs[run.operation_id].append(run)
        self.centres = self._centres()
        self.rates = RateBook({centre for centre in self.centres.values() if centre is not None})

    def sheet(self) -> Sheet:
        worth = worth_used([row.pk for row in self.materials])
        prices = prices_of({row.item_id for row in self.materials}, self.on)
        materials = [(row, self._material(row, worth, prices)) for row in self.materials]
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
            shown, self.good, self._output_value(), self._scrap_cost(prices),
            findings_of([facts for _row, facts in materials], list(steps.values())),
        )  # fmt: skip

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.site.zone).date()

    def _made_at(self, step: OrderOperation | None) -> Decimal:
        """What a step must have made at least: its own good pieces, and what later steps made of them."""
        later = [one for one in self.steps if step is None or one.number >= step.number]
        return max((self.counts[one.pk].good for one in later), default=self.good)

    def _material(
        self, row: OrderMaterial, worth: Mapping[int, tuple[Decimal, Decimal]], prices: Mapping[int, Decimal]
    ) -> MaterialFacts:
        step = next((one for one in self.steps if one.pk == row.operation_id), None)
        made = self.good if self.order.status in ENDED else self._made_at(step)
        sign = 1 if row.kind == LineKind.COMPONENT else -1
        standard = need(row.each, row.loss_percent, is_fixed=row.is_fixed, made=made) * sign
        used, paid = worth.get(row.pk, (NONE, NONE))
        return MaterialFacts(
            row.item.number, row.item.unit.code, prices.get(row.item_id), row.quantity * sign, standard, used, paid
        )

    def _centres(self) -> dict[int, int | None]:
        """The work centre of each step: its own, else that of its machine."""
        machines = [step.machine_id for step in self.steps if step.work_centre_id is None and step.machine_id]
        of_machine = dict(
            WorkCentreMachine.objects.filter(machine__in=machines).values_list("machine_id", "work_centre_id")
        )
        return {step.pk: step.work_centre_id or of_machine.get(step.machine_id or 0) for step in self.steps}

    def _steps(self) -> dict[int, StepFacts]:
        worked = hours_of_operations([step.pk for step in self.steps], self.at)
        people = {person for hours in worked.values() for person in hours.persons}
        names = dict(User.objects.filter(pk__in=people).values_list("pk", "username"))
        book = LabourBook(self.site.pk, list(names.values()))
        with_machines = set(
            WorkCentreMachine.objects.filter(
                work_centre__in=[step.work_centre_id for step in self.steps if step.work_centre_id]
            ).values_list("work_centre_id", flat=True)
        )
        return {
            step.pk: self._step(step, worked.get(step.pk, Hours()), names, book, step.work_centre_id in with_machines)
            for step in self.steps
        }

    def _step(
        self, step: OrderOperation, worked: Hours, names: Mapping[int, str], book: LabourBook, has_machines: bool
    ) -> StepFacts:
        rates = self.rates.on(self.centres[step.pk], self.on)
        standard = rates or Rates()
        day = self._day(step.started_at or self.at)
        then = self.rates.on(self.centres[step.pk], day) or standard
        machine_s, machine_paid = self._machine_time(step, standard)
        labour_paid = NONE
        for person, kinds in worked.persons.items():
            rate = book.on(names.get(person, ""), day)
            hours = sum(kinds.values(), NONE) / HOUR
            labour_paid += hours * (standard.labour_hour if rate is None else rate)
        base_s = worked.total if then.overhead_base is OverheadBase.LABOUR_HOURS else machine_s
        runs_s, right_s = step.run_s * step.quantity, self._right_run_s(step)
        setup_s = step.setup_s if right_s else NONE
        # A bench has no machine whose hours could be told.
        on_machine = Decimal(1 if step.machine_id or has_machines or machine_s else 0)
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

    def _machine_time(self, step: OrderOperation, standard: Rates) -> tuple[Decimal, Decimal]:
        """Seconds on machines, stops included, and what they cost at the rates of their days."""
        seconds = paid = NONE
        for run in self.runs[step.pk]:
            length = Decimal(str((min(run.ended_at or self.at, self.at) - run.started_at).total_seconds()))
            rates = self.rates.on(self.centres[step.pk], self._day(run.started_at)) or standard
            seconds += length
            paid += length / HOUR * rates.machine_hour
        return seconds, paid

    def _energy(self) -> list[SheetLine]:
        sums = sums_of_orders([self.order.pk]).get(self.order.pk)
        kwh = sums.energy_kwh if sums else None
        price = energy_prices(self.on).get(self.site.pk) if kwh else None
        return [] if kwh is None or price is None else [energy_line(kwh, price, self.site.name)]

    def _output_value(self) -> Decimal:
        entries = ValueEntry.objects.filter(
            move__source_kind=ProductionOrder._meta.label_lower, move__source_id=self.order.pk
        )
        return entries.aggregate(total=Sum("value"))["total"] or NONE

    def _scrap_cost(self, prices: Mapping[int, Decimal]) -> Decimal:
        """Scrapped pieces at the standard of what had gone into them: material and running time up to their step."""
        total, each = NONE, NONE
        for index, step in enumerate(self.steps):
            rates = self.rates.on(self.centres[step.pk], self.on) or Rates()
            labour, machine = step.run_s * step.run_crew / HOUR, step.run_s / HOUR
            base = labour if rates.overhead_base is OverheadBase.LABOUR_HOURS else machine
            each += labour * rates.labour_hour + machine * rates.machine_hour + base * rates.overhead_hour
            each += self._material_each(step, prices, first=index == 0)
            total += each * self.counts[step.pk].scrap
        return total

    def _material_each(self, step: OrderOperation, prices: Mapping[int, Decimal], *, first: bool) -> Decimal:
        mine: Sequence[OrderMaterial] = [
            row
            for row in self.materials
            if row.kind == LineKind.COMPONENT
            and not row.is_fixed
            and (row.operation_id == step.pk or (first and row.operation_id is None))
        ]
        return sum((row.each * prices.get(row.item_id, NONE) for row in mine), NONE)
