"""The web process: pages by Django, the one live socket by Channels."""

import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factory_core.settings")
# Before anything that touches models.
pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402 - needs Django set up
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - needs Django set up
from channels.security.websocket import OriginValidator  # noqa: E402 - needs Django set up
from django.conf import settings  # noqa: E402 - needs Django set up
from django.urls import path  # noqa: E402 - needs Django set up

from factory_core.live.consumers import LiveConsumer  # noqa: E402 - needs Django set up

application = ProtocolTypeRouter(
    {
        "http": pages,
        # Scheme, host and port must match: a page of another program on this server may not open our socket.
        "websocket": OriginValidator(
            AuthMiddlewareStack(URLRouter([path("ws/live/", LiveConsumer.as_asgi())])), settings.SITE_URLS
        ),
    }
)

# What was loaded at the start stays: without this the collector walks all of Django every few page views.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
