"""What the API's description says about signing in. Imported with the addresses."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class TokenScheme(OpenApiAuthenticationExtension):
    """Personal API tokens: `Authorization: Bearer mw_…`."""

    target_class = "factory_core.web.defaults.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The scheme as OpenAPI names it."""
        return {"type": "http", "scheme": "bearer", "description": "A personal API token (`manage.py create_token`)."}
