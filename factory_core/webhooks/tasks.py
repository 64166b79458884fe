"""The worker sends what waits; what is not taken is tried later and later, then it needs a look."""

from django.db import transaction
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from factory_core.clock import now
from factory_core.webhooks import services
from factory_core.webhooks.rules import wait_after


class LaterAndLater(BaseRetryStrategy):
    """By the table of waits; after a day the job has failed and stands under “Needs a look”."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When it is tried again."""
        wait = wait_after(job.attempts)
        return None if wait is None else RetryDecision(retry_in={"seconds": wait})


@app.task(name="factory_core.deliver_webhook", queue="webhooks", retry=LaterAndLater(), pass_context=True)
def deliver_webhook(context: object, /, *, delivery_id: int, **_newer: object) -> None:
    """Send one message."""
    attempts = getattr(getattr(context, "job", None), "attempts", 0)
    services.deliver(delivery_id=delivery_id, attempts=attempts, at=now())


@app.periodic(cron="* * * * * */10")
@app.task(
    name="factory_core.queue_webhooks", queue="webhooks", queueing_lock="factory_core.queue_webhooks",
    pass_context=False,
)  # fmt: skip
def queue_webhooks(timestamp: int) -> None:
    """Hand over what waits: marked and queued in one transaction."""
    with transaction.atomic():
        for key in services.take_waiting():
            deliver_webhook.defer(delivery_id=key)


@app.periodic(cron="41 3 * * *")
@app.task(name="factory_core.forget_webhooks", queue="webhooks", pass_context=False)
def forget_webhooks(timestamp: int) -> None:
    """Once a night, what was taken long ago goes."""
    services.forget_old(at=now())
