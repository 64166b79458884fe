"""Housekeeping of questions to gateways."""

from procrastinate.contrib.django import app

from factory_core.clock import now
from telemetry.questions.services import forget_old_questions


@app.periodic(cron="7 * * * *")
@app.task(name="telemetry.forget_old_questions", queueing_lock="telemetry.forget_old_questions", pass_context=False)
def forget(timestamp: int) -> None:
    """Forget questions of more than a day ago."""
    forget_old_questions(at=now())
