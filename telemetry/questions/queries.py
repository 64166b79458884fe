"""What a gateway answered, as a page needs it."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.people.models import User
from telemetry.edge.questions import Answer
from telemetry.questions.models import GatewayQuestion
from telemetry.questions.rules import Progress, progress


@dataclass(frozen=True)
class Look:
    """A question and how far it is. `trouble` is a sentence where nothing can be shown; `answer` is then empty."""

    question: GatewayQuestion
    progress: Progress
    answer: Answer
    trouble: str


def look(actor: User, question_id: int, at: datetime) -> Look | None:
    """A question the person may see, with its answer so far; None if there is none. One query and the scope's."""
    questions = visible(actor, GatewayQuestion.objects.select_related("gateway"))
    question = questions.filter(pk=question_id).first()
    return None if question is None else looked_at(question, at)


def looked_at(question: GatewayQuestion, at: datetime) -> Look:
    """How far a question is. No query."""
    state = progress(question.asked_at, question.answered_at, at)
    trouble = question.trouble
    if state == Progress.NO_ANSWER:
        trouble = _(
            "Gateway %(gateway)s did not answer within a minute. Check that it runs and reaches the plant, "
            "then ask again."
        ) % {"gateway": question.gateway}
    answer = Answer(id=question.pk)
    if question.answer is not None:
        answer = msgspec.convert(question.answer, Answer)
    return Look(question, state, answer, trouble)
