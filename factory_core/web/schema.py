"""How the API's description names things, and what it says about signing in. Imported with the addresses."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

# Apps whose rooms use the same plain names: a line, an order, a reason to give.
NAMED_BY_ROOM = {"inventory"}


class RoomSchema(AutoSchema):
    """Tells an order of purchasing from one of production by its room's name in front."""

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """The name of a serializer's component: `PurchasingOrder`, where its room is one of many with an order."""
        name: str = super().get_serializer_name(serializer, direction)
        app, _dot, rest = type(serializer).__module__.partition(".")
        room = rest.split(".")[0].title()
        return f"{room}{name}" if app in NAMED_BY_ROOM and not name.startswith(room) else name


class TokenScheme(OpenApiAuthenticationExtension):
    """Personal API tokens: `Authorization: Bearer mw_…`."""

    target_class = "factory_core.web.defaults.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The scheme as OpenAPI names it."""
        return {"type": "http", "scheme": "bearer", "description": "A personal API token (`manage.py create_token`)."}
