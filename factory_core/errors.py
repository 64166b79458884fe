"""The four ways an act can end without happening. Each refusal is a child, named beside the act that raises it."""

from typing import Any


class Refusal(Exception):
    """An expected ending: one sentence for the person, one stable code for the program.

    `details` goes into the problem answer as it is (for example both values of a clash).
    """

    code = "refused"
    status = 409
    title = "Refused"

    def __init__(self, sentence: str, **details: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class Refused(Refusal):
    """The rules of the factory say no; nothing was changed."""


class NotAllowed(Refusal):
    """The asker lacks the right."""

    code, status, title = "not_allowed", 403, "Not allowed"


class Missing(Refusal):
    """It does not exist, or the asker may not know that it does."""

    code, status, title = "missing", 404, "Not found"


class Busy(Refusal):
    """Somebody else holds it right now; the same act may succeed in a moment."""

    code, status, title = "busy", 503, "Busy"


class Invalid(Refused):
    """The input cannot be read; `errors` names pointer, code and sentence of each fault."""

    code, status, title = "invalid", 422, "Invalid input"


class StaleVersion(Refused):
    """Somebody changed the record since it was read; `details` carries what stands there now."""

    code, status, title = "stale_version", 412, "Changed by somebody else"
