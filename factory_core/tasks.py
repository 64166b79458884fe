"""Where procrastinate looks for this app's tasks."""

from factory_core.importing.tasks import work_on_import
from factory_core.jobs.tasks import react
from factory_core.web.tasks import forget_answers

__all__ = ["forget_answers", "react", "work_on_import"]
