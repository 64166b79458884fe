"""Pages of planning."""

from production.planning.views.firming import firm_chosen, firm_one, why
from production.planning.views.item import item
from production.planning.views.plan import capacity, plan, progress, run_now, runs

__all__ = ["capacity", "firm_chosen", "firm_one", "item", "plan", "progress", "run_now", "runs", "why"]
