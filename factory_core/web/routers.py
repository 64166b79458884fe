"""How API addresses look: acts are posted without a slash at the end, and a slash too many does no harm."""

from rest_framework.routers import SimpleRouter


class Router(SimpleRouter):
    """Plural resources; `/api/v1/downtimes`, `/api/v1/downtimes/7/explain`, each also with a slash at the end."""

    def __init__(self) -> None:
        super().__init__(trailing_slash=False)
        self.trailing_slash = "/?"
