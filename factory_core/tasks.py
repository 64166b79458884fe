"""Where procrastinate looks for this app's tasks."""

from factory_core.importing.folder_tasks import take_dropped_files
from factory_core.importing.tasks import work_on_import
from factory_core.jobs.tasks import react
from factory_core.web.tasks import forget_answers
from factory_core.webhooks.tasks import deliver_webhook, forget_webhooks, queue_webhooks

__all__ = [
    "deliver_webhook",
    "forget_answers",
    "forget_webhooks",
    "queue_webhooks",
    "react",
    "take_dropped_files",
    "work_on_import",
]
