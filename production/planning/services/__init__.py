"""Acts of planning."""

from production.planning.services.firming import Firmed, firm, firm_many
from production.planning.services.refusals import AlreadyFirmed, BadFirming, NothingChosen, NotMakeable, StalePlan
from production.planning.services.running import BadPlan, NoSuchRun, carry_out, fail, run_plan, start_run

__all__ = [
    "AlreadyFirmed", "BadFirming", "BadPlan", "Firmed", "NoSuchRun", "NotMakeable", "NothingChosen", "StalePlan",
    "carry_out", "fail", "firm", "firm_many", "run_plan", "start_run",
]  # fmt: skip
