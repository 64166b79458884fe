"""Housekeeping of the web: answers are remembered only as long as a repeat can come."""

from datetime import timedelta

from procrastinate.contrib.django import app

from factory_core.clock import now
from factory_core.web.models import AnsweredRequest

KEEP_ANSWERS = timedelta(hours=72)


@app.periodic(cron="17 3 * * *")
@app.task(name="factory_core.forget_answers", queueing_lock="factory_core.forget_answers", pass_context=False)
def forget_answers(timestamp: int) -> None:
    """Forget the answers of acts whose Idempotency-Key is older than 72 hours."""
    AnsweredRequest.objects.filter(at__lt=now() - KEEP_ANSWERS).delete()
