"""All tables of production, room by room."""

from production.costing.models import CostRollup, CostSheet, EnergyPrice, LabourRate, Rate, RollupRun
from production.downtime.models import Downtime, DowntimeCorrection, DowntimeReason
from production.labour.models import PauseReason, TimeEntry
from production.oee.models import AccountRevision, AccountSlice, AccountSum, OeeTargets, ShiftAccount, WallBoard
from production.orders.models import (
    CountEntry,
    LossReason,
    OrderMaterial,
    OrderOperation,
    OrderRun,
    PastScrap,
    ProductionOrder,
)
from production.planning.models import Firming, PlanBase, PlanBaseChange, PlanCauses, PlanningRun, PlanPart
from production.products.models import (
    Bom,
    BomAlternate,
    BomLine,
    Instruction,
    OperationCheck,
    Routing,
    RoutingOperation,
    WorkCentre,
    WorkCentreMachine,
)
from production.promises.models import LineForecast, OrderForecast
from production.reports.models import ReportRun
from production.shopfloor.models import CheckResult, EscalationStep, Handover, HelpCall, StepConfirmation

__all__ = [
    "AccountRevision",
    "AccountSlice",
    "AccountSum",
    "Bom",
    "BomAlternate",
    "BomLine",
    "CheckResult",
    "CostRollup",
    "CostSheet",
    "CountEntry",
    "Downtime",
    "DowntimeCorrection",
    "DowntimeReason",
    "EnergyPrice",
    "EscalationStep",
    "Firming",
    "Handover",
    "HelpCall",
    "Instruction",
    "LabourRate",
    "LineForecast",
    "LossReason",
    "OeeTargets",
    "OperationCheck",
    "OrderForecast",
    "OrderMaterial",
    "OrderOperation",
    "OrderRun",
    "PastScrap",
    "PauseReason",
    "PlanBase",
    "PlanBaseChange",
    "PlanCauses",
    "PlanPart",
    "PlanningRun",
    "ProductionOrder",
    "Rate",
    "ReportRun",
    "RollupRun",
    "Routing",
    "RoutingOperation",
    "ShiftAccount",
    "StepConfirmation",
    "TimeEntry",
    "WallBoard",
    "WorkCentre",
    "WorkCentreMachine",
]
