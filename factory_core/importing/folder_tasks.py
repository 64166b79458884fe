"""The worker looks into the watched folders."""

from procrastinate.contrib.django import app

from factory_core.clock import now
from factory_core.importing.services.dropping import look_into_folders


@app.periodic(cron="* * * * * */15")
@app.task(
    name="factory_core.take_dropped_files", queueing_lock="factory_core.take_dropped_files",
    lock="factory_core.take_dropped_files", pass_context=False,
)  # fmt: skip
def take_dropped_files(timestamp: int) -> None:
    """Take every file that has stopped growing; one look at a time."""
    look_into_folders(at=now())
