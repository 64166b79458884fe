"""Acts of planning."""

from production.planning.services.running import BadPlan, NoSuchRun, carry_out, fail, run_plan, start_run

__all__ = ["BadPlan", "NoSuchRun", "carry_out", "fail", "run_plan", "start_run"]
