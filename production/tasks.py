"""Background tasks of production; importing them here is what makes the worker know them."""

from production.costing.tasks import compute as roll_up_all
from production.downtime.tasks import follow_shifts
from production.materials.tasks import take_material, take_material_late
from production.oee.tasks import follow_late_counts, follow_very_late_counts, keep_time_accounts
from production.planning.tasks import compute, plan_all
from production.promises.tasks import forecast_all, forecast_one
from production.shopfloor.tasks import escalate_calls

__all__ = [
    "compute",
    "escalate_calls",
    "follow_late_counts",
    "follow_shifts",
    "follow_very_late_counts",
    "forecast_all",
    "forecast_one",
    "keep_time_accounts",
    "plan_all",
    "roll_up_all",
    "take_material",
    "take_material_late",
]
